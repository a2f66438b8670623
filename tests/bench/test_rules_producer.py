"""The rules for producers on made runs: each names its own class, and stays silent where a right program does nearly the same."""

import pytest

from helpers.bench.catalogue import CATALOGUE
from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.rules import rules
from helpers.wire.events import Event, Journal

ROLES = ("producer",)


class Run:
    """A run of a producer, told by hand. Orders "a", "b", …, each of the customer of its own name unless told otherwise."""

    def __init__(self, broker: str, *orders: str, guarantee: str = "at-least-once", customers: str = "", unroutable: str = ""):
        self._ns = 0
        self.broker, self.guarantee, self.unroutable = broker, guarantee, set(unroutable)
        self.orders = [{"id": o, "n": n, "customer": customers[n - 1] if customers else o, "amount": 1}
                       for n, o in enumerate(orders, 1)]
        self.journal = Journal(clock=self._tick)
        self.started()

    def _tick(self) -> int:
        self._ns += 1_000_000
        return self._ns

    def add(self, src: str, kind: str, order: str | None = None, actor: str = "producer", **more) -> Event:
        return self.journal.record(src, actor, kind, order, **more)

    def started(self, again: bool = False) -> None:
        self.add("runner", "restarted" if again else "started")

    def published(self, order: str, **data) -> Event:
        usual = {"rabbitmq": {"confirm": True, "mandatory": True, "delivery_mode": 2, "exchange": "shop", "routing_key": "order.eu"},
                 "kafka": {"acks": -1, "pid": 7, "txn": False, "key": "x"}, "redis": {"command": "XADD"}}[self.broker]
        frame = {"rabbitmq": "Basic.Publish", "kafka": "Produce", "redis": "XADD"}[self.broker]
        return self.add("tap", "published", order, frame=data.pop("frame", frame), **{**usual, **data})

    def swallowed(self, *events: Event) -> None:
        self.add("runner", "fault", actor="bench", spec="Reset", swallowed=[e.seq for e in events])

    def confirmed(self, order: str, **data) -> Event:
        return self.add("tap", "confirmed", order, frame=data.pop("frame", "XADD" if self.broker == "redis" else None), **data)

    def accepted(self, order: str) -> Event:
        return self.add("shop", "accepted", order)

    def right(self, *orders: str, **data) -> None:
        for order in orders:
            self.published(order, **data), self.confirmed(order), self.accepted(order)

    def broker_killed(self) -> None:
        self.add("runner", "killed", actor="broker")

    def ended(self, status: int = 0) -> None:
        self.add("runner", "ended", status=status)

    def there(self, *orders: str, **data) -> None:
        for order in orders:
            self.add("probe", "queued", order, actor="broker", queue="orders", **data)

    def aside(self, *orders: str) -> None:
        for order in orders:
            self.add("probe", "dead_lettered", order, actor="broker", queue="elsewhere")

    @property
    def ledger(self):
        return settle(self.journal.events, self.orders, ROLES, unroutable=self.unroutable)

    def causes(self) -> list[str]:
        return self._named(remark=False)

    def remarks(self) -> list[str]:
        return self._named(remark=True)

    def _named(self, remark: bool) -> list[str]:
        evidence = Evidence(self.journal.events, self.ledger, self.guarantee, ROLES)
        proofs = [proof for rule in rules(self.broker, ROLES) if (proof := rule(evidence)) is not None]
        assert {p.name for p in proofs} <= set(CATALOGUE)
        return [p.name for p in proofs if (p.remark or CATALOGUE[p.name].severity == "remark") == remark]


BROKERS = pytest.mark.parametrize("broker", ["rabbitmq", "kafka", "redis"])


@BROKERS
def test_right_program(broker):
    run = Run(broker, "a", "b")
    run.right("a", "b"), run.ended(), run.there("a", "b")
    assert run.causes() == run.remarks() == []


@BROKERS
def test_right_program_whose_order_was_lost_on_its_way_and_sent_again(broker):
    run = Run(broker, "a", "b")
    run.right("a"), run.swallowed(run.published("b")), run.ended(1), run.started(again=True), run.right("b"), run.ended()
    run.there("a", "b")
    assert run.causes() == run.remarks() == []


@BROKERS
def test_accepted_before_it_was_confirmed_and_there_is_no_mistake(broker):
    run = Run(broker, "a")
    run.published("a"), run.accepted("a"), run.confirmed("a"), run.ended(), run.there("a")
    assert run.causes() == []


