"""Tells what happened in a made run, for tests of pure functions: a journal that is written by hand."""

from helpers.bench.evidence import Evidence
from helpers.bench.ledger import Ledger, settle
from helpers.wire.events import Event, Journal

ROLES = ("consumer",)


class Story:
    """Orders "a", "b", … of customers; each method adds an event. Times are a millisecond apart."""

    def __init__(self, *orders: str, guarantee: str = "at-least-once", customers: str = ""):
        self._ns = 0
        self.guarantee = guarantee
        self.orders = [{"id": o, "n": n, "customer": customers[n - 1] if customers else o, "amount": 1}
                       for n, o in enumerate(orders, 1)]
        self.journal = Journal(clock=self._tick)
        for order in orders:
            self.add("tap", "bench", "published", order)
            self.add("runner", "bench", "accepted", order)

    def _tick(self) -> int:
        self._ns += 1_000_000
        return self._ns

    def add(self, src: str, actor: str, kind: str, order: str | None = None, **more) -> Event:
        return self.journal.record(src, actor, kind, order, **more)

    def delivered(self, order: str, tag: int, *, again: bool = False, auto_ack: bool = False, channel: int = 1) -> Event:
        return self.add("tap", "consumer", "redelivered" if again else "delivered", order,
                        pos={"conn": 1, "channel": channel, "tag": tag}, auto_ack=auto_ack)

    def acked(self, order: str | None, tag: int, *, frame: int | None = None, channel: int = 1, **more) -> Event:
        return self.add("tap", "consumer", "acknowledged", order, pos={"conn": 1, "channel": channel, "tag": tag},
                        frame="Basic.Ack", tag=frame or tag, multiple=frame is not None, **more)

    def rejected(self, order: str, tag: int, requeue: bool) -> Event:
        return self.add("tap", "consumer", "rejected", order, pos={"conn": 1, "channel": 1, "tag": tag},
                        frame="Basic.Reject", tag=tag, multiple=False, requeue=requeue)

    def charged(self, order: str, key: str | None = None, replayed: bool = False) -> Event:
        return self.add("shop", "consumer", "charged", order, key=key, replayed=replayed)

    def failed(self, order: str, status: int = 503) -> Event:
        return self.add("shop", "consumer", "charge_failed", order, status=status)

    def killed(self) -> Event:
        return self.add("runner", "consumer", "killed")

    def queued(self, order: str, queue: str = "orders") -> Event:
        return self.add("probe", "broker", "queued" if queue == "orders" else "dead_lettered", order, queue=queue)

    @property
    def ledger(self) -> Ledger:
        return settle(self.journal.events, self.orders, ROLES)

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.journal.events, self.ledger, self.guarantee, ROLES)
