"""Labs of two programs on made runs: whose loss it is, and what it is called; who is silent where nothing is wrong."""

import pytest

from helpers.bench.catalogue import CATALOGUE
from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.programs import BadHeader, listing
from helpers.bench import every, programs
from helpers.bench.lab import load
from helpers.bench.rules import by_role
from helpers.bench.tracker import Tracker
from helpers.wire.events import Event, Journal

ROLES = ("producer", "consumer")
ADDED = {"rabbitmq": "Basic.Publish", "kafka": "Produce", "redis": "XADD"}


class Run:
    """A run of both, told by hand. Orders "a", "b", …"""

    def __init__(self, broker: str, *orders: str):
        self._ns = 0
        self.broker = broker
        self.orders = [{"id": o, "n": n, "customer": o, "amount": 1} for n, o in enumerate(orders, 1)]
        self.journal = Journal(clock=self._tick)
        for role in ROLES:
            self.add("runner", role, "started")

    def _tick(self) -> int:
        self._ns += 1_000_000
        return self._ns

    def add(self, src: str, actor: str, kind: str, order: str | None = None, **more) -> Event:
        return self.journal.record(src, actor, kind, order, **more)

    def declared(self, **flags) -> None:
        usual = {"name": "q", "passive": False, "durable": True, "exclusive": False, "auto_delete": False, "arguments": {}}
        self.journal.record("tap", "producer", "declared", frame="Queue.Declare", what="queue", **{**usual, **flags})

    def promised(self, *orders: str, delivery_mode: int = 2, confirmed: bool = True) -> None:
        for order in orders:
            self.add("tap", "producer", "published", order, frame=ADDED[self.broker], command=ADDED[self.broker], acks=-1, pid=7,
                     confirm=True, mandatory=True, exchange="", routing_key="q", delivery_mode=delivery_mode)
            if confirmed:
                self.add("tap", "producer", "confirmed", order, frame=ADDED[self.broker])
            self.add("shop", "producer", "accepted", order)

    def published_blindly(self, order: str) -> None:
        """Without confirms, and promised at once."""
        self.add("tap", "producer", "published", order, frame="Basic.Publish", pos={"conn": 1, "channel": 1, "tag": None},
                 confirm=False, mandatory=False, exchange="", routing_key="q", delivery_mode=2)
        self.add("shop", "producer", "accepted", order)

    def subscribed(self, auto_ack: bool) -> None:
        self.add("tap", "consumer", "subscribed", frame="Basic.Consume", conn=1, channel=1, queue="q", auto_ack=auto_ack,
                 prefetch=0)

    def wait(self, ms: int) -> None:
        self._ns += ms * 1_000_000

    def given(self, order: str, tag: int, kind: str = "delivered", auto_ack: bool = False) -> None:
        self.add("tap", "consumer", kind, order, pos=self._pos(tag), auto_ack=auto_ack)

    def acked(self, order: str, tag: int) -> None:
        self.add("tap", "consumer", "acknowledged", order, pos=self._pos(tag), tag=tag)

    def _pos(self, tag: int) -> dict:
        if self.broker == "redis":
            return {"stream": "s", "group": "g", "entry": f"{tag}-0"}
        return {"conn": 1, "channel": 1, "tag": tag}

    def charged(self, order: str) -> None:
        self.add("shop", "consumer", "charged", order)

    def killed(self, actor: str) -> None:
        self.add("runner", actor, "killed")

    def done(self, order: str, tag: int) -> None:
        self.given(order, tag), self.charged(order), self.acked(order, tag)

    def hasty(self, order: str, tag: int) -> None:
        self.given(order, tag), self.acked(order, tag), self.charged(order)

    def set(self, frame: str, **settings: str) -> None:
        self.add("tap", "producer", "method", frame=frame, command=frame, settings=settings)

    def proofs(self) -> list:
        """What the rules say; the evidence is complete."""
        ledger = settle(self.journal.events, self.orders, ROLES, charged_is_done=self.broker == "kafka")
        assert ledger.contradictions == []
        whole = Evidence(self.journal.events, ledger, "at-least-once", list(ROLES))
        views = {None: whole, **{role: whole.of_role(role) for role in ROLES}}
        found = [proof for role, rule in by_role(self.broker, ROLES) if (proof := rule(views[role])) is not None]
        assert {p.name for p in found} <= set(CATALOGUE)
        return found

    def causes(self) -> list[str]:
        return [p.name for p in self.proofs() if not p.remark and CATALOGUE[p.name].severity == "cause"]


@pytest.mark.parametrize("broker", ["rabbitmq", "redis"])
def test_two_right_programs_and_a_broker_that_was_killed(broker):
    run = Run(broker, "a", "b")
    run.declared(), run.promised("a", "b"), run.given("a", 1), run.given("b", 2), run.charged("a")
    run.killed("broker"), run.given("a", 1, "redelivered"), run.charged("a"), run.acked("a", 1), run.done("b", 2)
    assert run.causes() == []


