"""The parts of a small running system: they start, end when asked to, and their errors are seen."""

import pytest

from helpers.notebook.parts import Part, wait_until


def test_it_works_until_it_is_stopped_and_again():
    seen = []

    def worker(stop):
        seen.append("began")
        stop.wait(10)
        seen.append("ended")

    part = Part(worker)
    with part:
        assert wait_until(lambda: seen) and part.alive
        part.start()
    assert seen == ["began", "ended"] and not part.alive
    part.start()
    part.stop()
    part.stop()
    assert seen == ["began", "ended"] * 2


def test_an_error_is_raised_once_where_the_part_is_stopped():
    def worker(stop):
        raise LookupError("no such queue")

    part = Part(worker).start()
    assert wait_until(lambda: not part.alive)
    with pytest.raises(LookupError):
        part.stop()
    part.stop()


def test_one_that_does_not_end_is_told():
    release = []

    def deaf(stop):
        wait_until(lambda: release)

    part = Part(deaf).start()
    with pytest.raises(TimeoutError, match="deaf"):
        part.stop(patience=0.05)
    release.append(1)
    part.stop()


def test_waiting_ends():
    assert not wait_until(lambda: False, patience=0.03)
