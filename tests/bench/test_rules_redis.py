"""The rules for Redis on made runs: each names its own class, and is silent where a right program does nearly the same."""

import pytest
from story import Story

from helpers.bench.catalogue import CATALOGUE
from helpers.bench.catalogue_redis import REDIS
from helpers.bench.evidence import Evidence
from helpers.bench.rules import rules
from helpers.bench.rules.redis_consumer import RULES
from helpers.bench.words_redis import words
from helpers.wire.events import Event


class Group(Story):
    """A stream "s" whose entries are named like their orders; a group "g"."""

    def on(self, kind: str, order: str | None, frame: str, actor: str = "consumer", **data) -> Event:
        pos = {"conn": 1, "stream": "s", **({"entry": order} if order else {})}
        return self.add("tap", actor, kind, order, pos=pos, frame=frame, **data)

    def __init__(self, *orders: str, **more):
        super().__init__(*orders, **more)
        for order in orders:
            self.on("confirmed", order, "XADD", "bench")
        self.life = self.add("runner", "consumer", "started")

    def given(self, order: str, actor: str = "consumer", name: str = "w1", **data) -> Event:
        noack = data.pop("noack", False)
        return self.on("delivered", order, "XREADGROUP", actor, group="g", consumer=name, auto_ack=noack, **data)

    def reread(self, order: str) -> Event:
        return self.on("redelivered", order, "XREADGROUP", group="g", consumer="w1", auto_ack=False)

    def claimed(self, order: str, idle: int, actor: str = "consumer") -> Event:
        return self.on("redelivered", order, "XAUTOCLAIM", actor, group="g", consumer=actor, min_idle=idle, auto_ack=False)

    def xack(self, order: str, **data) -> Event:
        return self.on("acknowledged", order, "XACK", group="g", command="XACK", **data)

    def done(self, order: str) -> None:
        self.given(order), self.charged(order), self.xack(order)

    def restarted(self) -> None:
        self.killed(), self.add("runner", "consumer", "restarted")

    def left(self, *orders: str) -> None:
        for order in orders:
            self.add("probe", "broker", "queued", order, queue="s")


def names(story: Group) -> list[str]:
    assert story.ledger.contradictions == []
    return [proof.name for rule in rules("redis", ("consumer",)) if (proof := rule(story.evidence)) is not None]


def two(**more) -> Group:
    """A right program has done "a"; "b" is up to the test."""
    s = Group("a", "b", **more)
    s.done("a")
    return s


def test_right_program_killed_between_charge_and_xack():
    s = two()
    s.given("b"), s.charged("b"), s.restarted(), s.reread("b"), s.charged("b"), s.xack("b")
    assert names(s) == []


def test_xack_before_work():
    s = Group("a", "b")
    s.given("a"), s.xack("a"), s.charged("a"), s.given("b"), s.xack("b"), s.restarted()
    assert names(s) == ["xack-before-work"]


def test_acknowledged_before_the_charge_and_nothing_lost_is_no_mistake():
    s = Group("a")
    s.given("a"), s.xack("a"), s.charged("a")
    assert names(s) == []


def test_a_script_is_never_the_ground_of_an_accusation():
    s = Group("a", "b")
    s.given("a"), s.xack("a"), s.charged("a"), s.given("b"), s.xack("b", opaque=True), s.restarted()
    assert names(s) == []


def test_an_acknowledgement_that_redis_refused_has_not_lost_anything():
    s = two()
    s.given("b"), s.xack("b", commit="1.7"), s.on("refused", None, "XACK", commit="1.7", error="NOPERM"), s.restarted()
    s.reread("b"), s.charged("b"), s.xack("b", commit="1.8")
    assert names(s) == []


def test_noack_and_at_most_once():
    s = two()
    s.given("b", noack=True), s.restarted()
    assert names(s) == ["noack"]
    s = two(guarantee="at-most-once")
    s.given("b", noack=True), s.restarted()
    assert names(s) == []


