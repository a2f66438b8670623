"""The capstone's gauntlet: ten faults, the same for the same seed; whose part retries are beside a producer; the page kept."""

from types import SimpleNamespace

import pytest

from helpers.bench import fault_words, gauntlet, keepsake, verdict
from helpers.bench.evidence import Evidence
from helpers.bench.faults import FOR_EVER, Accepted, FailCharge, Fault, Idle, Kill, KillBroker
from helpers.bench.lab import all_names, load
from helpers.bench.ledger import settle
from helpers.bench.report import FaultRecord, Finding, Report, ScenarioRecord
from helpers.bench.rules import by_role
from helpers.wire.events import Journal

CAPSTONES = [name for name in all_names() if load(name).draws]
ROLES = ("producer", "consumer")


def drawn(seed: int) -> list[Fault]:
    return [fault for scenario in load("20").drawn(seed).scenarios for fault in scenario.faults]


def test_ten_faults_the_same_for_the_same_seed():
    assert all(len(set(drawn(seed))) == 10 for seed in range(200))
    assert drawn(7) == drawn(7)
    assert len({str(drawn(seed)) for seed in range(50)}) > 45


def test_every_seed_has_each_kind_and_all_its_moments_come():
    for seed in range(300):
        faults = drawn(seed)
        assert {"Kill", "KillBroker", "Blackout", "FailCharge", "Poison", "SlowCharge"} <= {type(f).__name__ for f in faults}
        places = [getattr(getattr(f, "when", None), "n", None) or getattr(f, "order", 1) for f in faults]
        assert max(places) <= gauntlet.ORDERS - 2


@pytest.mark.parametrize("name", CAPSTONES)
def test_the_three_brokers_share_one_gauntlet(name):
    lab = load(name)
    assert lab.scenarios is gauntlet.SCENARIOS and lab.orders == gauntlet.ORDERS
    assert [s.faults for s in lab.scenarios] == [(), (), ()], "drawing leaves the lab as it is"


def test_each_fault_has_words():
    for seed in range(20):
        for fault in drawn(seed):
            assert "(" not in fault_words.tell(fault).replace("(503)", "").replace("(422)", "")
    assert fault_words.tell(FailCharge(3, FOR_EVER)) == "the shop is away (503) at every attempt for the 3rd order that is tried"
    assert fault_words.tell(KillBroker(Accepted(12))) == "the broker is killed right after the 12th promise"
    assert fault_words.tell(Kill("consumer", Idle())) == "the consumer is killed when nothing moves any more"


def sent(add, order) -> None:
    for kind in ("published", "confirmed"):
        add("tap", "producer", kind, order, frame="Basic.Publish", confirm=True, mandatory=True, exchange="", routing_key="q",
            delivery_mode=2)
    add("shop", "producer", "accepted", order)


def run(tell, first="abcd") -> list[str]:
    """The causes in a run of both programs on RabbitMQ, with dead letters. tell: adds events; first: the orders sent before."""
    journal = Journal(clock=iter(range(0, 10**12, 200_000_000)).__next__)
    orders = [{"id": o, "n": n, "customer": o, "amount": 1} for n, o in enumerate("abcd", 1)]

    def add(src, actor, kind, order=None, **more):
        return journal.record(src, actor, kind, order, **more)

    def charged(order, tag):
        add("tap", "consumer", "delivered", order, pos={"conn": 1, "channel": 1, "tag": tag})
        add("shop", "consumer", "charged", order)
        add("tap", "consumer", "acknowledged", order, pos={"conn": 1, "channel": 1, "tag": tag})

    for role in ROLES:
        add("runner", role, "started")
    for order in first:
        sent(add, order)
    tell(add, charged)
    ledger = settle(journal.events, orders, ROLES, dead="dead")
    whole = Evidence(journal.events, ledger, "at-least-once", list(ROLES), 5)
    views = {None: whole, **{role: whole.of_role(role) for role in ROLES}}
    assert ledger.contradictions == []
    return [p.name for role, rule in by_role("rabbitmq", ROLES, retries=True) if (p := rule(views[role])) and not p.remark]


