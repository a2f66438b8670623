"""The rules for consume-transform-produce on Kafka, on made runs: each names its own class, and stays silent on a right one."""

from story import Story

from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.rules import rules
from helpers.wire.events import Event

SECOND = 1_000_000_000


class Copy(Story):
    """Orders "a", "b", … stand in topic t from offset 0, and are to stand in topic out once each."""

    def __init__(self, *orders: str):
        super().__init__(*orders, guarantee="effectively-once")
        self.names, self.number, self.reached, self.epoch = orders, 0, 0, 0
        self.members = ["consumer"]
        self.add("runner", "consumer", "started")

    def registered(self, name: str = "tx", pid: int = 1, actor: str = "consumer") -> Event:
        return self.add("tap", actor, "method", frame="InitProducerId", transactional_id=name, pid=pid, epoch=0, error=None)

    def fetched(self, *orders: str, actor: str = "consumer") -> None:
        for order in orders:
            offset = self.names.index(order) if order in self.names else 99
            self.add("tap", actor, "delivered", order, frame="Fetch", auto_ack=False,
                     pos={"conn": 1, "topic": "t", "partition": 0, "offset": offset})

    def sent(self, *orders: str, txn: bool = True, pid: int = 1, actor: str = "consumer") -> None:
        for order in orders:
            self.add("tap", actor, "published", order, frame="Produce", pos={"topic": "out", "partition": 0}, txn=txn, pid=pid)

    def ended(self, *orders: str, commit: bool = True, upto: int = 0, pid: int = 1, name: str = "tx",
              actor: str = "consumer") -> None:
        self.add("tap", actor, "method", frame="EndTxn", commit=commit, transactional_id=name, pid=pid, orders=list(orders))
        if upto:
            self.commit(upto, frame="EndTxn", tx=True, actor=actor)

    def commit(self, upto: int, frame: str = "OffsetCommit", actor: str = "consumer", **more) -> None:
        self.number += 1
        for offset in range(self.reached, upto):
            self.add("tap", actor, "acknowledged", self.names[offset], frame=frame, commit=self.number, upto=upto, group="shop",
                     pos={"conn": 2, "topic": "t", "partition": 0, "offset": offset}, **more)
        self.reached = max(upto, self.reached)

    def killed_and_back(self) -> None:
        self.killed()
        self.add("runner", "consumer", "restarted")

    def stopped(self, after: float = 4.0) -> None:
        self._ns += int(after * SECOND)
        self.add("runner", "consumer", "stopped", status=-15)

    def found(self, *orders: str, place: str = "out") -> None:
        for order in orders:
            self.add("probe", "broker", "queued", order, queue=place)

    @property
    def names_found(self) -> list[tuple[str, list[str]]]:
        ledger = settle(self.journal.events, self.orders, ["consumer"], charged_is_done=True, output="out")
        evidence = Evidence(self.journal.events, ledger, self.guarantee, self.members)
        proofs = [rule(evidence) for rule in rules("kafka", ["consumer"], output=True)]
        return [(p.name, list(p.orders)) for p in proofs if p is not None]


def test_a_transaction_that_was_left_open_and_aborted_by_the_successor_is_right():
    run = Copy("a", "b")
    run.registered(), run.fetched("a", "b"), run.sent("a"), run.killed_and_back()
    run.registered(), run.fetched("a", "b"), run.sent("a", "b"), run.ended("a", "b", upto=2), run.stopped(), run.found("a", "b")
    assert run.names_found == []


def test_an_aborted_record_that_was_sent_on():
    run = Copy("a")
    run.registered(), run.fetched("a", "ghost"), run.sent("a", "ghost"), run.ended("a", "ghost", upto=1), run.stopped()
    run.found("a", "ghost")
    assert run.names_found[0] == ("read-uncommitted", ["ghost"])


def test_an_order_from_nowhere_is_hard_coded():
    run = Copy("a")
    run.registered(), run.fetched("a"), run.sent("a", "ghost"), run.ended("a", "ghost", upto=1), run.stopped()
    run.found("a", "ghost")
    assert run.names_found == [("hard-coded", ["ghost"])]


def test_hidden_behind_a_transaction_that_nobody_ends():
    run = Copy("a", "b")
    run.registered("one", 1), run.fetched("a"), run.sent("a"), run.killed_and_back()
    run.registered("two", 2), run.fetched("a", "b"), run.sent("a", "b", pid=2), run.ended("a", "b", upto=2, pid=2, name="two")
    run.stopped()
    assert run.names_found == [("random-transactional-id", ["a", "b"])]


def test_offsets_that_cannot_be_fetched_since_a_transaction_holds_them():
    run = Copy("a")
    run.registered("one", 1), run.fetched("a"), run.sent("a"), run.killed_and_back()
    run.registered("two", 2), run.stopped(), run.found("a", place="t")
    assert run.names_found == [("random-transactional-id", ["a"])]


