"""AMQP frames made by hand, and a conversation with the decoder alone: no sockets, no broker."""

from collections.abc import Callable
from typing import Any

from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from helpers.wire.amqp import AMQP
from helpers.wire.amqp_frames import HELLO
from helpers.wire.decoder import BROKER, CLIENT, Observation, Unit

Basic, Channel, Confirm, Connection, Queue, Tx = (
    commands.Basic, commands.Channel, commands.Confirm, commands.Connection, commands.Queue, commands.Tx)


def method(channel: int, command: Any) -> bytes:
    return frame.marshal(command, channel)


def content(channel: int, command: Any, body: bytes, *, piece: int = 131064, **properties: Any) -> list[bytes]:
    """The frames of a message: method, header, body in pieces."""
    header = ContentHeader(0, len(body), Basic.Properties(**properties))
    pieces = [body[at:at + piece] for at in range(0, len(body), piece)]
    return [frame.marshal(command, channel), frame.marshal(header, channel),
            *(frame.marshal(ContentBody(each), channel) for each in pieces)]


def publish(channel: int, body: bytes, **properties: Any) -> bytes:
    return b"".join(content(channel, Basic.Publish(routing_key="orders"), body, **properties))


def deliver(channel: int, tag: int, body: bytes, *, consumer: str = "c", redelivered: bool = False, **properties: Any) -> bytes:
    command = Basic.Deliver(consumer_tag=consumer, delivery_tag=tag, redelivered=redelivered, exchange="", routing_key="orders")
    return b"".join(content(channel, command, body, **properties))


def ack(channel: int, tag: int, multiple: bool = False) -> bytes:
    return method(channel, Basic.Ack(tag, multiple))


class Talk:
    """Feeds a decoder as the tap does. `swallow(observation)` true: the unit is not forwarded."""

    def __init__(self, swallow: Callable[[Observation], bool] | None = None):
        self.decoder = AMQP()
        self.decoder.conn = 1
        self.seen: list[Observation] = []
        self.units: list[Unit] = []
        self.out = [bytearray(), bytearray()]
        self.swallow = swallow or (lambda _: False)

    def say(self, direction: int, data: bytes) -> list[Observation]:
        """What is seen in these bytes."""
        before = len(self.seen)
        for unit in self.decoder.feed(direction, data):
            self.units.append(unit)
            self.seen += unit.observations
            forwarded = unit.raw
            if any([self.swallow(each) for each in unit.observations]):
                forwarded, back = self.decoder.swallow(direction, unit)
                self.out[1 - direction] += back
            self.out[direction] += forwarded
        return self.seen[before:]

    def client(self, *frames: bytes) -> list[Observation]:
        return self.say(CLIENT, b"".join(frames))

    def broker(self, *frames: bytes) -> list[Observation]:
        return self.say(BROKER, b"".join(frames))

    def clear(self) -> None:
        """Forget what was seen and forwarded; the decoder remembers."""
        self.seen.clear()
        self.units.clear()
        self.out = [bytearray(), bytearray()]


def opened(swallow: Callable[[Observation], bool] | None = None, channels: int = 1) -> Talk:
    """A conversation with its channels open; nothing noted so far."""
    talk = Talk(swallow)
    talk.client(HELLO, method(0, Connection.StartOk({"product": "test", "version": "1"}, "PLAIN", "x", "en_US")))
    talk.client(method(0, Connection.TuneOk(0, 131072, 30)), method(0, Connection.Open("/shop")))
    talk.broker(method(0, Connection.OpenOk()))
    for number in range(1, channels + 1):
        talk.client(method(number, Channel.Open()))
        talk.broker(method(number, Channel.OpenOk()))
    talk.clear()
    return talk


def told(seen: list[Observation]) -> list[tuple[str, str | None]]:
    return [(each.kind, each.order) for each in seen]
