"""What the faults of a scenario make of each attempt to charge."""

import time
from collections.abc import Callable, Sequence

from helpers.bench import faults as f
from helpers.bench.deeds import Hands

HEARTBEAT_SHORT = 2
"""Seconds: a program that negotiated this or less meets a slow charge that outlasts its heartbeat."""

TICK, _TICKS = 0.01, 500  # five seconds at most

_AFTER_JOIN = 0.2
"""Seconds that a slow charge goes on after a second member has its partitions: what is charged next is charged after that."""


class _UntilJoined(float):
    """Seconds to wait at most for a second member to be given its partitions."""


class Charges:
    """Counts the attempts. `met` is called each time that a fault decides one.

    lifted: the shop is mended: from now on it charges every order."""

    def __init__(self, faults: Sequence[f.Fault], met: Callable[[f.Fault, str], None]):
        self._faults, self._met = faults, met
        self.lifted = False
        self._attempts: dict[str, int] = {}  # order -> attempts to charge it
        self._order_of_attempt: dict[str, int] = {}  # order -> its place among the orders attempted
        self._share_by = 0.0  # until when charges wait for a second member to be given partitions

    def fate(self, order: str, hands: Hands) -> tuple[int, float]:
        """(status, seconds to wait) of this attempt; see shopserver.Rules."""
        place = self._order_of_attempt.setdefault(order, len(self._order_of_attempt) + 1)
        attempt = self._attempts[order] = self._attempts.get(order, 0) + 1
        status, wait = 200, 0.0
        if self.lifted:
            return status, wait
        for fault in self._faults:
            if getattr(fault, "order", None) != place:
                continue
            if isinstance(fault, f.Poison):
                status = 422
            elif isinstance(fault, f.FailCharge) and attempt <= fault.times:
                status = 503
            elif isinstance(fault, f.SlowCharge) and attempt == 1:
                wait = _slow(fault.seconds, hands.heartbeat())
                if isinstance(fault, f.SlowUntilJoined):
                    wait = _UntilJoined(wait)
            else:
                continue
            self._met(fault, order)
        return status, wait

    async def linger(self, seconds: float, hands: Hands) -> None:
        """A slow charge. Where another process is on its way meanwhile, it begins to count when that one has spoken, so that
        both are at work at the same time however slow the machine is."""
        joining = isinstance(seconds, _UntilJoined)
        for _ in range(_TICKS):
            if not hands.expecting() and (hands.joined() or not joining):
                break
            await hands.hold(TICK)
        if joining:
            self._share_by = self._share_by or time.monotonic() + seconds  # for all charges that wait so
            while not hands.shared() and time.monotonic() < self._share_by:
                await hands.hold(TICK)
            seconds = _AFTER_JOIN
        await hands.hold(seconds)


def _slow(seconds: float, heartbeat: int) -> float:
    return max(seconds, 4.0 * heartbeat) if 0 < heartbeat <= HEARTBEAT_SHORT else seconds
