"""When a scenario is over: of a made-up run, in which nothing moves."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from helpers.bench import cast, run
from helpers.bench.cast import Member
from helpers.bench.run import QUIET_DONE, QUIET_WAITING, Run


def member(born: float) -> Member:
    made = Member("consumer", "consumer", SimpleNamespace(counters={"bytes": 0}), SimpleNamespace(requests=0),
                  SimpleNamespace(over_limit=None, check_memory=lambda: None))
    made.listen_anew()
    made.born = born
    return made


class Still(Run):
    """A run of one member, in which nothing has moved since `quiet_since`, and the broker holds something for it."""

    def __init__(self, the_member: Member, patience: float, deadline: float, quiet_since: float):
        self.lab = SimpleNamespace(deadline=deadline, own=None)
        self.hands = SimpleNamespace(failures=[], busy=False, last_fault=None)
        self.shop = SimpleNamespace(under_way=0)
        self.cast = SimpleNamespace(members={"consumer": the_member}, at_work=[the_member], restarts=0)
        self.tracker = SimpleNamespace(shown_enough=False, settled=False, stuck_for=lambda: 60.0,
                                       quiet_for=lambda: time.monotonic() - quiet_since)
        self.journal = SimpleNamespace(flush=lambda: None)
        self.watched, self._progress = None, lambda *what: None
        self._patience, self._consider_idle = lambda: patience, lambda: None


def test_a_program_that_was_long_in_coming_is_given_time_from_its_first_byte_on():
    now = time.monotonic()
    late = member(born=now - QUIET_WAITING - 1)
    still = Still(late, QUIET_WAITING, 30, quiet_since=now - QUIET_WAITING - 1)
    assert still._settled(now, now + 30) is None  # it is silent
    late.tap.counters["bytes"] = 8  # half a frame: no event yet
    assert still._settled(time.monotonic(), now + 30) is None
    assert "nothing had moved" in still._settled(time.monotonic() + QUIET_WAITING + 0.1, now + 30)


def test_where_the_broker_holds_nothing_for_it_its_coming_changes_nothing():
    now = time.monotonic()
    late = member(born=now - 2)
    still = Still(late, QUIET_DONE, 30, quiet_since=now - 2)
    late.tap.counters["bytes"] = 8
    assert "nothing had moved" in still._settled(time.monotonic(), now + 30)


@pytest.mark.parametrize("silent_for, ended", [(0.0, "deadline"), (9.0, "nothing had moved")])
def test_the_time_until_a_programs_first_word_is_not_its_own(monkeypatch, silent_for, ended):
    clock = SimpleNamespace(now=100.0)

    def monotonic() -> float:
        clock.now += 0.1
        return clock.now

    for module in (run, cast):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=monotonic))
    late = member(born=clock.now)
    still = Still(late, 1.0 if silent_for else 60.0, 5.0, quiet_since=clock.now)
    still.tracker.quiet_for = lambda: clock.now - 100.0

    def speak() -> None:
        if clock.now > 100.0 + silent_for:
            late.tap.counters["bytes"] = 8

    still._consider_idle = speak
    assert ended in asyncio.run(still._until_settled())


def test_a_deadline_is_not_for_who_still_gets_on():
    now = time.monotonic()
    busy = member(born=now)
    busy.tap.counters["bytes"] = 8
    still = Still(busy, QUIET_WAITING, 30, quiet_since=now)
    assert "deadline" in still._settled(now, now - 1)
    still.tracker.stuck_for = lambda: 0.5
    assert still._settled(now, now - 1) is None
    assert "deadline" in still._settled(now, now - 31)  # not for ever
