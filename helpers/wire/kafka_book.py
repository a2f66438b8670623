"""What the taps of one run know together of a Kafka: which order stands where, and how far each group has committed."""

from collections import defaultdict
from itertools import count
from uuid import UUID

Partition = tuple[str, int]
Producer = tuple[int, int]


class Book:
    """Shared by all decoders of a run: a group's coordinator and its fetches use different connections, its members
    different taps.

    topics:  topic id -> name (Metadata, CreateTopics).
    orders:  (topic, partition) -> offset -> order, from confirmed produces and from fetches.
    written: topics that somebody has produced to.
    members: actor -> (group, member) pairs that have joined through its tap and not left again.
    new_members: the same for groups of the new protocol (KIP-848).
    sessions: fetch session id -> (topic, partition) -> offset asked last (KIP-227).
    transactions: producer -> offsets sent to the transaction that is open: (group, topic, partition) -> offset.
    sent: producer -> orders of the records sent in the transaction that is open. (A producer: its id and epoch.)
    """

    def __init__(self) -> None:
        self.topics: dict[UUID, str] = {}
        self.orders: dict[Partition, dict[int, str]] = defaultdict(dict)
        self.written: set[str] = set()
        self.members: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.new_members: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.sessions: dict[int, dict[Partition, int]] = {}
        self.transactions: dict[Producer, dict[tuple[str, str, int], int]] = defaultdict(dict)
        self.sent: dict[Producer, list[str]] = defaultdict(list)
        self._base: dict[tuple[str, str, int], int] = {}
        self._commits: dict[tuple[str, str, int], dict[int, int]] = defaultdict(dict)
        self._numbers = count(1)

    def topic(self, name: str | None, topic_id: UUID | None) -> str:
        """A topic's name, where newer versions of the protocol give an id."""
        return name or self.topics.get(topic_id) or str(topic_id or "")

    def new_commit(self) -> int:
        return next(self._numbers)

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Where the group goes on, by what was seen; 0 before its first commit."""
        key = (group, topic, partition)
        commits = self._commits.get(key)
        return next(reversed(commits.values())) if commits else self._base.get(key, 0)

    def found(self, group: str, topic: str, partition: int, offset: int) -> None:
        """The broker has told a committed offset, perhaps of an earlier time."""
        key = (group, topic, partition)
        if offset >= 0 and not self._commits.get(key):
            self._base[key] = offset

    def commit(self, number: int, group: str, topic: str, partition: int, upto: int) -> list[tuple[int, str]]:
        """Note a commit; the (offset, order) pairs that it newly covers."""
        before = self.committed(group, topic, partition)
        self._commits[group, topic, partition][number] = upto
        orders = self.orders.get((topic, partition), {})
        end = min(upto, before + len(orders) + 100_000)  # a commit may name any number
        return [(offset, orders[offset]) for offset in range(before, end) if offset in orders]

    def groups(self, topic: str) -> set[str]:
        """The groups that have committed an offset of the topic."""
        return {group for group, of, _ in self._commits if of == topic}

    def withdraw(self, number: int) -> None:
        """The commit never came about."""
        for commits in self._commits.values():
            commits.pop(number, None)