def test_what_a_producer_has_published_is_no_copy_of_a_consumer():
    """Acknowledged and never charged: no copy was sent away, though the order was published once."""
    def told(add, charged):
        charged("a", 1), charged("b", 2), charged("c", 3)
        add("tap", "consumer", "delivered", "d", pos={"conn": 1, "channel": 1, "tag": 4})
        add("tap", "consumer", "acknowledged", "d", pos={"conn": 1, "channel": 1, "tag": 4})
        add("runner", "consumer", "killed")
    assert run(told) == ["skip-and-ack"]


@pytest.mark.parametrize("meanwhile", [("reset", {}), ("killed", {})])
def test_a_producer_that_is_cut_off_is_no_excuse_for_the_consumer(meanwhile):
    def told(add, charged):
        add("tap", "consumer", "delivered", "a", pos={"conn": 1, "channel": 1, "tag": 1})
        add("shop", "consumer", "charge_failed", "a", status=503)
        add("runner", "producer", meanwhile[0])
        add("shop", "consumer", "charge_failed", "a", status=503)
        add("shop", "consumer", "charge_failed", "a", status=503)
        add("shop", "consumer", "charged", "a")
        add("tap", "consumer", "acknowledged", "a", pos={"conn": 1, "channel": 1, "tag": 1})
        charged("b", 2), charged("c", 3), charged("d", 4)
    assert run(told) == ["retry-blocks-all"]


def test_nobody_waits_behind_a_retry_whose_producer_is_away():
    """The others come to the broker only after it: no consumer could have served them meanwhile."""
    def told(add, charged):
        add("tap", "consumer", "delivered", "a", pos={"conn": 1, "channel": 1, "tag": 1})
        for status in (503, 503):
            add("shop", "consumer", "charge_failed", "a", status=status)
        add("shop", "consumer", "charged", "a")
        add("tap", "consumer", "acknowledged", "a", pos={"conn": 1, "channel": 1, "tag": 1})
        for order in "bcd":
            sent(add, order)
        charged("b", 2), charged("c", 3), charged("d", 4)
    assert run(told, first="a") == []


def test_how_often_an_order_is_tried_explains_no_loss_of_another():
    """Two programs, a mistake in each: what is told is the one by which the order was lost."""
    seen = SimpleNamespace(lost=["a"], guarantee="at-least-once", ledger=SimpleNamespace(orders=SimpleNamespace(unexpected=[])))
    blocks = Finding("retry-blocks-all", "cause", "", "", "", "", ["b"])
    lost = Finding("no-confirms", "cause", "", "", "", "", ["a"])
    assert verdict._explaining([blocks, lost], seen) == [lost]
    assert verdict._explaining([blocks], seen) == []
    seen.lost = []
    assert verdict._explaining([blocks], seen) == [blocks]


def test_the_page_kept_says_what_came_and_what_it_cost():
    faults = [FaultRecord("Kill(consumer, Charged(3))", True, 0.25, 9, "the consumer is killed right after its 3rd charge", 5),
              FaultRecord("Poison(4)", False, words="the shop refuses (422) the 4th order that is tried")]
    report = Report("20_rabbitmq_capstone", "The capstone", 4711, "at-least-once", {"title": "RabbitMQ", "version": "4.3.6"},
                    "pass", "none lost.", not_run=["the next"], again="python -m helpers check 20 --seed 4711",
                    scenarios=[ScenarioRecord("killed", "killed", "pass", "", 1.0, 16, 15, 0, 2, 0, 1, faults,
                                              {"dead_lettered": [4], "duplicated": [3, 5]})])
    page = keepsake.page(report)
    assert "| 1. killed | 16 | 15 | 1 | 2 | 0 | 0 | ✓ PASS |" in page and "| 2. the next | | | | | | | not run |" in page
    assert "- Run 1: order 4 among the dead letters; orders 3 and 5 charged twice, which at least once allows." in page
    assert "1. The consumer is killed right after its 3rd charge (order 5): at 0.250 s" in page
    assert "2. The shop refuses (422) the 4th order that is tried: **never came about**" in page
    assert "seed 4711" in page and Report.from_dict(report.as_dict()).scenarios[0].faults == faults
