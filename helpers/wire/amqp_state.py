"""What must be remembered of an AMQP connection to say which orders a frame concerns."""

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

Settled = tuple[int, str | None]  # the tag under which the receiver knows the message, and its order


class Tags:
    """Messages that wait to be settled, in one direction of one channel.

    Keys are the settling side's tags, in ascending order. They differ from the receiver's only after a publish was
    swallowed (the broker then counts one less than the program). Once anything was swallowed, a `multiple` would
    reach further than it may: `exploded` says that it must be sent on as single ones.
    """

    __slots__ = ("pending", "withheld", "exploded")

    def __init__(self) -> None:
        self.pending: dict[int, Settled] = {}
        self.withheld: dict[int, Settled] = {}
        self.exploded = False

    def settle(self, tag: int, multiple: bool) -> list[Settled]:
        """Take out what this tag covers; tag 0 with `multiple` is everything."""
        pending = self.pending
        if not multiple:
            found = pending.pop(tag, None)
            return [] if found is None else [found]
        if tag == 0:
            covered = list(pending)
        else:
            covered = []
            for key in pending:
                if key > tag:
                    break
                covered.append(key)
        return [pending.pop(key) for key in covered]

    def restore(self, settled: Iterable[Settled]) -> None:
        """A transaction was rolled back: these are as they were. (Deliveries only: both sides' tags are the same.)"""
        self.pending.update((s[0], s) for s in settled)
        self.pending = dict(sorted(self.pending.items()))

    def withhold(self, settled: Iterable[Settled]) -> None:
        """The settlement of these was swallowed: for the broker they are outstanding, for the program they are not."""
        self.withheld.update((s[0], s) for s in settled)
        self.exploded = True

    def forget(self, key: int) -> None:
        """The message itself was swallowed."""
        if found := self.pending.pop(key, None):
            self.withheld[found[0]] = found
        self.exploded = True

    def unsettled(self) -> list[str]:
        both = {**self.withheld, **self.pending}
        return [order for _, (_, order) in sorted(both.items()) if order is not None]


class Consumer(NamedTuple):
    queue: str
    auto_ack: bool


class Batch:
    """What a transaction does when it is committed."""

    __slots__ = ("settled", "published")

    def __init__(self) -> None:
        self.settled: list[tuple[str, str, list[Settled], dict[str, Any]]] = []  # kind, frame, covered, data
        self.published: list[str | None] = []


class Channel:
    """One channel, from Channel.Open to Channel.CloseOk."""

    __slots__ = ("confirm", "sent", "counted", "published", "delivered", "consumers", "active", "consuming", "getting",
                 "deleting", "prefetch", "prefetch_global", "queue", "tx", "batch", "committing", "doomed")

    def __init__(self) -> None:
        self.confirm = False
        self.sent = 0  # publishes since Confirm.Select, as the program counts them
        self.counted = 0  # the same, as the broker counts them
        self.published = Tags()
        self.delivered = Tags()
        self.consumers: dict[str, Consumer] = {}  # kept after a cancel: deliveries may still be on their way
        self.active: set[str] = set()
        self.consuming: deque[Consumer] = deque()  # Basic.Consume not yet answered
        self.getting: deque[Consumer] = deque()  # Basic.Get not yet answered
        self.deleting: deque[str] = deque()  # Queue.Delete, Queue.Purge not yet answered
        self.prefetch: int | None = None
        self.prefetch_global: int | None = None
        self.queue = ""  # the last queue declared: what an empty queue name means
        self.tx = False
        self.batch = Batch()
        self.committing: deque[Batch] = deque()
        self.doomed = False  # the broker will take nothing more on it: it has been, or is about to be, closed in error

    def begin(self, tag: str, consumer: Consumer) -> None:
        self.consumers[tag] = consumer
        self.active.add(tag)


class Session:
    """One connection."""

    __slots__ = ("conn", "client", "vhost", "heartbeat", "frame_max", "channels", "closed")

    def __init__(self) -> None:
        self.conn = 0
        self.client = ""
        self.vhost = ""
        self.heartbeat: int | None = None
        self.frame_max = 0  # 0 until it has been negotiated
        self.channels: dict[int, Channel] = {}
        self.closed = False

    def channel(self, number: int) -> Channel:
        found = self.channels.get(number)
        if found is None:
            found = self.channels[number] = Channel()
        return found

    def unsettled(self) -> list[str]:
        return [order for _, channel in sorted(self.channels.items()) for order in channel.delivered.unsettled()]
