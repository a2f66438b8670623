"""The rules on made runs: each names its own class, and stays silent where a correct program does nearly the same."""

import pytest
from story import Story

from helpers.bench.catalogue import CATALOGUE
from helpers.bench.rules import rules


def names(story: Story) -> list[str]:
    assert story.ledger.contradictions == []
    return [proof.name for rule in rules("rabbitmq", ("consumer",)) if (proof := rule(story.evidence)) is not None]


def two(**more) -> Story:
    """A right program has charged "a"; "b" is up to the test."""
    s = Story("a", "b", **more)
    s.delivered("a", 1), s.charged("a"), s.acked("a", 1)
    return s


def test_right_program_killed_between_charge_and_ack():
    s = two()
    s.delivered("b", 2), s.charged("b"), s.killed(), s.delivered("b", 1, again=True), s.charged("b"), s.acked("b", 1)
    assert names(s) == []


def test_ack_before_work():
    s = Story("a", "b")
    s.delivered("a", 1), s.acked("a", 1), s.charged("a"), s.delivered("b", 2), s.acked("b", 2), s.killed()
    assert names(s) == ["ack-before-work"]


def test_acknowledged_before_the_charge_and_nothing_lost_is_no_mistake():
    s = Story("a")
    s.delivered("a", 1), s.acked("a", 1), s.charged("a")
    assert names(s) == []


def test_at_most_once_may_lose():
    s = Story("a", "b", guarantee="at-most-once")
    s.delivered("a", 1), s.acked("a", 1), s.charged("a"), s.delivered("b", 2), s.acked("b", 2), s.killed()
    assert names(s) == []


def test_auto_ack():
    s = two()
    s.delivered("b", 2, auto_ack=True), s.killed()
    assert names(s) == ["auto-ack"]


def test_swallow_and_ack():
    s = two()
    s.delivered("b", 2), s.failed("b"), s.acked("b", 2)
    assert names(s) == ["swallow-and-ack"]


def test_dlx_missing():
    s = two()
    s.delivered("b", 2), s.failed("b"), s.rejected("b", 2, requeue=False)
    assert names(s) == ["dlx-missing"]


def test_a_confirmed_copy_elsewhere_is_no_loss_of_this_kind():
    s = two()
    s.delivered("b", 2), s.failed("b")
    s.add("tap", "consumer", "published", "b"), s.add("tap", "consumer", "confirmed", "b")
    s.acked("b", 2), s.queued("b", "parked")
    assert names(s) == []


def test_skip_and_ack():
    s = two()
    s.delivered("b", 2), s.acked("b", 2)
    assert names(s) == ["skip-and-ack"]


def test_redelivered_is_duplicate():
    s = two()
    s.delivered("b", 2), s.killed(), s.delivered("b", 1, again=True), s.acked("b", 1)
    assert names(s) == ["redelivered-is-duplicate"]


def test_ack_multiple_unprocessed():
    s = Story("a", "b")
    s.delivered("a", 1), s.delivered("b", 2), s.charged("b")
    s.acked("a", 1, frame=2), s.acked("b", 2, frame=2), s.killed()
    assert names(s) == ["ack-multiple-unprocessed"]


def test_ack_twice():
    s = two()
    s.acked(None, 1, unknown=True)
    s.add("tap", "consumer", "closed", scope="channel", by="broker", code=406, text="unknown delivery tag", conn=1, channel=1)
    s.delivered("b", 1), s.charged("b"), s.acked("b", 1)
    assert names(s) == ["ack-twice"]


def test_ack_wrong_channel():
    s = Story("a")
    s.delivered("a", 1, channel=1), s.charged("a"), s.acked(None, 1, channel=2, unknown=True)
    s.add("tap", "consumer", "closed", scope="channel", by="broker", code=406, text="unknown delivery tag", conn=1, channel=2)
    assert "ack-wrong-channel" in names(s)


def test_never_ack():
    s = two()
    s.delivered("b", 2), s.charged("b"), s.queued("b")
    assert names(s) == ["never-ack"]


def test_never_ack_does_not_accuse_a_program_that_broke_off():
    s = two()
    s.delivered("b", 2), s.charged("b"), s.add("runner", "consumer", "ended", status=1), s.queued("b")
    assert names(s) == []


def test_requeue_loop_and_retry_in_place():
    loop, place = two(), two()
    place.delivered("b", 2)
    for n in range(6):
        loop.delivered("b", n + 2, again=n > 0), loop.failed("b", 422), loop.rejected("b", n + 2, requeue=True)
        place.failed("b", 422)
    assert (names(loop), names(place)) == (["requeue-loop"], ["retry-permanent"])


def test_one_more_attempt_after_a_crash_is_no_habit():
    s = two()
    s.delivered("b", 2), s.failed("b", 422), s.killed(), s.delivered("b", 1, again=True), s.failed("b", 422)
    s.rejected("b", 1, requeue=False)
    assert names(s) == []


@pytest.mark.parametrize(("keys", "name"), [((None, None), "charge-without-key"), (("1", "2"), "dedupe-on-delivery-id")])
def test_charged_twice_where_effectively_once_is_asked(keys, name):
    s = Story("a", guarantee="effectively-once")
    s.delivered("a", 1), s.charged("a", keys[0]), s.killed(), s.delivered("a", 1, again=True), s.charged("a", keys[1]), s.acked("a", 1)
    assert names(s) == [name]


def test_work_before_ack_where_at_most_once_is_asked():
    s = Story("a", guarantee="at-most-once")
    s.delivered("a", 1), s.charged("a"), s.killed(), s.delivered("a", 1, again=True), s.charged("a"), s.acked("a", 1)
    assert names(s) == ["work-before-ack"]


def test_every_sentence_reads_for_one_order_and_for_several():
    for mistake in CATALOGUE.values():
        one, many = mistake.tell("order 7"), mistake.tell("orders 7 and 8", many=True)
        assert "{" not in one + many and "/" not in one.replace("and/or", "")
        assert not ("orders 7 and 8 was" in many or "order 7 were" in one)
