"""The rules for retries on made runs: each names its own class, and is silent where a right program does nearly the same."""

import pytest
from story import Story

from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.rules import rules
from helpers.wire.events import Event

SECOND = 1_000_000_000
DEAD = "dead"


class Retries(Story):
    """Orders of one broker, with a place for dead letters; five attempts are asked."""

    broker = "redis"

    def wait(self, seconds: float) -> None:
        self._ns += int(seconds * SECOND)

    def restarted(self) -> Event:
        self.killed()
        return self.add("runner", "consumer", "restarted")

    def letter(self, order: str, *amiss: str) -> Event:
        more = {"amiss": [["dead-letter-mute", text] for text in amiss]} if amiss else {}
        return self.add("probe", "broker", "dead_lettered", order, queue=DEAD, **more)

    def attempts(self, order: str, n: int, pause: float = 0.1, status: int = 503) -> None:
        for i in range(n):
            self.wait(pause if i else 0)
            self.failed(order, status)

    def end(self) -> list[str]:
        """The cause that is shown: the first, if there is one."""
        ledger = settle(self.journal.events, self.orders, ("consumer",), charged_is_done=self.broker == "kafka", dead=DEAD)
        assert ledger.contradictions == []
        evidence = Evidence(self.journal.events, ledger, self.guarantee, ("consumer",), 5)
        return [p.name for rule in rules(self.broker, ("consumer",), retries=True) if (p := rule(evidence)) is not None][:1]


class Group(Retries):
    """A stream "s", whose entries are named like their orders."""

    def __init__(self, *orders: str):
        super().__init__(*orders)
        self.add("runner", "consumer", "started")

    def on(self, kind: str, order: str, frame: str, stream: str = "s", **data) -> Event:
        return self.add("tap", "consumer", kind, order, pos={"conn": 1, "stream": stream, "entry": order}, frame=frame, **data)

    def given(self, order: str, again: bool = False) -> Event:
        return self.on("redelivered" if again else "delivered", order, "XCLAIM" if again else "XREADGROUP", group="g",
                       auto_ack=False, min_idle=100)

    def xack(self, order: str, **data) -> Event:
        return self.on("acknowledged", order, "XACK", group="g", **data)

    def sent(self, order: str, confirmed: bool = True, stream: str = DEAD) -> Event:
        event = self.on("published", order, "XADD", stream)
        if confirmed:
            self.on("confirmed", order, "XADD", stream)
        return event

    def lose(self, *events: Event) -> None:
        """The frames of these events never got through."""
        self.add("runner", "bench", "fault", spec="x", swallowed=[e.seq for e in events])


class Log(Retries):
    """Orders stand in partition 0 of "t" from offset 0, unless told otherwise."""

    broker = "kafka"

    def __init__(self, *orders: str, partitions: str = ""):
        super().__init__(*orders)
        self.at = {}
        for n, order in enumerate(orders):
            partition = int(partitions[n]) if partitions else 0
            self.at[order] = {"topic": "t", "partition": partition, "offset": n}
            self.add("tap", "bench", "confirmed", order, pos=self.at[order])
        self.add("runner", "consumer", "started")
        self.number = 0

    def fetched(self, order: str, topic: str = "t") -> Event:
        return self.add("tap", "consumer", "delivered", order, pos={**self.at[order], "topic": topic, "conn": 1}, auto_ack=False)

    def commit(self, order: str, topic: str = "t") -> Event:
        self.number += 1
        return self.add("tap", "consumer", "acknowledged", order, pos={**self.at[order], "topic": topic}, commit=self.number,
                        upto=self.at[order]["offset"] + 1)

    def done(self, *orders: str) -> None:
        for order in orders:
            self.fetched(order), self.charged(order), self.commit(order)

    def sent(self, order: str, topic: str, confirmed: bool = True) -> Event:
        event = self.add("tap", "consumer", "published", order, pos={"topic": topic, "partition": 0})
        if confirmed:
            self.add("tap", "consumer", "confirmed", order, pos={"topic": topic, "partition": 0, "offset": 0})
        return event

    def stands(self, order: str, topic: str) -> Event:
        return self.add("probe", "broker", "queued", order, queue=topic, **({} if topic == "t" else {"aside": True}))

    def malformed(self, order: str) -> Event:
        return self.add("runner", "bench", "malformed", order)


