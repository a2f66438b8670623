"""A lesson's pictures say in words what they show, and show what the run has left."""

import pytest

from helpers.notebook import drawings, plots


@pytest.fixture
def shown(monkeypatch):
    """What was displayed: one bundle for each picture."""
    bundles = []
    monkeypatch.setattr(plots, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


LINES = {
    "A": ["10.0 owns 0 1 2", "12.0 lost 0 1 2", "12.1 owns 0", "15.0 lost 0", "15.1 owns 0 1 2"],
    "B": ["12.1 owns 1 2"],
    "C": [],
}


def test_partitions_of_a_killed_member_have_no_owner_until_somebody_takes_them(shown):
    spans = drawings._spans(LINES, {"A": 16.0, "B": 13.0, "C": 16.0})
    assert (1, "B", 12.1, 13.0) in spans and (1, "A", 15.1, 16.0) in spans and (0, "A", 12.1, 15.0) in spans
    assert not any(p == 1 and since < 14 < to for p, _, since, to in spans)
    drawings.owners(LINES, killed=("B", 13.0), ended=16.0)
    assert shown[0]["text/plain"].endswith("After B was killed, partitions [1, 2] had no owner for 2.1 s")
    assert shown[0]["image/svg+xml"].count("nobody") == 2


def test_a_member_that_left_owns_nothing():
    assert drawings._spans({"A": ["1.0 owns 4", "2.0 left"]}, {"A": 9.0}) == [(4, "A", 1.0, 2.0)]


def test_words_carry_the_numbers(shown):
    drawings.heard({"early": [1, 2, 3], "late": [3]}, of=3)
    drawings.lag([(0.0, 5), (1.0, 90), (2.0, 0)], joined=1)
    drawings.compared({"plain": (10, 2000), "gzip": (10, 300)}, ["requests", "bytes"])
    drawings.shares({"no limit": [(0.1, "slow"), (0.2, "slow")], "1": [(0.1, "slow"), (0.1, "fast")]}, ["slow", "fast"])
    drawings.partitions(["alma", "bo"], {"no key": [[0, 1], [1, 0]], "key": [[0, 0], [1, 1]]})
    assert [bundle["text/plain"] for bundle in shown] == [
        "early heard 3 of 3; late heard 1 of 3",
        "Lag over time: it grows to 90, and is 0 at the end",
        "plain: 10 requests, 2,000 bytes; gzip: 10 requests, 300 bytes",
        "no limit: slow 2, fast 0, done after 0.2 s; 1: slow 1, fast 1, done after 0.1 s",
        "no key: 2 of 2 customers in several partitions; key: 0 of 2 customers in several partitions",
    ]
    assert all(bundle["image/svg+xml"].startswith("<svg") for bundle in shown)
