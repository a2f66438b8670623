"""What the bench does to a program that is just being done something to."""

import asyncio
from types import SimpleNamespace

from helpers.bench.hands import Hands
from helpers.wire.events import Journal


class Cast:
    """One consumer; what is counted is how often it is started. Its process takes a moment to end."""

    def __init__(self):
        self.journal, self.starts = Journal(), 0
        self.shop = SimpleNamespace(break_off=lambda name: None)
        self.stage = SimpleNamespace(evict=lambda name: None)
        severs = SimpleNamespace(sever=lambda: None)
        program = SimpleNamespace(kill=lambda: None, wait=lambda: asyncio.sleep(0.02))
        self.members = {"consumer": SimpleNamespace(name="consumer", tap=severs, door=severs, program=program, restarts=0)}

    def start(self, member) -> None:
        self.starts += 1


def test_two_kills_at_the_same_moment_are_one_start():
    """Many orders at a time: one is acknowledged while another one's charge is held back (Kill at both)."""
    async def course() -> Cast:
        cast = Cast()
        hands = Hands(cast)
        hands.kill("consumer"), hands.kill("consumer"), cast.on_failure(cast.members["consumer"])
        await hands.finish()
        assert cast.starts == 1 and cast.members["consumer"].restarts == 1
        hands.kill("consumer")
        await hands.finish()
        return cast

    cast = asyncio.run(course())
    assert cast.starts == 2 and [event.kind for event in cast.journal.events] == ["killed", "killed"]