@BROKERS
def test_accept_before_confirm(broker):
    run = Run(broker, "a", "b")
    run.right("a"), run.swallowed(run.published("b")), run.accepted("b"), run.add("runner", "killed"), run.there("a")
    assert run.causes()[0] == "accept-before-confirm"


@BROKERS
def test_accepted_and_never_sent_when_it_was_killed(broker):
    run = Run(broker, "a", "b")
    run.right("a"), run.accepted("b"), run.add("runner", "killed"), run.there("a")
    assert run.causes()[0] == "accept-before-confirm"


@BROKERS
def test_confirmed_and_gone_is_not_the_programs_haste(broker):
    run = Run(broker, "a", "b")
    run.right("a", "b"), run.ended(), run.there("a")
    assert "accept-before-confirm" not in run.causes()


@BROKERS
def test_never_accept(broker):
    run = Run(broker, "a")
    run.published("a"), run.confirmed("a"), run.ended(), run.there("a")
    assert run.causes() == ["never-accept"]


@BROKERS
def test_gives_up(broker):
    run = Run(broker, "a", "b")
    run.right("a"), run.swallowed(run.published("b")), run.ended(0), run.there("a")
    assert run.causes() == ["gives-up"]


@BROKERS
def test_ended_with_an_error_is_not_given_up(broker):
    run = Run(broker, "a", "b")
    run.right("a"), run.swallowed(run.published("b")), run.ended(1), run.there("a")
    assert run.causes() == []


@BROKERS
def test_sent_again_after_a_restart(broker):
    for guarantee, found in (("effectively-once", "sent-again"), ("at-least-once", None)):
        run = Run(broker, "a", guarantee=guarantee)
        run.published("a"), run.confirmed("a"), run.ended(1), run.started(again=True), run.right("a"), run.ended()
        run.there("a", "a")
        assert (run.causes() or [None])[0] == found


def test_what_is_amiss_on_arrival_is_told_worst_first():
    run = Run("redis", "a")
    run.right("a"), run.ended()
    run.there("a", amiss=[["metadata-missing", "type is missing"], ["wrong-body", "no JSON"]])
    assert run.causes() == ["wrong-body"]


def test_connection_per_message():
    run = Run("rabbitmq", *"abcdefghijkl")
    for order in "abcdefghijkl":
        run.add("tap", "opened", conn=1), run.right(order)
    run.ended(), run.there(*"abcdefghijkl")
    assert run.remarks() == ["connection-per-message"]


def test_reconnecting_now_and_then_is_no_habit():
    run = Run("rabbitmq", *"abcdefghijkl")
    for order in "abcdefghijkl":
        if order in "adg":
            run.add("tap", "opened", conn=1)
        run.right(order)
    run.ended(), run.there(*"abcdefghijkl")
    assert run.remarks() == []


# --- RabbitMQ

def test_no_confirms():
    run = Run("rabbitmq", "a", "b")
    run.published("a", confirm=False), run.accepted("a"), run.swallowed(run.published("b", confirm=False)), run.accepted("b")
    run.ended(1), run.there("a")
    assert run.causes()[0] == "no-confirms"


@pytest.mark.parametrize("confirm, cause", [(False, "no-confirms"), (True, "accept-before-confirm")])
def test_what_was_sent_into_a_broken_connection_is_judged_by_what_else_the_program_sent(confirm, cause):
    """Nothing of order b is to be seen: the connection was gone, and pika does not notice before its next event."""
    run = Run("rabbitmq", "a", "b")
    run.published("a", confirm=confirm), run.confirmed("a") if confirm else None, run.accepted("a")
    run.broker_killed(), run.accepted("b"), run.there("a")
    assert run.causes()[0] == cause


def test_a_transactional_channel_has_no_confirms_and_needs_none():
    run = Run("rabbitmq", "a")
    run.published("a", confirm=False, tx=True), run.confirmed("a", tx=True), run.accepted("a"), run.ended(), run.there("a")
    assert run.causes() == []


def test_not_mandatory():
    run = Run("rabbitmq", "a", "b", unroutable="b")
    run.right("a"), run.right("b", mandatory=False, routing_key="order.moon"), run.ended(), run.there("a")
    assert run.causes() == ["not-mandatory"]


def test_a_key_by_which_others_arrived_leads_somewhere():
    run = Run("rabbitmq", "a", "b")
    run.right("a", "b", mandatory=False), run.ended(), run.there("a")
    assert run.causes() == []


