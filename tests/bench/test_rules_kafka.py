"""The rules for consumers on Kafka, on made runs: each names its own class, and stays silent where a right program does nearly
the same."""

from story import Story

from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.rules import rules
from helpers.wire.events import Event

SECOND = 1_000_000_000


class Log(Story):
    """Orders "a", "b", … stand in partition 0 from offset 0."""

    def __init__(self, *orders: str, guarantee: str = "at-least-once", actors: tuple[str, ...] = ("consumer",)):
        super().__init__(*orders, guarantee=guarantee)
        self.names, self.actors, self.number, self.reached = orders, actors, 0, 0
        for offset, order in enumerate(orders):
            self.add("tap", "bench", "confirmed", order, pos={"topic": "t", "partition": 0, "offset": offset})
        self.start()

    def start(self, actor: str = "consumer", again: bool = False) -> Event:
        return self.add("runner", actor, "restarted" if again else "started")

    def wait(self, seconds: float) -> None:
        self._ns += int(seconds * SECOND)

    def joined(self, *partitions: int, group: str = "shop", generation: int = 1, member: str = "m", actor: str = "consumer",
               max_poll_interval_ms: int = 300_000) -> Event:
        return self.add("tap", actor, "subscribed", frame="SyncGroup", conn=1, group=group, member=member,
                        generation=generation, topics=["t"], partitions=[["t", p] for p in partitions],
                        max_poll_interval_ms=max_poll_interval_ms)

    def left(self, actor: str = "consumer") -> Event:
        return self.add("tap", actor, "cancelled", frame="LeaveGroup", conn=1, group="shop", members=["m"])

    def fetched(self, *orders: str, actor: str = "consumer") -> None:
        for order in orders:
            self.add("tap", actor, "delivered", order, frame="Fetch", auto_ack=False,
                     pos={"conn": 1, "topic": "t", "partition": 0, "offset": self.names.index(order)})

    def commit(self, upto: int, actor: str = "consumer") -> int:
        """Commits up to an offset; the number of the commit."""
        self.number += 1
        covered = range(self.reached, upto) or [None]
        for offset in covered:
            self.add("tap", actor, "acknowledged", None if offset is None else self.names[offset], frame="OffsetCommit",
                     pos={"conn": 2, "topic": "t", "partition": 0, "offset": upto if offset is None else offset},
                     group="shop", commit=self.number, upto=upto)
        self.reached = upto
        return self.number

    def refused(self, number: int) -> None:
        self.add("tap", "consumer", "refused", frame="OffsetCommit", commit=number, error="UNKNOWN_MEMBER_ID", group="shop")

    def ended(self, status: int = 1) -> None:
        self.add("runner", "consumer", "ended", status=status)

    def done(self, *orders: str) -> None:
        """Each charged, then committed."""
        for order in orders:
            self.charged(order)
            self.commit(self.names.index(order) + 1)

    def end(self) -> list[str]:
        """Names of what the rules say, after the census: what is not committed still stands in the topic."""
        for order in self.names[self.reached:]:
            self.queued(order)
        ledger = settle(self.journal.events, self.orders, ("consumer",), charged_is_done=True)
        assert ledger.contradictions == []
        evidence = Evidence(self.journal.events, ledger, self.guarantee, self.actors)
        return [p.name for rule in rules("kafka", ("consumer",)) if (p := rule(evidence)) is not None]


def test_right_program_killed_between_charge_and_commit():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.done("a"), s.charged("b"), s.killed(), s.start(again=True)
    s.joined(0, generation=3), s.fetched("b"), s.done("b")
    assert s.end() == []


def test_commit_before_work():
    s = Log("a", "b", "c")
    s.joined(0), s.fetched("a", "b", "c"), s.commit(3), s.charged("a"), s.killed()
    assert s.end() == ["commit-before-work"]


def test_commit_before_work_one_by_one():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.commit(1), s.charged("a"), s.commit(2), s.killed()
    assert s.end() == ["commit-before-work"]


def test_committed_before_the_charge_and_nothing_lost_is_no_mistake():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.commit(2), s.charged("a"), s.charged("b")
    assert s.end() == []


def test_at_most_once_may_lose():
    s = Log("a", "b", guarantee="at-most-once")
    s.joined(0), s.fetched("a", "b"), s.commit(2), s.charged("a"), s.killed()
    assert s.end() == []


def test_commit_covers_unprocessed():
    s = Log("a", "b", "c")
    s.joined(0), s.fetched("a", "b", "c"), s.charged("a"), s.commit(3), s.killed()
    assert s.end() == ["commit-covers-unprocessed"]


