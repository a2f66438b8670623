"""The rules for an effect that is a row, on made runs: each names its own class, and stays silent on a right one."""

from story import ROLES, Story

from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.rules import rules
from helpers.wire.events import Event


class Inbox(Story):
    """Orders "a", "b", … of which some come twice."""

    def __init__(self, *orders: str):
        super().__init__(*orders, guarantee="effectively-once")
        self.tag = 0
        self.add("runner", "consumer", "started")

    def given(self, order: str, *, again: bool = False) -> int:
        self.tag += 1
        self.delivered(order, self.tag, again=again)
        return self.tag

    def point(self, order: str, name: str = "before-transaction") -> Event:
        return self.add("shop", "consumer", "point", order, name=name)

    def row(self, order: str, rows: int = 1, **more) -> Event:
        return self.add("shop", "consumer", "charged", order, rows=rows, **more)

    def done(self, order: str, rows: int = 1) -> None:
        """As it should be: row, then acknowledgement."""
        tag = self.given(order)
        self.point(order), self.row(order, rows), self.acked(order, tag)

    def known(self, order: str, *, again: bool = False) -> None:
        """A copy that is only acknowledged."""
        self.acked(order, self.given(order, again=again))

    def killed_and_back(self) -> None:
        self.killed()
        self.tag = 0
        self.add("runner", "consumer", "restarted")

    @property
    def names(self) -> list[str]:
        events = self.journal.events
        ledger = settle(events, self.orders, ROLES)
        assert ledger.contradictions == []
        evidence = Evidence(events, ledger, self.guarantee, ROLES)
        return [proof.name for rule in rules("rabbitmq", ROLES, table=True) if (proof := rule(evidence)) is not None]

    @property
    def cause(self) -> str | None:
        return next(iter(self.names), None)


def test_right_whatever_died():
    s = Inbox("a", "b", "c")
    s.done("a"), s.known("a")
    s.given("b"), s.point("b"), s.killed_and_back()
    tag = s.given("b", again=True)
    s.point("b"), s.row("b"), s.killed_and_back()
    s.known("b", again=True), s.done("c"), s.known("b"), s.known("a")
    assert tag == 1 and s.names == []


def test_a_row_that_is_replaced_or_taken_back_is_no_second_one():
    s = Inbox("a")
    s.done("a"), s.row("a", 2), s.add("shop", "consumer", "erased", "a", rows=1)
    assert s.names == []


def test_a_row_that_is_gone_is_a_loss():
    s = Inbox("a", "b")
    s.done("a"), s.done("b"), s.add("shop", "consumer", "erased", "b", rows=0)
    assert settle(s.journal.events, s.orders, ROLES).orders.lost == ["b"]


def test_row_erased():
    s = Inbox("a", "b")
    s.done("a"), s.killed_and_back(), s.add("shop", "consumer", "erased", "a", rows=0), s.done("b")
    assert s.cause == "row-erased"


def test_no_dedupe():
    s = Inbox("a", "b")
    s.done("a"), s.done("a", 2), s.done("b")
    assert s.cause == "no-dedupe"


def test_no_dedupe_where_all_that_is_seen_is_a_kill():
    s = Inbox("a", "b")
    s.given("a"), s.point("a"), s.row("a"), s.killed_and_back()
    s.done("a", 2), s.done("b")
    assert s.cause == "no-dedupe"


def test_dedupe_in_memory():
    s = Inbox("a", "b")
    s.done("a"), s.known("a"), s.given("b"), s.point("b"), s.killed_and_back()
    s.done("b"), s.done("a", 2)
    assert s.cause == "dedupe-in-memory"


def test_dedupe_not_atomic():
    s = Inbox("a", "b")
    s.done("a"), s.known("a"), s.given("b"), s.point("b"), s.row("b"), s.point("b", "between"), s.killed_and_back()
    s.done("b", 2), s.known("a")
    assert s.cause == "dedupe-not-atomic"


def test_dedupe_not_atomic_though_acknowledged():
    s = Inbox("a", "b")
    s.done("a"), s.known("a")
    tag = s.given("b")
    s.point("b"), s.row("b"), s.acked("b", tag), s.point("b", "between"), s.killed_and_back()
    s.known("a"), s.done("b", 2)
    assert s.cause == "dedupe-not-atomic"


