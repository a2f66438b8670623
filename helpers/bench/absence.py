"""Which programs have lost their connection, and have not been heard of at work since."""

from helpers.wire.events import Event

_AT_WORK = {"subscribed", "delivered", "redelivered", "polled", "acknowledged", "published"}
"""Events by which a program whose connection was cut shows that it is back."""


class Absence:
    """Follows the events of one scenario. away: actors."""

    def __init__(self):
        self.away: set[str] = set()
        self._seen: set[str] = set()  # have been heard of
        self._broker_gone = False

    def ends(self, event: Event) -> bool:
        """Whether a program is back with this event."""
        if event.src == "tap":
            self._seen.add(event.actor)
        back = event.kind in _AT_WORK and event.src == "tap" and event.actor in self.away
        if back and not self._broker_gone:  # else it is said to a broker that will not hear it
            self.away.discard(event.actor)
            return True
        if event.kind == "reset":
            self.away.add(event.actor)
        elif event.actor == "broker" and event.kind in ("killed", "restarted"):
            self._broker_gone = event.kind == "killed"
            self.away |= self._seen - {"bench"}
        return False
