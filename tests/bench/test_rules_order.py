"""The rules on the order of a customer's orders, on made runs with several members of a group."""

from test_rules_kafka import Log

from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.rules import kafka_order


class Group(Log):
    """All orders are one customer's."""

    def __init__(self, *orders: str):
        super().__init__(*orders, actors=("consumer", "consumer-2"))
        for order in self.orders:
            order["customer"] = "ada"

    def charged_by(self, actor: str, order: str, waited: float = 0.0) -> None:
        self.wait(waited or 0.2)
        self.add("shop", actor, "charged", order, key=None, replayed=False, waited=waited)

    @property
    def found(self) -> list[tuple[str, list[str]]]:
        ledger = settle(self.journal.events, self.orders, ["consumer"], charged_is_done=True)
        evidence = Evidence(self.journal.events, ledger, "at-least-once", list(self.actors))
        proofs = [rule(evidence) for rule in kafka_order.RULES]
        return [(p.name, list(p.orders)) for p in proofs if p is not None]


def test_in_order_is_right():
    run = Group("a", "b")
    run.joined(0), run.fetched("a", "b"), run.charged_by("consumer", "a"), run.charged_by("consumer", "b"), run.commit(2)
    assert run.found == []


def test_a_later_order_overtakes():
    run = Group("a", "b", "c")
    run.joined(0), run.fetched("a", "b", "c")
    run.charged_by("consumer", "b"), run.charged_by("consumer", "a"), run.charged_by("consumer", "c"), run.commit(3)
    assert run.found == [("charged-out-of-order", ["a"])]


def test_charged_again_after_a_restart_is_no_disorder():
    run = Group("a", "b")
    run.joined(0), run.fetched("a", "b"), run.charged_by("consumer", "a"), run.charged_by("consumer", "b"), run.killed()
    run.start(again=True), run.joined(0, generation=2), run.fetched("a", "b")
    run.charged_by("consumer", "a"), run.charged_by("consumer", "b"), run.commit(2)
    assert run.found == []


def test_work_that_goes_on_after_the_partition_has_gone():
    run = Group("a", "b")
    run.joined(0), run.fetched("a", "b"), run.start("consumer-2"), run.joined(generation=2)
    run.joined(0, generation=2, member="n", actor="consumer-2"), run.charged_by("consumer", "a"), run.charged_by("consumer", "b")
    assert run.found == [("charges-after-revocation", ["a"])]


def test_a_charge_that_had_begun_may_come_to_its_end():
    run = Group("a")
    run.joined(0), run.fetched("a"), run.start("consumer-2"), run.joined(generation=2)
    run.joined(0, generation=2, member="n", actor="consumer-2"), run.charged_by("consumer", "a", waited=1.0)
    assert run.found == []


def test_who_got_its_partition_back_may_go_on():
    run = Group("a")
    run.joined(0), run.fetched("a"), run.start("consumer-2"), run.joined(generation=2, member="n", actor="consumer-2")
    run.joined(0, generation=2), run.charged_by("consumer", "a"), run.commit(1)
    assert run.found == []


def test_who_overtook_is_named_though_another_charged_the_late_one():
    run = Group("a", "b")
    run.joined(0), run.fetched("a", "b"), run.charged_by("consumer", "b"), run.killed(), run.start("consumer-2")
    run.joined(0, generation=2, member="n", actor="consumer-2"), run.fetched("a", "b", actor="consumer-2")
    run.charged_by("consumer-2", "a"), run.charged_by("consumer-2", "b"), run.commit(2, actor="consumer-2")
    assert run.found == [("charged-out-of-order", ["a"])]