@pytest.mark.parametrize("given", [False, True])
def test_a_transient_message_is_the_producers_loss_wherever_it_was_when_the_broker_died(given):
    run = Run("rabbitmq", "a", "b")
    run.declared(), run.promised("a", "b", delivery_mode=1), run.done("a", 1)
    if given:
        run.given("b", 2)
    run.killed("broker")
    assert run.causes() == ["transient-message"]


def test_what_the_consumer_let_go_of_is_its_own_loss_though_the_message_was_transient():
    run = Run("rabbitmq", "a", "b")
    run.declared(), run.promised("a", "b", delivery_mode=1), run.hasty("a", 1)
    run.given("b", 2), run.acked("b", 2), run.killed("consumer"), run.killed("broker")
    assert run.causes() == ["ack-before-work"]


@pytest.mark.parametrize("answered, cause", [(True, ["auto-ack"]), (False, [])])
def test_an_order_sent_to_a_consumer_that_was_gone_is_not_said_to_be_lost_on_its_way(answered, cause):
    """The broker had it, which an answer on the publisher's channel shows; without one nobody is accused."""
    run = Run("rabbitmq", "a")
    run.declared(), run.subscribed(auto_ack=True)
    run.published_blindly("a")
    if answered:
        run.add("tap", "producer", "method", frame="Channel.CloseOk", conn=1, channel=1, by="broker")
    run.killed("consumer")
    assert run.causes() == cause


@pytest.mark.parametrize("auto_ack, killed", [(False, True), (True, False)])
def test_an_order_lost_on_its_way_while_nobody_could_swallow_it(auto_ack, killed):
    run = Run("rabbitmq", "a")
    run.declared(), run.subscribed(auto_ack=auto_ack)
    run.published_blindly("a")
    if killed:
        run.killed("consumer")
    run.add("tap", "producer", "closed", scope="connection", by="tap", code=None, conn=1, channel=None)
    assert run.causes()[0] == "no-confirms"


def test_an_order_published_long_after_a_consumers_end_was_not_sent_to_it():
    run = Run("rabbitmq", "a")
    run.declared(), run.subscribed(auto_ack=True), run.killed("consumer")
    run.wait(2000)
    run.published_blindly("a")
    assert run.causes()[0] == "no-confirms"


@pytest.mark.parametrize("confirmed, cause", [(True, ["purges"]), (False, [])])
def test_what_a_consumer_has_emptied_was_not_lost_on_its_way(confirmed, cause):
    """Without an answer of the broker's it may have been: nobody is accused."""
    run = Run("rabbitmq", "a")
    run.declared()
    run.promised("a") if confirmed else run.published_blindly("a")
    run.add("tap", "consumer", "purged", frame="Queue.Purge", queue="q", count=1)
    assert run.causes() == cause


@pytest.mark.parametrize("end, cause", [(1, []), (0, ["acks-zero"])])
def test_an_order_that_may_stand_before_the_place_where_a_consumer_began_is_not_said_to_be_lost_on_its_way(end, cause):
    run = Run("kafka", "a")
    run.add("tap", "producer", "published", "a", frame="Produce", acks=0, pid=-1, pos={"topic": "t", "partition": 0})
    run.add("shop", "producer", "accepted", "a")
    run.add("tap", "consumer", "method", frame="ListOffsets", offsets=[["t", 0, -1, end]])
    assert run.causes()[:1] == cause


def test_an_order_of_an_aborted_transaction_is_the_producers_loss_though_a_commit_covers_it():
    run = Run("kafka", "a")
    run.add("tap", "producer", "published", "a", frame="Produce", acks=-1, pid=7, txn=True, pos={"topic": "t", "partition": 0})
    run.add("tap", "producer", "confirmed", "a", frame="Produce")
    run.add("shop", "producer", "accepted", "a")
    run.killed("producer")
    run.add("tap", "consumer", "acknowledged", "a", frame="OffsetCommit", upto=2, commit=1, pos={"topic": "t", "partition": 0})
    assert run.causes() == ["accept-before-commit"]


def test_what_the_broker_said_later_that_it_had_was_not_lost_by_an_early_promise():
    run = Run("rabbitmq", "a")
    run.declared(), run.promised("a", confirmed=False), run.add("tap", "producer", "confirmed", "a", frame="Basic.Ack")
    run.subscribed(auto_ack=True), run.given("a", 1, auto_ack=True), run.killed("consumer")
    assert run.causes() == ["auto-ack"]


def test_non_durable_queue():
    run = Run("rabbitmq", "a", "b")
    run.declared(durable=False), run.promised("a", "b"), run.done("a", 1), run.given("b", 2), run.killed("broker")
    assert run.causes() == ["non-durable-queue"]


def test_non_durable_queue_and_the_broker_lives():
    run = Run("rabbitmq", "a", "b")
    run.declared(durable=False), run.promised("a", "b"), run.done("a", 1), run.done("b", 2)
    assert run.causes() == []


@pytest.mark.parametrize("flags", [{"auto_delete": True}, {"exclusive": True}, {"arguments": {"x-expires": 100}}])
def test_queue_deletes_itself(flags):
    run = Run("rabbitmq", "a", "b")
    run.declared(**flags), run.promised("a", "b"), run.done("a", 1), run.given("b", 2), run.killed("consumer")
    assert run.causes() == ["queue-deletes-itself"]