# --- the copy, and letting go

def test_kafka_right_program_killed_between_the_copy_and_the_commit():
    s = Log("a", "b")
    s.fetched("a"), s.failed("a", 422), s.sent("a", DEAD), s.restarted(), s.fetched("a"), s.failed("a", 422), s.sent("a", DEAD)
    s.commit("a"), s.done("b"), s.letter("a"), s.letter("a")
    assert s.end() == []


@pytest.mark.parametrize("first", ["commit", "send"])
def test_kafka_let_go_before_the_copy_is_safe(first):
    s = Log("a", "b")
    s.fetched("a"), s.failed("a", 422)
    if first == "commit":
        s.commit("a")
    s.sent("a", DEAD, confirmed=False)
    if first == "send":
        s.commit("a")
    s.restarted(), s.done("b")
    assert s.end() == ["dlq-after-commit"]


def test_kafka_the_last_of_two_copies_is_what_counts():
    """The first was safe, and was let go of in its turn."""
    s = Log("a")
    s.fetched("a"), s.failed("a"), s.sent("a", "t-retry"), s.commit("a"), s.fetched("a", "t-retry"), s.failed("a")
    s.commit("a", "t-retry"), s.sent("a", "t-retry-2", confirmed=False), s.restarted()
    assert s.end() == ["dlq-after-commit"]


def test_kafka_a_copy_that_is_safe_is_no_accusation():
    """What became of it later is another matter."""
    s = Log("a")
    s.fetched("a"), s.failed("a"), s.sent("a", "t-retry"), s.commit("a"), s.stands("a", "t-retry"), s.fetched("a", "t-retry")
    assert s.end() == []


@pytest.mark.parametrize("late", [True, False])
def test_redis_xack_before_xadd(late):
    s = Group("a")
    s.given("a"), s.failed("a", 422)
    if late:
        s.xack("a"), s.lose(s.sent("a", confirmed=False)), s.restarted()
    else:
        s.sent("a"), s.xack("a"), s.letter("a")
    assert s.end() == (["dlq-after-commit"] if late else [])


def test_redis_a_script_is_never_the_ground_of_an_accusation():
    s = Group("a")
    s.given("a"), s.failed("a", 422), s.xack("a", opaque=True)
    assert s.end() == []


def test_given_up_without_a_letter():
    s = Group("a")
    s.given("a"), s.failed("a", 422), s.xack("a")
    assert s.end() == ["no-dead-letter"]


# --- how often, how soon

@pytest.mark.parametrize(("n", "found"), [(4, ["gives-up-early"]), (5, [])])
def test_gives_up_early(n, found):
    s = Log("a")
    s.fetched("a"), s.attempts("a", n), s.sent("a", DEAD), s.commit("a"), s.letter("a")
    assert s.end() == found


def test_redis_a_delivery_counts_as_an_attempt():
    """A peer had been given it, and died; the program has counted that."""
    s = Group("a")
    s.given("a")
    for _ in range(4):
        s.given("a", again=True), s.wait(0.1), s.failed("a")
    s.sent("a"), s.xack("a"), s.letter("a")
    assert s.end() == []


def test_kafka_to_be_fetched_again_is_no_attempt():
    s = Log("a")
    for _ in range(6):
        s.fetched("a")
    s.failed("a"), s.sent("a", DEAD), s.commit("a"), s.letter("a")
    assert s.end() == ["gives-up-early"]


@pytest.mark.parametrize(("n", "found"), [(7, []), (8, ["retry-uncapped"])])
def test_uncapped(n, found):
    s = Group("a")
    s.given("a"), s.attempts("a", n), s.sent("a"), s.xack("a"), s.letter("a")
    assert s.end() == found