def test_return_ignored():
    run = Run("rabbitmq", "a", "b", unroutable="b")
    run.right("a"), run.published("b"), run.add("tap", "returned", "b", routing_key="order.moon"), run.confirmed("b"), run.accepted("b")
    run.ended(), run.there("a")
    assert run.causes() == ["return-ignored"]


def test_what_came_back_is_left_alone():
    run = Run("rabbitmq", "a", "b", "c", unroutable="b")
    run.right("a"), run.published("b"), run.add("tap", "returned", "b", routing_key="order.moon"), run.confirmed("b"), run.right("c")
    run.ended(), run.there("a", "c")
    assert run.causes() == [] and run.ledger.orders.never_accepted == []


def test_what_came_back_gets_a_queue_of_its_own():
    run = Run("rabbitmq", "a", "b", unroutable="b")
    run.right("a"), run.published("b"), run.add("tap", "returned", "b", routing_key="order.moon"), run.confirmed("b")
    run.right("b", exchange="", routing_key="parked"), run.ended(), run.there("a"), run.aside("b")
    assert run.causes() == [] and run.ledger.orders.lost == run.ledger.orders.left_over == []


def test_a_routable_order_in_another_queue_is_left_over():
    run = Run("rabbitmq", "a", "b")
    run.right("a", "b"), run.ended(), run.there("a"), run.aside("b")
    assert run.ledger.orders.left_over == ["b"]


def test_stuck_at_returned():
    run = Run("rabbitmq", "a", "b", "c", unroutable="b")
    run.right("a"), run.published("b"), run.add("tap", "returned", "b", routing_key="order.moon"), run.ended(1), run.there("a")
    assert run.causes() == ["stuck-at-returned"]


def test_wrong_routing_key():
    run = Run("rabbitmq", "a", "b")
    for order in "ab":
        run.published(order, routing_key="eu"), run.add("tap", "returned", order, routing_key="eu"), run.confirmed(order)
    run.ended()
    assert run.causes()[0] == "wrong-routing-key"


def test_transient_message():
    run = Run("rabbitmq", "a", "b")
    run.right("a", delivery_mode=1), run.broker_killed(), run.ended(1), run.started(again=True), run.right("b"), run.ended()
    run.there("b")
    assert run.causes() == ["transient-message"]


def test_transient_and_the_broker_lives():
    run = Run("rabbitmq", "a")
    run.right("a", delivery_mode=1), run.ended(), run.there("a")
    assert run.causes() == []


def test_message_expires():
    run = Run("rabbitmq", "a", "b")
    run.right("a", "b", expiration="2"), run.ended(), run.ended(), run.ended()
    assert run.causes() == ["message-expires"]


@pytest.mark.parametrize("what", ["there", "its time is not over", "the broker was killed first", "emptied first", "one without"])
def test_message_expires_is_not_said_where_it_may_have_gone_otherwise(what):
    run = Run("rabbitmq", "a")
    if what == "one without":
        run.published("a"), run.confirmed("a")
    run.right("a", expiration="900" if what == "its time is not over" else "4")
    if what == "the broker was killed first":
        run.broker_killed()
    if what == "emptied first":
        run.add("tap", "purged", queue="orders")
    for _ in range(6):
        run.ended()
    if what == "there":
        run.there("a")
    assert "message-expires" not in run.causes()


def test_not_mandatory_is_not_said_of_what_may_have_expired():
    run = Run("rabbitmq", "a")
    run.right("a", mandatory=False, expiration="1"), run.ended(), run.ended()
    assert run.causes() == []


def expires(run: Run, ms: int | None, stream: str = "s") -> None:
    run.add("tap", "method", frame="PEXPIRE" if ms is not None else "PERSIST", stream=stream, ms=ms)


def test_message_expires_with_its_stream():
    run = Run("redis", "a")
    run.published("a"), run.confirmed("a", pos={"stream": "s"}), run.accepted("a"), expires(run, 2)
    for _ in range(4):
        run.ended()
    assert run.causes() == ["message-expires"]


@pytest.mark.parametrize("what", ["another stream", "persist", "later", "not yet", "killed", "emptied"])
def test_a_stream_may_go_otherwise(what):
    run = Run("redis", "a")
    run.published("a"), run.confirmed("a", pos={"stream": "s"}), run.accepted("a")
    expires(run, 900 if what == "not yet" else 3, "t" if what == "another stream" else "s")
    if what in ("persist", "later"):
        expires(run, 900 if what == "later" else None)
    if what == "killed":
        run.broker_killed()
    if what == "emptied":
        run.add("tap", "purged", queue="s")
    for _ in range(6):
        run.ended()
    assert "message-expires" not in run.causes()


