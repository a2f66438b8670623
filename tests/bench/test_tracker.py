"""Where an order stands while it is moved about: when a run may end, on made runs."""

from types import SimpleNamespace

from helpers.bench.tracker import Tracker
from helpers.wire.events import Event, Journal


class Course:
    """One order, "a", in a lab with dead letters; on Kafka unless told otherwise."""

    def __init__(self, kafka: bool = True):
        self.journal = Journal()
        self.tracker = Tracker(["a"], self.journal.events, charged_is_done=kafka, dead="dead")
        self.journal.listen(self.tracker.on_event)
        self.pos = {"topic": "t", "partition": 0, "offset": 0} if kafka else {"stream": "s", "entry": "1-1"}
        self.add("published", "bench"), self.journal.record("runner", "bench", "accepted", "a")
        self.add("delivered")

    def add(self, kind: str, actor: str = "consumer", **more) -> Event:
        pos = {**self.pos, **more.pop("pos", {})}
        return self.journal.record("tap", actor, kind, "a", pos=pos, **more)

    def failed(self, status: int = 503) -> Event:
        return self.journal.record("shop", "consumer", "charge_failed", "a", status=status)


def test_a_copy_that_was_fetched_before_the_original_was_let_go_of_is_still_on_its_way():
    """Kafka answers a waiting fetch before it confirms the record."""
    s = Course()
    s.failed(), s.add("published", pos={"topic": "t-retry"}), s.add("delivered", pos={"topic": "t-retry"}), s.add("acknowledged")
    assert s.tracker.unfinished == {"a"} and not s.tracker.settled
    s.add("acknowledged", pos={"topic": "t-retry"})
    assert s.tracker.settled  # given up, without a dead letter


def test_a_dead_letter_that_never_arrived_settles_nothing():
    s = Course()
    s.failed(422)
    sent = s.add("published", pos={"topic": "dead"})
    assert s.tracker.settled
    s.journal.record("runner", "bench", "fault", spec="x", swallowed=[sent.seq])
    assert not s.tracker.settled


def test_what_was_acknowledged_once_does_not_come_back_because_it_cannot_be_twice():
    s = Course(kafka=False)
    s.journal.record("shop", "consumer", "charged", "a", key=None, replayed=False)
    s.add("acknowledged", commit="1"), s.add("acknowledged", "consumer-2", commit="2")
    s.journal.record("tap", "consumer-2", "refused", commit="2")
    assert s.tracker.settled


def test_an_acknowledgement_that_was_refused_brings_it_back():
    s = Course(kafka=False)
    s.add("acknowledged", commit="1"), s.journal.record("tap", "consumer", "refused", commit="1")
    assert s.tracker.in_queue == {"a"}
    s.add("acknowledged", commit="2")
    assert not s.tracker.in_queue


def test_a_producer_that_was_started_again_asks_for_no_orders():
    """What a fresh consumer might repeat, a run waits for; a fresh producer repeats nothing."""
    journal = Journal()
    tracker = Tracker(["a"], journal.events, charged_is_done=True, both=True)
    journal.listen(tracker.on_event)
    journal.record("runner", "producer", "started"), journal.record("tap", "producer", "published", "a")
    journal.record("shop", "producer", "accepted", "a"), journal.record("shop", "consumer", "charged", "a")
    journal.record("runner", "producer", "restarted")
    assert tracker.settled and tracker.in_queue and not tracker.may_repeat
    journal.record("runner", "consumer", "restarted")
    assert tracker.may_repeat


def test_a_client_that_comes_back_after_the_broker_has_only_begun_again():
    s = Course()
    s.add("opened")
    s.journal.record("runner", "broker", "killed", signal="SIGKILL")
    assert s.tracker.away == {"consumer"}  # it was not at work yet, and is away all the same
    s.journal.record("tap", "consumer", "acknowledged", commit="8")  # on its way to the dead
    assert s.tracker.away
    s.journal.record("runner", "broker", "restarted")
    s.tracker.last_move -= 9
    s.journal.record("tap", "consumer", "acknowledged", commit="9")
    assert not s.tracker.away and s.tracker.quiet_for() < 1
    s.tracker.last_move -= 9
    s.journal.record("tap", "consumer", "polled")
    assert s.tracker.quiet_for() > 8


def test_only_an_order_that_is_finished_anew_is_progress(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr("helpers.bench.tracker.time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    s = Course(kafka=False)
    before = s.tracker.last_finished
    s.failed(), s.failed()
    assert s.tracker.last_finished == before
    s.journal.record("shop", "consumer", "charged", "a", key=None, replayed=False)
    once = s.tracker.last_finished
    assert once > before
    s.journal.record("shop", "consumer", "charged", "a", key=None, replayed=False)
    assert s.tracker.last_finished == once and s.tracker.stuck_for() > 0