@pytest.mark.parametrize(("pause", "found"), [(0.01, ["retry-no-backoff"]), (0.1, [])])
def test_no_backoff(pause, found):
    s = Group("a")
    s.given("a"), s.attempts("a", 3, pause), s.charged("a"), s.xack("a")
    assert s.end() == found


def test_redis_claimed_for_ever_or_given_up_at_last():
    for_ever, at_last = Group("a", "b"), Group("a", "b")
    for s in (for_ever, at_last):
        s.given("b"), s.charged("b"), s.xack("b"), s.given("a"), s.failed("a", 422)
        for _ in range(4):
            s.wait(0.1), s.given("a", again=True), s.failed("a", 422)
    for_ever.add("probe", "broker", "queued", "a", queue="s")
    at_last.sent("a"), at_last.xack("a"), at_last.letter("a")
    assert (for_ever.end(), at_last.end()) == (["no-delivery-cap"], ["retry-permanent"])


def test_a_mute_letter():
    s = Group("a")
    s.given("a"), s.failed("a", 422), s.sent("a"), s.xack("a"), s.letter("a", "it does not say why: reason is missing")
    assert s.end() == ["dead-letter-mute"]


# --- who waits

def waiting(partitions: str, meanwhile: tuple[str, ...] = ()) -> list[str]:
    """Order "a" is tried three times in place; `meanwhile` others are done, the rest afterwards."""
    s = Log(*"abcde", partitions=partitions)
    s.fetched("a"), s.failed("a"), s.wait(0.2), s.done(*meanwhile), s.failed("a"), s.wait(0.2), s.charged("a"), s.commit("a")
    s.done(*(o for o in "bcde" if o not in meanwhile))
    return s.end()


def test_kafka_everybody_waits():
    assert waiting("00000") == ["retry-blocks-all"]


def test_kafka_those_behind_it_wait():
    assert waiting("00011", ("d", "e")) == ["retry-blocks-partition"]


def test_kafka_nobody_waits_who_need_not():
    assert waiting("00011", ("b",)) == []
    assert waiting("01111", ("d", "e")) == []  # nobody stands behind it
    assert waiting("00111", ("c", "d", "e")) == []  # one does: that may be chance


# --- to where nothing comes back from

@pytest.mark.parametrize(("read", "found"), [(False, ["retry-goes-nowhere"]), (True, [])])
def test_kafka_a_topic_that_nobody_reads(read, found):
    s = Log("a", "b")
    s.fetched("a"), s.failed("a"), s.sent("a", "t-retry"), s.commit("a"), s.done("b"), s.stands("a", "t-retry")
    if read:
        s.fetched("b", "t-retry")
    assert s.end() == found


def test_kafka_a_program_that_broke_off_may_not_have_come_to_it():
    s = Log("a")
    s.fetched("a"), s.failed("a"), s.sent("a", "t-retry"), s.commit("a"), s.stands("a", "t-retry")
    s.add("runner", "consumer", "ended", status=1)
    assert s.end() == []


# --- poison

def test_kafka_a_record_that_is_no_json_and_is_put_aside():
    s = Log("a", "b")
    s.malformed("a"), s.fetched("a"), s.sent("a", DEAD), s.commit("a"), s.done("b"), s.letter("a")
    assert s.end() == []


def test_kafka_poison_skipped():
    s = Log("a", "b")
    s.malformed("a"), s.fetched("a"), s.commit("a"), s.done("b")
    assert s.end() == ["poison-skipped"]


@pytest.mark.parametrize(("status", "found"), [(0, ["poison-blocks"]), (1, [])])
def test_kafka_poison_blocks(status, found):
    """A program that ends with an error is told so, with the line at which it did."""
    s = Log("a", "b", "c", partitions="001")
    s.malformed("a"), s.fetched("a"), s.fetched("b"), s.done("c"), s.stands("a", "t"), s.stands("b", "t")
    s.add("runner", "consumer", "ended", status=status)
    assert s.end() == found


def test_kafka_poison_blocks_nobody_where_nobody_stands_behind():
    s = Log("a", "b", partitions="01")
    s.malformed("a"), s.fetched("a"), s.done("b"), s.stands("a", "t")
    assert s.end() == []