def test_two_ids_and_nothing_left_open_is_right():
    run = Copy("a", "b")
    run.registered("one", 1), run.fetched("a"), run.sent("a"), run.ended("a", upto=1, name="one"), run.killed_and_back()
    run.registered("two", 2), run.fetched("b"), run.sent("b", pid=2), run.ended("b", upto=2, pid=2, name="two"), run.stopped()
    run.found("a", "b")
    assert run.names_found == []


def test_a_zombie_of_another_id_commits_after_its_successor():
    run = Copy("a")
    run.members = ["consumer", "consumer-2"]
    run.registered("one", 1), run.fetched("a"), run.sent("a"), run.add("runner", "consumer", "paused")
    run.registered("two", 2, "consumer-2"), run.fetched("a", actor="consumer-2"), run.sent("a", pid=2, actor="consumer-2")
    run.ended("a", upto=1, pid=2, name="two", actor="consumer-2"), run.ended("a", name="one"), run.stopped(), run.found("a", "a")
    assert run.names_found == [("random-transactional-id", ["a"])]


def test_offsets_committed_beside_the_transaction():
    after, before = Copy("a"), Copy("a")
    after.registered(), after.fetched("a"), after.sent("a"), after.ended("a"), after.killed_and_back()
    after.registered(), after.fetched("a"), after.sent("a"), after.ended("a"), after.commit(1)
    after.stopped(), after.found("a", "a")
    before.registered(), before.fetched("a"), before.commit(1), before.killed_and_back(), before.registered()
    before.sent("a", pid=9), before.stopped()
    assert after.names_found == [("offsets-outside-transaction", ["a"])]
    assert before.names_found[0] == ("offsets-outside-transaction", ["a"])


def test_no_transaction_doubles_and_loses():
    doubles, loses = Copy("a"), Copy("a")
    doubles.fetched("a"), doubles.sent("a", txn=False), doubles.killed_and_back()
    doubles.fetched("a"), doubles.sent("a", txn=False), doubles.commit(1), doubles.stopped(), doubles.found("a", "a")
    loses.fetched("a"), loses.commit(1), loses.killed_and_back(), loses.stopped()
    assert doubles.names_found == [("no-transaction", ["a"])] and loses.names_found == [("no-transaction", ["a"])]


def test_no_transaction_and_no_harm_is_right():
    """A program may find out from the output topic how far it has come."""
    run = Copy("a")
    run.fetched("a"), run.sent("a", txn=False), run.killed_and_back(), run.fetched("a"), run.commit(1)
    run.stopped(), run.found("a")
    assert run.names_found == []


def test_never_committed():
    run = Copy("a")
    run.registered(), run.fetched("a"), run.sent("a"), run.stopped(), run.found("a", place="t")
    assert run.names_found == [("transaction-never-committed", ["a"])]


def test_killed_before_its_first_commit_is_not_never_committed():
    run = Copy("a")
    run.registered(), run.fetched("a"), run.sent("a"), run.killed_and_back(), run.stopped(), run.found("a", place="t")
    assert run.names_found == []


def test_an_abort_without_a_way_back():
    run = Copy("a", "b")
    run.registered(), run.fetched("a", "b"), run.sent("a"), run.ended("a", commit=False)
    run.sent("b"), run.ended("b", upto=2), run.stopped(), run.found("b")
    assert run.names_found == [("abort-without-seek", ["a"])]


def test_an_abort_at_the_end_of_a_partition_leaves_its_orders_there():
    run = Copy("a")
    run.registered(), run.fetched("a"), run.sent("a"), run.ended("a", commit=False), run.stopped(), run.found("a", place="t")
    assert run.names_found[0] == ("abort-without-seek", ["a"])


def test_an_abort_with_a_way_back_is_right():
    run = Copy("a", "b")
    run.registered(), run.fetched("a", "b"), run.sent("a"), run.ended("a", commit=False)
    run.sent("a", "b"), run.ended("a", "b", upto=2), run.stopped(), run.found("a", "b")
    assert run.names_found == []


def test_offsets_of_more_than_the_transaction_holds():
    run = Copy("a", "b")
    run.registered(), run.fetched("a", "b"), run.sent("a"), run.ended("a", upto=2), run.killed_and_back()
    run.registered(), run.stopped(), run.found("a")
    assert run.names_found == [("commit-covers-unprocessed", ["b"])]


def test_a_charge_beside_the_transaction_is_a_remark():
    run = Copy("a")
    run.registered(), run.fetched("a"), run.charged("a"), run.sent("a"), run.killed_and_back()
    run.registered(), run.fetched("a"), run.charged("a"), run.sent("a"), run.ended("a", upto=1), run.stopped(), run.found("a")
    assert run.names_found == [("transaction-is-end-to-end", ["a"])]