def test_a_batch_committed_after_all_of_it():
    s = Log("a", "b", "c")
    s.joined(0), s.fetched("a", "b", "c"), s.charged("a"), s.charged("b"), s.killed(), s.start(again=True)
    s.joined(0, generation=3), s.fetched("a", "b", "c"), s.charged("a"), s.charged("b"), s.charged("c"), s.commit(3)
    assert s.end() == []


def test_a_refused_commit_covers_nothing():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.refused(s.commit(2))
    s.reached = 0
    s.charged("a"), s.charged("b")
    assert s.end() == []


def test_commit_on_close():
    s = Log("a", "b", "c")
    s.joined(0), s.fetched("a", "b", "c"), s.charged("a"), s.failed("b"), s.commit(3), s.left(), s.ended()
    assert s.end() == ["commit-on-close"]


def test_commit_on_close_at_a_deployment():
    s = Log("a", "b", "c")
    s.joined(0), s.fetched("a", "b", "c"), s.charged("a"), s.add("runner", "bench", "fault", spec="Leave(consumer, Charged(1))")
    s.commit(3), s.left(), s.add("runner", "consumer", "stopped", status=0)
    assert s.end() == ["commit-on-close"]


def test_asked_to_end_and_committed_before():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.charged("a"), s.commit(2)
    s.add("runner", "bench", "fault", spec="Leave(consumer, Charged(1))"), s.left()
    s.add("runner", "consumer", "stopped", status=0)
    assert s.end() != ["commit-on-close"]


def test_asked_to_end_between_a_commit_and_its_work():
    """It commits first all its life; that it was asked to end just then is no commit on the way out."""
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.commit(1), s.charged("a")
    s.add("runner", "bench", "fault", spec="Leave(consumer, Charged(1))")
    s.commit(2), s.left(), s.add("runner", "consumer", "stopped", status=0)
    assert s.end() == ["commit-before-work"]


def test_swallow_and_commit():
    s = Log("a", "b", "c")
    s.joined(0), s.fetched("a", "b", "c"), s.done("a"), s.failed("b"), s.done("c")
    assert s.end() == ["swallow-and-commit"]


def test_refused_for_good_and_committed_past():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.failed("a", 422), s.done("b")
    assert s.end() == []


def test_a_confirmed_copy_elsewhere_is_no_loss_of_this_kind():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.failed("a")
    s.add("tap", "consumer", "published", "a", pos={"topic": "retry", "partition": 0})
    s.add("tap", "consumer", "confirmed", "a", pos={"topic": "retry", "partition": 0, "offset": 0})
    s.done("b"), s.add("probe", "broker", "dead_lettered", "a", queue="retry")
    assert s.end() == []


def test_skip_and_commit():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.commit(1), s.done("b")
    assert s.end() == ["skip-and-commit"]


def test_a_kill_is_not_to_blame_where_the_program_skips():
    s = Log("a", "b", "c", "d")
    s.joined(0), s.fetched("a", "b", "c", "d"), s.commit(1), s.done("b"), s.killed(), s.start(again=True)
    s.joined(0, generation=3), s.fetched("c", "d"), s.commit(3), s.done("d")
    assert s.end() == ["skip-and-commit"]


def test_a_commit_that_is_repeated_after_the_restart():
    """One number for all partitions: after the restart it begins from 1 again, and covers what was passed over before."""
    s = Log("a", "b", "c")
    s.joined(0), s.fetched("a", "b", "c"), s.charged("a"), s.commit(3), s.killed(), s.start(again=True)
    s.joined(0, generation=3), s.commit(1), s.commit(3)
    assert s.end() == ["commit-covers-unprocessed"]


def from_the_end(s: Log, offset: int) -> None:
    s.add("tap", "consumer", "method", frame="ListOffsets", offsets=[["t", 0, -1, offset]])


def test_latest_misses_backlog():
    s = Log("a", "b")
    s.joined(0), from_the_end(s, 2)
    assert s.end() == ["latest-misses-backlog"]


def test_latest_and_committed():
    s = Log("a", "b")
    s.joined(0), from_the_end(s, 2), s.commit(2), s.left()
    assert s.end() == ["latest-misses-backlog"]


def test_asking_for_the_end_is_no_mistake():
    s = Log("a", "b")
    s.joined(0), from_the_end(s, 2), s.fetched("a", "b"), s.done("a", "b")
    assert s.end() == []


def test_commit_off_by_one():
    s = Log("a", "b", "c", "d")
    s.joined(0), s.fetched("a", "b", "c", "d")
    for offset, order in enumerate("abcd"):
        s.charged(order), s.commit(offset)
    assert s.end() == ["commit-off-by-one"]


def test_a_commit_that_lags_by_one_is_none():
    s = Log("a", "b", "c", "d")
    s.joined(0), s.fetched("a", "b", "c", "d")
    for offset, order in enumerate("abcd"):
        s.commit(offset), s.charged(order)
    assert s.end() == []


