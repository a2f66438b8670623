"""The stage of a scenario: a broker with a place of the run's own in it, filled before and counted after."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import psutil

from helpers.brokers.base import Server
from helpers.wire.decoder import Decoder


@dataclass
class Census:
    """What stood in the broker after the programs had stopped: place -> ids of the orders in it (repeated if twice)."""

    main: str = ""
    places: dict[str, list[str]] = field(default_factory=dict)

    @property
    def left(self) -> list[str]:
        """In the lab's own queue."""
        return self.places.get(self.main, [])

    @property
    def elsewhere(self) -> list[str]:
        """In queues that the learner's program made."""
        return [order for place, orders in self.places.items() if place != self.main for order in orders]


class Stage(Protocol):
    """One kind of broker. Blocking methods; the bench calls them in a thread.

    server: the broker in use. decoder: factory for the tap.
    """

    server: Server
    decoder: Callable[[], Decoder]

    def open(self) -> None:
        """Make the run's own place in the broker."""

    def upstream(self) -> tuple[str, int]:
        """(host, port) for the tap."""

    def environment(self, tap_port: int) -> Mapping[str, str]:
        """What the program is given to find its way."""

    def fill(self, tap_port: int, orders: Sequence[Mapping[str, Any]], accepted: Callable[[str], None]) -> None:
        """Publish the orders through the tap; `accepted(id)` is called for each that the broker has confirmed."""

    def census(self, expected: Callable[[], int]) -> Census:
        """Take out and count what is left; waits a moment until the lab's own queue holds what is `expected`."""

    def close(self) -> None:
        """Remove the run's place."""


def owner_tag() -> str:
    """Names the process that owns a place in a broker, so that a later run can tell whether it still lives."""
    return f"{os.getpid()}-{psutil.Process().create_time():.2f}".replace(".", "")


def owner_lives(tag: str) -> bool:
    """Whether the process of an `owner_tag` is still there (a pid that was given out again does not count)."""
    pid, _, born = tag.partition("-")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}".replace(".", "") == born
    except (ValueError, psutil.Error):
        return False