@pytest.mark.parametrize(("frame", "name"), [("BLPOP", "list-pop-loses"), ("message", "pubsub-as-queue")])
def test_what_is_gone_when_it_is_sent(frame, name):
    s = two()
    s.on("delivered", "b", frame, group=None, queue="s", auto_ack=True), s.restarted()
    assert names(s) == [name]


def test_swallow_skip_and_throw_away():
    s = two()
    s.given("b"), s.failed("b"), s.xack("b")
    assert names(s) == ["swallow-and-ack"]
    s = two()
    s.given("b"), s.xack("b")
    assert names(s) == ["skip-and-ack"]
    s = Group("a", "b", "c")
    s.done("a"), s.given("b", "bench"), s.given("c", "bench")
    s.claimed("b", 2000), s.xack("b"), s.claimed("c", 2000), s.xack("c")
    assert names(s) == ["pending-thrown-away"]


def test_a_copy_in_the_same_transaction_is_no_loss_of_the_program():
    s = two()
    s.given("b"), s.failed("b"), s.on("published", "b", "XADD", tx=True, exec="1.9"), s.xack("b", tx=True, exec="1.9")
    assert names(s) == []


def test_delconsumer_discards():
    s = two()
    s.given("b", "bench"), s.on("method", "b", "XGROUP DELCONSUMER", command="XGROUP DELCONSUMER", consumer="peer", pending=1)
    assert names(s) == ["delconsumer-discards"]


def test_deleted_before_the_work_and_after_it():
    s = two()
    s.given("b"), s.on("trimmed", "b", "XDEL", command="XDEL", by="program"), s.restarted()
    assert names(s) == ["trim-unread"]
    s = two()
    s.given("b"), s.charged("b"), s.xack("b"), s.on("trimmed", "b", "XDEL", command="XDEL", by="program")
    assert names(s) == []
    s = two()
    s.on("purged", None, "DEL", queue="s", command="DEL")
    assert names(s) == ["trim-unread"]


def test_group_from_dollar():
    s = Group("a")
    s.on("purged", None, "XGROUP DESTROY", queue="s", group="g"), s.on("declared", None, "XGROUP CREATE", start="$", error=None)
    assert names(s) == ["group-from-dollar"]
    s = Group("a", "b")
    s.on("declared", None, "XGROUP CREATE", start="$", error=None, group="own"), s.left("a", "b")
    assert names(s) == ["group-from-dollar"]
    s = Group("a")
    s.on("declared", None, "XGROUP CREATE", start="$", error="BUSYGROUP exists"), s.done("a")
    assert names(s) == []


def test_xack_never():
    s = two()
    s.given("b"), s.charged("b"), s.left("b")
    assert names(s) == ["xack-never"]
    s = two()
    s.given("b"), s.charged("b"), s.xack("b", commit="1.5")
    s.on("refused", None, "XACK", commit="1.5", command="XACK", error="nothing was there under these ids"), s.left("b")
    proof = next(p for rule in RULES if (p := rule(s.evidence)) is not None)
    assert proof.name == "xack-never" and "nothing was there" in proof.note


def test_what_a_script_may_have_done_is_not_held_against_the_program():
    for leave in (lambda s: (s.given("b"), s.charged("b")), lambda s: s.given("b", "bench"),
                  lambda s: (s.given("b"), s.restarted())):
        s = two()
        s.on("method", None, "FCALL", command="FCALL", opaque=True), leave(s), s.left("b")
        assert names(s) == []


def test_a_program_that_broke_off_is_not_accused_of_what_it_left():
    s = two()
    s.given("b"), s.charged("b"), s.add("runner", "consumer", "ended", status=1), s.left("b")
    assert names(s) == []
    s = two()
    s.given("b", "bench"), s.add("runner", "consumer", "ended", status=1), s.left("b")
    assert names(s) == []


