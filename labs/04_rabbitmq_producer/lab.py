"""Lab 04: a producer on RabbitMQ whose connection is cut, whose key leads nowhere, and whose broker is killed."""

from helpers.bench.faults import Accepted, BeforeConfirm, BeforePublish, Blackout, Kill, KillBroker, Reset, Unroutable
from helpers.bench.lab import Expect, Lab, Scenario, since_1970

REGIONS = ("eu", "us", "asia")

LAB = Lab(
    title="A RabbitMQ producer that keeps its promises",
    broker="rabbitmq",
    roles=("producer",),
    orders=24,
    queue_type="classic",
    bindings=tuple(f"order.{region}" for region in REGIONS),
    extra={
        # Names as people have them: an XML body that is glued together breaks at the first "&".
        "customer": ("ada", "Ben & Sons", "cleo", "Dörte <d@shop>", "Finn O'Neill"),
        "region": REGIONS,
        "format": ("json", "xml"),
    },
    expects=(
        Expect("routing_key", "`order.` and the order's region", lambda order: f"order.{order['region']}"),
        Expect("content_type", "`application/json` or `application/xml`, as the body is",
               lambda order: f"application/{order['format']}"),
        Expect("message_id", "the order's id", lambda order: order["id"]),
        Expect("type", "`order.placed`", lambda order: "order.placed"),
        Expect("timestamp", "when it was sent, in whole seconds since 1970", holds=since_1970(1)),
        Expect("headers.schema_version", "`1`", lambda order: 1),
    ),
    scenarios=(
        Scenario("calm", "nothing goes wrong; every message is looked at"),
        Scenario(
            "cut-on-the-way",
            "the connection is cut while an order is on its way to the broker",
            (Blackout("producer", BeforePublish(7), 0.4),),
        ),
        Scenario(
            "confirm-lost",
            "a confirm is lost with its connection, and later the process is killed right after a promise",
            (Reset("producer", BeforeConfirm(7)), Kill("producer", Accepted(15))),
        ),
        Scenario(
            "broker-killed",
            "the broker is killed and comes back",
            (KillBroker(Accepted(12)),),
        ),
        Scenario(
            "unroutable",
            "one order is for a region that no queue is bound to",
            (Unroutable(9, "region", "moon"),),
        ),
    ),
    hints=(
        "When basic_publish returns, where is the message: in a buffer of your process, on the network, in the queue, on the "
        "broker's disk? Which of these would you promise a customer something about, and who could tell you?",
        "Ask for answers: channel.confirm_delivery() makes basic_publish wait for the broker's confirm and raise where there "
        "is none. Two things a confirm does not say: that a queue took the message (mandatory=True does), and that it "
        "survives the broker (delivery_mode 2 does). Then the label has to fit the body: content_type from the format.",
        "body, content_type = (json.dumps(order), \"application/json\") or the XML, made with ElementTree; "
        "properties = pika.BasicProperties(content_type=content_type, message_id=order[\"id\"], type=\"order.placed\", "
        "timestamp=int(time.time()), headers={\"schema_version\": 1}, delivery_mode=2); after confirm_delivery(): "
        "try basic_publish(exchange, f\"order.{order['region']}\", body, properties, mandatory=True); "
        "except UnroutableError: print and go on with the next order; else: accept(order). Let a broken connection end the "
        "program: it is started again, and orders() yields what was never accepted.",
    ),
    usual="20 to 30 minutes",
    deadline=45.0,
)
