"""The rules for a row and its event, on made runs: each names its own class, and stays silent on a right one."""

from story import Story

from helpers.bench.evidence import Evidence
from helpers.bench.ledger import Ledger, settle
from helpers.bench.rules import rules

ROLES = ("producer",)


class Outbox(Story):
    """Orders "a", "b", … that customers place; what was sent is found in the queue at the end."""

    def __init__(self, *orders: str):
        super().__init__()
        self.orders = [{"id": o, "n": n, "customer": o, "amount": 1} for n, o in enumerate(orders, 1)]
        self.tag = 0
        self.add("runner", "producer", "started")

    def row(self, order: str) -> None:
        self.add("shop", "producer", "accepted", order, rows=1), self.add("shop", "producer", "point", order, name="committed")

    def sent(self, order: str, *, there: bool = True, confirm: bool = True, confirmed: bool = True) -> None:
        self.tag += 1
        self.add("tap", "producer", "published", order, frame="Basic.Publish", confirm=confirm, exchange="shop",
                 routing_key="order.placed", mandatory=True)
        if confirm and confirmed:
            self.add("tap", "producer", "confirmed", order, frame="Basic.Ack")
        if there:
            self.queue.append(order)

    @property
    def queue(self) -> list[str]:
        return self.__dict__.setdefault("_queue", [])

    def died(self, *withdrawn: str) -> None:
        self.add("runner", "producer", "killed")
        for order in withdrawn:
            self.add("shop", "producer", "withdrawn", order)
        self.add("runner", "producer", "restarted")

    def cut(self) -> None:
        self.add("runner", "producer", "reset"), self.add("runner", "producer", "restarted")

    @property
    def ledger(self) -> Ledger:
        return settle(self.journal.events, self.orders, ROLES)

    @property
    def names(self) -> list[str]:
        for order in self.queue:
            self.queued(order)
        evidence = Evidence(self.journal.events, self.ledger, self.guarantee, ROLES)
        return [proof.name for rule in rules("rabbitmq", ROLES, table=True) if (proof := rule(evidence)) is not None]


def test_right_whatever_died():
    s = Outbox("a", "b", "c", "d")
    s.row("a"), s.sent("a"), s.row("b"), s.died(), s.sent("b"), s.died(), s.sent("b")
    s.died("c"), s.row("d"), s.sent("d", there=False, confirmed=False), s.cut(), s.sent("d")
    assert s.names == [] and s.ledger.orders.lost == [] and s.ledger.orders.never_accepted == []


def test_a_row_without_an_event():
    s = Outbox("a", "b")
    s.row("a"), s.died(), s.row("b"), s.sent("b")
    assert s.names == ["no-outbox"] and s.ledger.orders.lost == ["a"]


def test_an_event_without_a_row():
    s = Outbox("a", "b")
    s.sent("a"), s.died("a"), s.row("b"), s.sent("b")
    assert s.names == ["no-outbox"] and s.ledger.orders.lost == []


def test_no_row_at_all():
    s = Outbox("a", "b", "c")
    s.sent("a"), s.sent("b"), s.died("a", "b"), s.sent("c")
    assert s.names[0] == "no-row"


def test_the_row_that_follows_its_event():
    s = Outbox("a")
    s.sent("a"), s.died("a"), s.row("a")
    assert s.names == []


def test_marked_before_the_confirm():
    s = Outbox("a", "b")
    s.row("a"), s.sent("a", there=False, confirmed=False), s.cut(), s.row("b"), s.sent("b")
    assert s.names == ["outbox-mark-before-confirm"]


def test_no_confirms():
    s = Outbox("a", "b")
    s.row("a"), s.sent("a", there=False, confirm=False), s.cut(), s.row("b"), s.sent("b", confirm=False)
    assert s.names == ["no-confirms"]


def test_a_row_that_was_taken_back_promises_nothing():
    s = Outbox("a", "b")
    s.row("a"), s.add("shop", "producer", "erased", "a", rows=0), s.row("b"), s.sent("b")
    assert s.names == [] and s.ledger.orders.accepted == ["b"] and s.ledger.orders.lost == []


def test_a_row_that_stands_there_twice():
    s = Outbox("a")
    s.row("a"), s.sent("a"), s.add("probe", "producer", "row", "a", amiss="It stands there 2 times.")
    assert s.names == ["wrong-row"]