def test_redeclare_mismatch():
    closed = {"scope": "channel", "by": "broker", "code": 406, "text": "PRECONDITION_FAILED - inequivalent arg 'durable' for queue"}
    run = Run("rabbitmq", "a")
    run.add("tap", "closed", **closed), run.ended(1)
    assert run.causes() == ["redeclare-mismatch"]
    run = Run("rabbitmq", "a")
    run.add("tap", "closed", **closed), run.right("a"), run.ended(), run.there("a")
    assert run.causes() == []


# --- Kafka

def test_acks_zero():
    run = Run("kafka", "a", "b")
    run.published("a", acks=0), run.accepted("a"), run.swallowed(run.published("b", acks=0)), run.accepted("b"), run.ended(), run.there("a")
    assert run.causes()[0] == "acks-zero"


def test_acks_zero_where_the_promise_overtook_what_was_handed_over_before_it():
    """Two connections, and the broker's is the slower one; what came after was never seen at all."""
    run = Run("kafka", "a", "b", "c")
    run.published("a", acks=0), run.accepted("a"), run.accepted("b"), run.swallowed(run.published("b", acks=0)), run.accepted("c")
    run.ended(), run.there("a")
    assert run.causes()[0] == "acks-zero"


def test_future_ignored():
    run = Run("kafka", "a", "b", unroutable="b")
    run.right("a"), run.published("b"), run.add("tap", "refused", "b", error="MESSAGE_TOO_LARGE"), run.accepted("b"), run.ended(), run.there("a")
    assert run.causes()[0] == "future-ignored"


def test_stuck_at_refused():
    run = Run("kafka", "a", "b", "c", unroutable="b")
    run.right("a"), run.published("b"), run.add("tap", "refused", "b", error="MESSAGE_TOO_LARGE"), run.ended(1), run.there("a")
    assert run.causes() == ["stuck-at-refused"]


def test_refused_for_good_and_the_others_go_on():
    run = Run("kafka", "a", "b", "c", unroutable="b")
    run.right("a"), run.published("b"), run.add("tap", "refused", "b", error="MESSAGE_TOO_LARGE"), run.right("c"), run.ended()
    run.there("a", "c")
    assert run.causes() == []


def test_refused_once_and_taken_later():
    run = Run("kafka", "a")
    run.published("a"), run.add("tap", "refused", "a", error="NOT_LEADER_OR_FOLLOWER"), run.right("a"), run.ended(), run.there("a")
    assert run.causes() == []


def test_send_without_flush():
    run = Run("kafka", "a", "b")
    run.right("a"), run.accepted("b"), run.ended(0), run.there("a")
    assert run.causes()[0] == "send-without-flush"


def test_accept_before_commit():
    run = Run("kafka", "a", "b")
    run.published("a", txn=True), run.confirmed("a"), run.accepted("a"), run.add("runner", "killed"), run.there("b")
    assert run.causes()[0] == "accept-before-commit"


def test_accepted_after_the_commit():
    run = Run("kafka", "a")
    run.published("a", txn=True), run.confirmed("a"), run.add("tap", "method", frame="EndTxn", commit=True), run.accepted("a")
    run.ended()
    assert "accept-before-commit" not in run.causes()


@pytest.mark.parametrize("guarantee", ["at-least-once", "effectively-once"])
def test_idempotence_off(guarantee):
    run = Run("kafka", "a", guarantee=guarantee)
    run.published("a", pid=-1), run.published("a", pid=-1), run.confirmed("a"), run.accepted("a"), run.ended(), run.there("a", "a")
    assert (run.causes() if guarantee == "effectively-once" else run.remarks())[0] == "idempotence-off"
    assert run.causes() == [] or guarantee == "effectively-once"


def test_idempotence_off_after_a_broker_came_back():
    run = Run("kafka", "a", guarantee="effectively-once")
    run.published("a", pid=-1), run.add("runner", "killed", actor="broker"), run.add("runner", "restarted", actor="broker")
    run.published("a", pid=-1), run.confirmed("a"), run.accepted("a"), run.ended(), run.there("a", "a")
    assert run.causes()[0] == "idempotence-off"


def test_customer_split():
    run = Run("kafka", "a", "b", customers="xx")
    run.right("a", "b"), run.ended(), run.there("a", partition=0, customer="x"), run.there("b", partition=1, customer="x")
    assert run.causes() == ["customer-split"]


