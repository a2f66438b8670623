"""Lab 05: a producer on Kafka whose records are refused, whose answers get lost, and whose broker is killed."""

from helpers.bench.faults import (
    Accepted, BeforeConfirm, BeforePublish, Blackout, Kill, KillBroker, Published, Reset, Sending, Silence, TooLarge,
)
from helpers.bench.lab import Expect, Lab, Scenario

# Killed, a program must send again what it never got to accept: no producer can make that once.
KILLED = ("at-least-once",)

LAB = Lab(
    title="A Kafka producer that keeps its promises",
    broker="kafka",
    roles=("producer",),
    orders=24,
    partitions=3,
    guarantees=("at-least-once", "effectively-once"),
    topic_config={"max.message.bytes": "65536"},
    extra={
        "customer": ("ada", "Ben & Sons", "cleo", "Dörte <d@shop>", "Finn O'Neill"),
        "format": ("json", "xml"),
    },
    expects=(
        Expect("key", "the order's customer, in UTF-8", lambda order: order["customer"]),
        Expect("headers.content_type", "`application/json` or `application/xml`, as the value is",
               lambda order: f"application/{order['format']}"),
        Expect("headers.order_id", "the order's id", lambda order: order["id"]),
        Expect("headers.type", "`order.placed`", lambda order: "order.placed"),
        Expect("headers.schema_version", "`1`", lambda order: 1),
    ),
    scenarios=(
        Scenario("calm", "nothing goes wrong; every record is looked at"),
        Scenario("too-large", "one order is larger than the topic takes", (TooLarge(9, 100_000),)),
        Scenario("cut-on-the-way", "the connection is cut while an order is on its way to the broker",
                 (Blackout("producer", BeforePublish(7), 0.4),)),
        Scenario("broker-killed", "the broker is killed in the middle, and comes back", (KillBroker(Published(10)),)),
        Scenario("silence", "the process is killed while its first order is on its way; then the network is silent for a moment, "
                 "and the process is killed again right after a promise",
                 (Kill("producer", Sending(1)), Silence("producer", Accepted(1), 1.0), Kill("producer", Accepted(8))), KILLED),
        Scenario("answer-lost", "the broker has an order, and its answer is lost with the connection",
                 (Reset("producer", BeforeConfirm(7)),)),
    ),
    hints=(
        "send() returns at once, and flush() raises nothing. Where, then, does it say what became of one order?",
        "producer.send() returns a future. future.get(timeout=…) waits for the broker's answer to this one record and raises "
        "where it was refused. Send all first and ask the futures afterwards, and the client can still batch. As for twice: "
        "acks=1, as many tutorials have it, switches kafka-python's idempotence off.",
        "KafkaProducer(bootstrap_servers=…, acks=\"all\"); for each order producer.send(topic, "
        "key=order[\"customer\"].encode(), "
        "value=JSON or XML, headers=[(\"content_type\", b\"application/…\"), (\"order_id\", order[\"id\"].encode()), "
        "(\"type\", "
        "b\"order.placed\"), (\"schema_version\", b\"1\")]); keep (order, future) in a list; then for each: try "
        "future.get(timeout=30); except MessageSizeTooLargeError: print and go on; else: accept(order). Any other error may "
        "end "
        "the program: it is started again.",
    ),
    usual="20 to 30 minutes",
    deadline=45.0,
)
