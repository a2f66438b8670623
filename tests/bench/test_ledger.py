"""The account: lost, duplicated, left over, out of order; and where journal and broker contradict each other."""

from story import Story


def test_charged_once_is_fine():
    s = Story("a")
    s.delivered("a", 1), s.charged("a"), s.acked("a", 1)
    o = s.ledger.orders
    assert (o.accepted, o.charged, o.lost, o.duplicated, s.ledger.contradictions) == (["a"], ["a"], [], [], [])


def test_acknowledged_and_never_charged_is_lost():
    s = Story("a", "b")
    s.delivered("a", 1), s.acked("a", 1), s.killed(), s.delivered("b", 1), s.charged("b"), s.acked("b", 1)
    assert s.ledger.orders.lost == ["a"] and s.ledger.contradictions == []


def test_what_still_stands_in_a_queue_is_left_over_and_not_lost():
    s = Story("a", "b")
    s.queued("a"), s.delivered("b", 1), s.acked("b", 1), s.queued("b", "parked")
    assert (s.ledger.orders.left_over, s.ledger.orders.lost) == (["a", "b"], [])


def test_a_refused_order_may_be_let_go_of():
    s = Story("a")
    s.delivered("a", 1), s.failed("a", 422), s.rejected("a", 1, requeue=False)
    assert (s.ledger.orders.refused, s.ledger.orders.lost) == (["a"], [])


def test_two_effects_are_a_duplicate_and_a_replay_is_none():
    s = Story("a", "b")
    for order, replayed in (("a", False), ("b", True)):
        s.delivered(order, 1), s.charged(order, key=order), s.charged(order, key=order, replayed=replayed)
    assert s.ledger.orders.duplicated == ["a"]


def test_an_id_that_nobody_drew_is_unexpected():
    s = Story("a")
    s.charged("z")
    assert s.ledger.orders.unexpected == ["z"]


def test_order_is_kept_per_customer():
    s = Story("a", "b", "c", customers="xxy")
    for order in ("c", "b", "a"):
        s.delivered(order, 1), s.charged(order)
    assert s.ledger.orders.out_of_order == ["a"]


def test_a_swallowed_acknowledgement_explains_no_loss():
    s = Story("a")
    s.delivered("a", 1)
    ack = s.acked("a", 1)
    s.add("runner", "bench", "fault", spec="Kill", swallowed=[ack.seq])
    assert s.ledger.orders.lost == ["a"] and "a is gone from the queue" in s.ledger.contradictions[0]


def test_charged_without_a_delivery_is_a_contradiction():
    s = Story("a")
    s.charged("a")
    assert "never delivered on the connection" in s.ledger.contradictions[0]


def test_gone_from_the_queue_untouched_is_a_contradiction():
    assert "a is gone" in Story("a").ledger.contradictions[0]


def test_a_quorum_queues_delivery_limit_explains_a_loss():
    s = Story("a")
    for n in range(21):
        s.delivered("a", n + 1, again=n > 0), s.rejected("a", n + 1, requeue=True)
    assert s.ledger.orders.lost == ["a"] and s.ledger.contradictions == []


def test_what_was_on_its_way_to_an_automatic_acknowledgement_may_be_gone_unseen():
    s = Story("a", "b")
    s.add("tap", "consumer", "subscribed", auto_ack=True)
    s.delivered("a", 1, auto_ack=True)
    s.killed()
    assert s.ledger.orders.lost == ["a", "b"] and s.ledger.contradictions == []
