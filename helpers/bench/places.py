"""Where a delivery stands, whichever broker made it: what an acknowledgement of it must name."""

from helpers.wire.events import Event

Place = tuple


def place(event: Event) -> Place:
    """Equal for a delivery and for what settles it.

    RabbitMQ: the tag counts within one channel of one connection. Kafka and Redis: the record or entry itself, whoever
    settles it over whatever connection.
    """
    pos = event.pos or {}
    if "offset" in pos:
        return pos.get("topic"), pos.get("partition"), pos["offset"]
    if "entry" in pos:
        return pos.get("stream"), pos["entry"]
    return event.actor, pos.get("conn"), pos.get("channel"), pos.get("tag")


def bound_to_connection(event: Event) -> bool:
    """Whether the delivery goes back of itself when its connection ends (RabbitMQ); else the broker waits for somebody."""
    pos = event.pos or {}
    return "offset" not in pos and "entry" not in pos


def destination(event: Event) -> str | None:
    """Where a published message goes: a queue by the default exchange, a topic, a stream; None where an exchange decides."""
    pos = event.pos or {}
    if "topic" in pos or "stream" in pos:
        return pos.get("topic") or pos.get("stream")
    return event.data.get("routing_key") if event.data.get("exchange") == "" else None