def test_another_queue_that_deletes_itself_explains_nothing():
    run = Run("rabbitmq", "a")
    run.declared(auto_delete=True, name="replies"), run.promised("a")
    run.given("a", 1), run.acked("a", 1), run.killed("consumer")
    assert run.causes() == ["ack-before-work"]


def test_what_never_arrived_is_the_producers_loss_on_every_broker():
    for broker in ADDED:
        run = Run(broker, "a")
        run.add("shop", "producer", "accepted", "a"), run.killed("producer")
        assert run.causes() == ["accept-before-confirm"]


@pytest.mark.parametrize("said, note", [
    ([], "Nothing had set"),
    ([("CONFIG SET", {"appendonly": "yes"})], "CONFIG SET holds"),
    ([("CONFIG REWRITE", {}), ("CONFIG SET", {"appendonly": "yes"})], "CONFIG SET holds"),
    ([("CONFIG SET", {"appendonly": "yes"}), ("CONFIG REWRITE", {})], "WAITAOF"),
    ([("CONFIG SET", {"save": "60 1000"}), ("CONFIG REWRITE", {})], "Nothing had set"),
])
def test_not_persistent(said, note):
    run = Run("redis", "a", "b", "c")
    for frame, settings in said:
        run.set(frame, **settings)
    run.promised("a", "b"), run.done("a", 1), run.given("b", 2), run.killed("broker"), run.promised("c"), run.done("c", 3)
    (proof,) = run.proofs()
    assert (proof.name, proof.orders) == ("not-persistent", ["b"]) and note in proof.note


def test_acknowledged_before_redis_died_is_the_consumers_loss():
    run = Run("redis", "a", "b")
    run.promised("a", "b"), run.hasty("a", 1), run.given("b", 2), run.acked("b", 2), run.killed("consumer"), run.killed("broker")
    assert run.causes() == ["xack-before-work"]


def test_what_the_producer_trimmed_is_its_own_loss_though_it_had_been_given():
    run = Run("redis", "a", "b")
    run.promised("a", "b"), run.given("a", 1), run.add("tap", "producer", "trimmed", "a", pos=run._pos(1)), run.killed("consumer")
    run.done("b", 2)
    assert run.causes() == ["trimmed-unread"]


def test_orders_charged_out_of_order_say_nothing_of_the_topic():
    run = Run("kafka", "a", "b")
    for order in run.orders:
        order["customer"] = "ada"
    run.promised("a", "b"), run.done("b", 2), run.done("a", 1)
    assert run.proofs() == []


# --- pairs

def test_a_program_names_the_one_that_plays_the_other_role():
    pairs = {p.path.name: p for p in listing("13") if p.beside is not None}
    program = pairs["producer_non_durable_queue.py"]
    assert program.beside.name == "consumer_non_durable_queue.py"
    assert f"--consumer={program.beside}" in every.command(program)
    assert not any(p.path.parent.name == "pair" for p in listing("13"))


def test_a_pair_without_its_other_half_is_told(tmp_path):
    path = tmp_path / "producer_a.py"
    path.write_text("# pass\n# with: pair/consumer_a.py\n")
    with pytest.raises(BadHeader, match="missing"):
        programs._with_header(load("13"), "unusual", "pass", path)


# --- away

def test_a_program_is_away_from_the_cut_until_it_works_again():
    journal = Journal()
    tracker = Tracker(["a"], journal.events, both=True)
    journal.listen(tracker.on_event)
    journal.record("tap", "consumer", "subscribed")
    journal.record("runner", "producer", "reset")
    assert tracker.away == {"producer"}
    journal.record("tap", "producer", "opened")
    assert tracker.away == {"producer"}
    journal.record("tap", "producer", "published", "a")
    assert tracker.away == set()
    journal.record("runner", "broker", "killed")
    assert tracker.away == {"consumer", "producer"}
    journal.record("runner", "broker", "restarted")
    journal.record("tap", "consumer", "delivered", "a", pos={"conn": 1, "channel": 1, "tag": 1})
    assert tracker.away == {"producer"}


@pytest.mark.parametrize("got_through", [True, False])
def test_a_run_is_not_over_while_a_second_copy_may_still_come(got_through):
    journal = Journal()
    tracker = Tracker(["a"], journal.events, both=True)
    journal.listen(tracker.on_event)

    def done(tag):
        pos = {"conn": 1, "channel": 1, "tag": tag}
        journal.record("tap", "consumer", "delivered", "a", pos=pos), journal.record("shop", "consumer", "charged", "a")
        journal.record("tap", "consumer", "acknowledged", "a", pos=pos)

    first = journal.record("tap", "producer", "published", "a")  # its confirm is lost, and the program sends it again
    if not got_through:
        journal.record("runner", "bench", "fault", spec="x", swallowed=[first.seq])
    journal.record("tap", "producer", "published", "a"), journal.record("shop", "producer", "accepted", "a")
    done(1)
    assert tracker.settled is not got_through
    if got_through:
        done(2)
    assert tracker.settled
