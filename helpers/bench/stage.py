"""The stage of a scenario: a broker with a place of the run's own in it, filled before and counted after."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from helpers.bench.topology import Topology
from helpers.brokers.base import Server
from helpers.wire.decoder import Decoder


@dataclass
class Arrived:
    """A message as it was found in the broker. `meta`: what goes with it, by its protocol's own names (content_type, headers,
    message_id, key, partition, delivery_mode ...); Redis: its fields."""

    order: str
    body: bytes
    meta: Mapping[str, Any] = field(default_factory=dict)


def body_of(order: Mapping[str, Any], malformed: Collection[str] = ()) -> bytes:
    """An order as the bench publishes it: JSON, cut off in the middle where it is to be malformed. The id is still there."""
    body = json.dumps(order).encode()
    return body[:len(body) * 2 // 3] if order["id"] in malformed else body


@dataclass
class Census:
    """What stood in the broker after the programs had stopped: place -> ids of the orders in it (repeated if twice).

    main:     the place that the lab is about.
    messages: the same messages whole, place by place, where the stage can tell (labs with a producer look into them).
    topology: how the run's place looked before anything was taken out (helpers.bench.topology); None where it could not be read.
    """

    main: str = ""
    places: dict[str, list[str]] = field(default_factory=dict)
    messages: dict[str, list[Arrived]] = field(default_factory=dict)
    topology: Topology | None = None

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

    server:          the broker in use (where it is the run's own, it is there once `open` has returned).
    decoder:         factory for the tap.
    url_variable:    the name under which a program is given the broker's address.
    charged_is_done: what was charged counts as done, though the broker still holds it (Kafka keeps every record, and how far
                     a program has come may be kept elsewhere than in a commit).
    output:          the name of OUTPUT_TOPIC, in labs whose effect is a record there; "" else.
    dead:            the name of DEAD_LETTERS, in labs that have it; "" else.
    malformed:       orders that `fill` publishes cut off, no JSON (Kafka); set by the run.
    """

    server: Server
    decoder: Callable[[], Decoder]
    url_variable: str
    charged_is_done: bool
    dead: str
    output: str
    malformed: Collection[str]

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

    def topology(self) -> Topology:
        """What stands in the run's place now, as plain data. Raises whatever the broker's client raises."""

    def redrive(self, tap_port: int) -> int:
        """Put all dead letters back into the lab's own queue as they are, through the tap; how many there were."""

    def before_kill(self) -> None:
        """Nothing of the programs' comes through any more: wait until the broker has on disk what it answers for."""

    def evict(self, actor: str) -> None:
        """A process was killed: make the broker forget it, where it would else wait for a time-out."""

    def close(self) -> None:
        """Remove the run's place."""
