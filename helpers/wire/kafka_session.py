"""What one connection to a Kafka carries from message to message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from helpers.wire.decoder import Observation
from helpers.wire.kafka_book import Book


class Seen(NamedTuple):
    """What a request says. `context` is kept until its answer comes; `withdraw` undoes what was noted in the book."""

    observations: Sequence[Observation] = ()
    context: Any = None
    withdraw: Callable[[], None] | None = None
    answered: bool = True


@dataclass
class Session:
    """One connection. `actor`, `address`: the tap's, once it has said them."""

    book: Book
    conn: int = 0
    actor: str = ""
    address: tuple[str, int] | None = None
    client: str = ""
    found_empty: bool = False  # the last Fetch brought nothing
    closed: bool = False
    # (group, member) -> what its JoinGroup asked for
    wishes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def method(self, frame: str, **data: Any) -> Observation:
        return Observation("method", None, {"conn": self.conn}, frame, data)