def test_no_commit():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.charged("a"), s.charged("b"), s.wait(6), s.killed(), s.start(again=True)
    s.joined(0, generation=3), s.fetched("a", "b"), s.charged("a"), s.charged("b")
    assert s.end() == ["no-commit"]


def test_no_commit_too_early_to_tell():
    """A client that commits by itself does so every five seconds."""
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.charged("a"), s.charged("b"), s.wait(4), s.killed(), s.start(again=True)
    s.joined(0, generation=3), s.fetched("a", "b"), s.charged("a"), s.charged("b")
    assert s.end() == []


def test_a_position_kept_elsewhere():
    s = Log("a", "b")
    s.fetched("a", "b"), s.charged("a"), s.charged("b"), s.wait(6), s.killed(), s.start(again=True), s.fetched("b")
    assert s.end() == []


def test_group_of_one_each():
    s = Log("a")
    s.joined(0, group="one"), s.fetched("a"), s.charged("a"), s.killed(), s.start(again=True)
    s.joined(0, group="two"), s.fetched("a"), s.done("a")
    assert s.end() == ["group-of-one-each"]


def test_two_groups_in_each_life_are_no_mistake():
    s = Log("a")
    for again in (False, True):
        s.joined(0, group="shop"), s.joined(0, group="audit"), s.fetched("a"), s.charged("a")
        if not again:
            s.killed(), s.start(again=True)
    s.commit(1)
    assert s.end() == []


def test_assign_is_not_a_group():
    s = Log("a", actors=("consumer", "consumer-2"))
    s.fetched("a"), s.charged("a"), s.start("consumer-2"), s.fetched("a", actor="consumer-2")
    s.add("shop", "consumer-2", "charged", "a", key=None, replayed=False), s.commit(1)
    assert s.end() == ["assign-is-not-a-group"]


def test_more_members_than_partitions():
    s = Log("a")
    s.joined(0, member="m"), s.joined(member="n"), s.fetched("a"), s.done("a")
    assert s.end() == ["more-members-than-partitions"]


def test_a_member_without_partitions_on_the_way_is_none():
    s = Log("a")
    s.joined(member="m"), s.joined(0, member="m", generation=2), s.fetched("a"), s.done("a")
    assert s.end() == []


def test_client_join_hang():
    s = Log("a")
    s.joined(), s.wait(4), s.left()
    assert s.end() == ["client-join-hang"]


def test_client_join_hang_after_a_second_assignment():
    s = Log("a")
    s.joined(), s.joined(0, generation=2), s.wait(4), s.left()
    assert s.end() == ["client-join-hang"]


def test_a_member_that_waits_for_another_hangs_not():
    s = Log("a", actors=("consumer", "consumer-2"))
    s.joined(0), s.start("consumer-2"), s.joined(generation=2, member="n", actor="consumer-2"), s.wait(4), s.left("consumer-2")
    assert "client-join-hang" not in s.end()


def slow(s: Log, order: str, seconds: float, rest: float) -> None:
    """A charge of so many seconds; `rest` of them still to go."""
    s.wait(rest)
    s.add("shop", "consumer", "charged", order, key=None, replayed=False, waited=seconds)


def test_poll_interval_exceeded():
    s = Log("a")
    s.joined(0, max_poll_interval_ms=1000), s.fetched("a"), s.wait(1.2), s.left(), slow(s, "a", 2.0, rest=0.8), s.ended()
    assert s.end() == ["poll-interval-exceeded"]


def test_leaving_before_a_slow_charge_is_no_mistake():
    s = Log("a")
    s.joined(0, max_poll_interval_ms=1000), s.fetched("a"), s.left(), s.wait(0.5), slow(s, "a", 2.0, rest=2.0), s.commit(1)
    assert s.end() == []


def test_dedupe_on_a_bare_offset():
    s = Log("a", "b")
    s.joined(0), s.fetched("a", "b"), s.charged("a", key="0"), s.commit(1), s.charged("b", key="0", replayed=True), s.commit(2)
    assert s.end() == ["dedupe-on-delivery-id"]


def test_work_before_ack_where_at_most_once_is_asked():
    s = Log("a", guarantee="at-most-once")
    s.joined(0), s.fetched("a"), s.charged("a"), s.killed(), s.start(again=True), s.fetched("a"), s.done("a")
    assert s.end() == ["work-before-ack"]


def test_retry_permanent():
    s = Log("a")
    s.joined(0), s.fetched("a")
    for _ in range(5):
        s.failed("a", 422), s.fetched("a")
    assert s.end() == ["retry-permanent"]