def test_two_copies_at_the_same_time():
    s = Inbox("a", "b", "c")
    s.done("c"), s.known("c")
    one, two = s.given("a"), s.given("a")
    s.row("a"), s.row("a", 2), s.acked("a", one), s.acked("a", two), s.done("b")
    assert s.cause == "dedupe-not-atomic"


def test_dedupe_window():
    s = Inbox("a", "b", "c")
    s.done("a"), s.known("a"), s.done("b"), s.done("c"), s.done("a", 2)
    assert s.cause == "dedupe-window"


def test_dedupe_window_that_survives_a_kill():
    s = Inbox("a", "b", "c")
    s.done("a"), s.done("b"), s.given("c"), s.killed_and_back()
    s.done("c"), s.known("b"), s.done("a", 2)
    assert s.cause == "dedupe-window"


def test_upsert_adds():
    s = Inbox("a")
    s.done("a")
    tag = s.given("a")
    s.row("a", raised=True, total=2.0), s.acked("a", tag)
    assert s.cause == "upsert-adds"


def test_dedupe_mark_first():
    s = Inbox("a", "b", "c")
    s.done("a"), s.known("a"), s.given("b"), s.given("c"), s.point("b"), s.point("b", "between"), s.killed_and_back()
    s.known("b", again=True)
    tag = s.given("c", again=True)
    s.row("c"), s.acked("c", tag)
    assert s.cause == "dedupe-mark-first"


def test_dedupe_mark_first_one_order_at_a_time():
    s = Inbox("a", "b", "c")
    s.done("a"), s.known("a"), s.given("b"), s.point("b"), s.killed_and_back()
    s.known("b", again=True), s.done("c")
    assert s.cause == "dedupe-mark-first"


def test_redelivered_is_duplicate():
    s = Inbox("a", "b", "c", "d", "e")
    s.done("a"), s.done("a", 2), s.done("e"), s.given("b"), s.given("c"), s.point("b"), s.killed_and_back()
    s.known("b", again=True), s.known("c", again=True), s.done("d")
    assert s.cause == "redelivered-is-duplicate"


def test_dedupe_on_delivery_id():
    s = Inbox("a", "b", "c", "d", "e")
    s.done("a"), s.done("b"), s.given("c"), s.point("c"), s.killed_and_back()
    s.known("c", again=True), s.known("d"), s.done("e")
    assert s.cause == "dedupe-on-delivery-id"


def test_flag_or_tag_is_told_by_the_broader_name_where_they_look_the_same():
    s = Inbox("a", "b", "c", "d", "e")
    s.done("a"), s.done("b"), s.given("c"), s.given("d"), s.point("c"), s.killed_and_back()
    s.known("c", again=True), s.known("d", again=True), s.done("e")
    assert s.cause == "skip-and-ack"


def test_ack_before_work():
    s = Inbox("a", "b", "c")
    s.done("a")
    s.acked("b", s.given("b")), s.point("b"), s.killed_and_back(), s.done("c")
    assert s.cause == "ack-before-work"


def test_acknowledged_within_the_transaction():
    s = Inbox("a", "b", "c")
    s.done("a")
    tag = s.given("b")
    s.point("b"), s.acked("b", tag), s.killed_and_back(), s.done("c")
    assert s.cause == "ack-before-work"


def test_dedupe_by_latest():
    s = Inbox("a", "b", "c")
    s.done("a"), s.done("c"), s.known("b")
    assert s.cause == "dedupe-by-latest"


def test_skip_and_ack():
    s = Inbox("a", "b", "c")
    s.done("a"), s.known("b"), s.done("c")
    assert s.cause == "skip-and-ack"


def test_no_row():
    s = Inbox("a", "b")
    for order in "ab":
        tag = s.given(order)
        s.point(order), s.acked(order, tag)
    assert s.cause == "no-row"


def test_wrong_row():
    s = Inbox("a")
    s.done("a"), s.add("probe", "consumer", "row", "a", amiss="The row says amount 2, the order 1.")
    assert s.cause == "wrong-row"


def test_a_row_under_no_orders_id():
    s = Inbox("a", "b")
    tag = s.given("a")
    s.row("1"), s.acked("a", tag), s.done("b")
    assert s.cause == "wrong-row"