def test_pending_never_reread_and_peer_never_claims():
    s = Group("a", "b", "c")
    s.done("a"), s.given("c", "bench"), s.given("b"), s.charged("b"), s.restarted(), s.left("b", "c")
    assert names(s)[0] == "pending-never-reread"
    s = two()
    s.given("b", "bench"), s.left("b")
    assert names(s) == ["peer-never-claims"]


def test_claim_too_early():
    def story(idle: int) -> Group:
        s = two()
        s.given("b"), s.add("runner", "consumer", "started"), s.claimed("b", idle)
        s.add("shop", "consumer", "charged", "b", key=None, replayed=False, waited=0)
        s.add("shop", "consumer", "charged", "b", key=None, replayed=False, waited=1.0), s.xack("b")
        return s

    assert names(story(100)) == ["claim-too-early"]
    assert names(story(2000)) == []  # it was idle for longer than the work takes: the machine was slow
    s = two()
    s.given("b"), s.charged("b"), s.restarted(), s.claimed("b", 0)
    s.add("shop", "consumer", "charged", "b", key=None, replayed=False, waited=1.0), s.xack("b")
    assert names(s) == []  # claimed from the dead


def test_other_group():
    def story(group: str | None, looked: bool) -> Group:
        s = Group("a", "b")
        s.add("tap", "bench", "subscribed", stream="s", group="g", consumer="peer")
        s.on("delivered", "a", "XREADGROUP", group=group, looked=looked, auto_ack=False), s.charged("a"), s.left("a", "b")
        return s

    assert names(story("own", False))[0] == "other-group"  # the first is the one that is shown
    assert names(story(None, True))[0] == "other-group"
    assert names(story("g", False)) == ["xack-never"]


def test_read_again_while_at_work_on_it():
    s = two()
    s.given("b"), s.reread("b"), s.charged("b"), s.charged("b"), s.xack("b")
    assert names(s) == ["claim-too-early"]
    s = two()
    s.given("b"), s.charged("b"), s.reread("b"), s.charged("b"), s.left("b")  # charged, and never acknowledged
    assert names(s) == ["xack-never"]
    s = two()
    s.given("b"), s.reread("b"), s.charged("b"), s.xack("b")  # took it over first, and then read it
    assert names(s) == []


def test_shared_consumer_name():
    s = two()
    for actor, name in (("consumer", "w"), ("consumer-2", "w2")):
        s.add("tap", actor, "subscribed", stream="s", group="g", consumer=name)
    assert [p.name for rule in RULES if (p := rule(evidence_of_two(s)))] == []
    s.add("tap", "consumer-2", "subscribed", stream="s", group="g", consumer="w")
    [proof] = [p for rule in RULES if (p := rule(evidence_of_two(s)))]
    assert proof.name == "shared-consumer-name" and proof.remark


def evidence_of_two(story: Group) -> Evidence:
    return Evidence(story.journal.events, story.ledger, story.guarantee, ["consumer", "consumer-2"])


def test_no_delivery_cap():
    s = two()
    s.given("b"), s.failed("b", 422)
    for _ in range(4):
        s.claimed("b", 2000), s.failed("b", 422)
    s.left("b")
    assert names(s)[0] == "no-delivery-cap"
    s = two()
    s.given("b"), s.failed("b", 422), s.xack("b")
    assert names(s) == []


def test_every_class_stands_in_the_catalogue_once():
    assert all(CATALOGUE[m.name] is m for m in REDIS)


def test_words():
    s = two()
    told = [words(e, "order 1") for e in (s.given("b", "bench"), s.given("b", noack=True), s.claimed("b", 5), s.reread("b"))]
    assert told[0] == "order 1 given to a peer (XREADGROUP)" and "NOACK" in told[1]
    assert told[2] == "order 1 claimed for consumer (XAUTOCLAIM, min-idle-time 5 ms)" and "read again" in told[3]
    assert words(s.charged("b"), "order 1") is None