def test_customers_in_their_partitions():
    run = Run("kafka", "a", "b", "c", customers="xyx")
    run.right("a", "b", "c"), run.ended()
    run.there("a", partition=0, customer="x"), run.there("c", partition=0, customer="x"), run.there("b", partition=1, customer="y")
    assert run.causes() == run.remarks() == []


def test_order_broken():
    run = Run("kafka", "a", "b", customers="xx")
    run.right("a", "b"), run.ended(), run.there("b", partition=0, customer="x"), run.there("a", partition=0, customer="x")
    assert run.causes() == [] and run.remarks() == ["order-broken"]


# --- Redis

def test_trimmed_unread():
    run = Run("redis", "a", "b")
    run.right("a"), run.add("tap", "trimmed", "a", command="XADD MAXLEN"), run.right("b"), run.ended(), run.there("b")
    assert run.causes() == ["trimmed-unread"]


def test_channel_keeps_nothing():
    run = Run("redis", "a")
    run.published("a", frame="PUBLISH", command="PUBLISH"), run.confirmed("a", frame="PUBLISH", command="PUBLISH", receivers=1)
    run.accepted("a"), run.ended()
    assert run.causes()[0] == "channel-keeps-nothing"


UNHEARD = [["publish-to-nobody", "nobody heard of it"]]


def test_publish_to_nobody():
    run = Run("redis", "a")
    run.published("a"), run.confirmed("a"), run.published("a", frame="PUBLISH", command="PUBLISH")
    run.confirmed("a", frame="PUBLISH", command="PUBLISH", receivers=0), run.accepted("a"), run.ended(), run.there("a", amiss=UNHEARD)
    assert run.causes() == ["publish-to-nobody"]


@pytest.mark.parametrize("data", [{"receivers": 1}, {"opaque": True}])
def test_a_listener_that_was_there_and_lost_it_is_not_the_programs_doing(data):
    run = Run("redis", "a")
    run.published("a"), run.confirmed("a"), run.published("a", frame="PUBLISH", command="PUBLISH")
    run.confirmed("a", frame="PUBLISH", command="PUBLISH", **data), run.accepted("a"), run.ended(), run.there("a", amiss=UNHEARD)
    assert run.causes() == []


def test_a_bell_is_no_confirmation():
    run = Run("redis", "a")
    run.swallowed(run.published("a")), run.confirmed("a", frame="PUBLISH", command="PUBLISH", receivers=1), run.accepted("a"), run.ended()
    assert run.causes()[0] == "accept-before-confirm"


@pytest.mark.parametrize("guarantee", ["at-least-once", "effectively-once"])
def test_client_retry_doubles(guarantee):
    run = Run("redis", "a", guarantee=guarantee)
    run.published("a"), run.add("tap", "closed", by="tap"), run.right("a"), run.ended(), run.there("a", "a")
    assert (run.causes() if guarantee == "effectively-once" else run.remarks())[0] == "client-retry-doubles"


def test_sent_twice_on_purpose_is_no_retry():
    run = Run("redis", "a")
    run.published("a"), run.confirmed("a"), run.right("a"), run.ended(), run.there("a", "a")
    assert run.causes() == run.remarks() == []


def test_a_note_of_it_in_a_list_is_no_second_time():
    """XADD was answered, RPUSH was not: the server died. Its successor adds the order again, and that is the price."""
    run = Run("redis", "a")
    run.published("a"), run.broker_killed(), run.confirmed("a"), run.published("a", frame="RPUSH", command="RPUSH")
    run.ended(1), run.started(again=True), run.right("a"), run.ended(), run.there("a", "a")
    assert run.causes() == run.remarks() == []


@BROKERS
def test_purges(broker):
    run = Run(broker, "a", "b")
    run.right("a"), run.ended(1), run.started(again=True), run.add("tap", "purged", queue="orders"), run.right("b"), run.ended()
    run.there("b")
    assert run.causes() == ["purges"]


@BROKERS
def test_purged_while_it_was_empty(broker):
    run = Run(broker, "a")
    run.add("tap", "purged", queue="orders"), run.right("a"), run.ended(), run.there("a")
    assert run.causes() == []


@BROKERS
def test_no_answer_came_and_it_gave_up_is_not_a_promise_forgotten(broker):
    run = Run(broker, "a", "b")
    run.published("a"), run.swallowed(run.published("b")), run.ended(0), run.there("a")
    assert run.causes() == ["gives-up"]
