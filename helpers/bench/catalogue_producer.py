"""Mistakes of producers."""

from helpers.bench.mistake import Mistake

_RABBITMQ = ("rabbitmq",)
_ALL = ("rabbitmq", "kafka", "redis")
_04 = ("04_rabbitmq_producer",)
_04_TO_06 = ("04_rabbitmq_producer", "05_kafka_producer", "06_redis_producer")

PRODUCER: tuple[Mistake, ...] = (
    Mistake(
        "accept-before-confirm", "promise before the broker has it", "cause", _ALL, _04_TO_06,
        "Your program accepted {orders} before the broker had confirmed {it/them}, and {it/they} never got there.",
        "Accept an order only when the broker has confirmed it; send it again where no answer came.",
        "the connection is cut, or the broker killed, between sending and confirming",
        "A message that was sent stands in a buffer: the client's, the kernel's, the network's. Only the broker's own answer "
        "says that it has it. Everything before that is hope.",
        ("no-confirms", "confirm-ignored", "future-ignored", "flush-is-success", "send-without-flush"),
    ),
    Mistake(
        "not-mandatory", "publish without mandatory", "cause", _RABBITMQ, _04,
        "No queue was bound to the key of {orders}. Published without `mandatory`, {it/they} {was/were} confirmed and dropped.",
        "Publish with mandatory=True: what no queue takes comes back (basic.return) before the confirm.",
        "an order whose routing key nothing is bound to",
        "A confirm says that the exchange has done with the message. Where no binding matches, to drop it is all there is to do.",
    ),
    Mistake(
        "return-ignored", "accept what came back", "cause", _RABBITMQ, _04,
        "RabbitMQ returned {orders} as unroutable, and your program accepted {it/them} all the same.",
        "Do not accept what was returned: with confirms pika raises UnroutableError; without them look at the return callback.",
        "an order whose routing key nothing is bound to",
        "basic.return comes before the confirm of the same message; a confirm after it only says that the exchange has done.",
    ),
    Mistake(
        "transient-message", "a message that is not persistent", "cause", _RABBITMQ, _04,
        "{orders} {was/were} confirmed, but not persistent (delivery_mode 2): gone when the broker was killed.",
        "Publish with delivery_mode=2 (pika.DeliveryMode.Persistent).",
        "the broker is killed after its confirms",
        "A durable classic queue survives a restart; the messages in it only where each was published as persistent. (A quorum "
        "queue writes every message to disk.)",
    ),
    Mistake(
        "wrong-body", "a body that is not its order", "cause", _ALL, _04_TO_06,
        "The body of {orders} cannot be read as what {it/they} should be.",
        "Serialize the whole order in the format asked: json.dumps(order), or an XML element for each field.",
        "what the consumer side reads at the end",
        "What cannot be read at the other end is as good as lost, only later and in somebody else's log.",
    ),
    Mistake(
        "metadata-missing", "no metadata", "cause", _ALL, _04_TO_06,
        "{orders} arrived without what the consumer side needs to know.",
        "Set the properties or headers that the lab's table asks for on every message.",
        "what the consumer side reads at the end",
        "Without a content type a reader must guess the format, without an id it cannot tell a copy, without a version it cannot "
        "read what will be sent next year.",
    ),
    Mistake(
        "metadata-wrong", "metadata that do not fit the message", "cause", _ALL, _04_TO_06,
        "What stands beside {orders} does not fit {it/them}.",
        "Set each property from the order at hand, not once for all.",
        "what the consumer side reads at the end",
        "A reader believes the label: XML under the label JSON is a poison message.",
    ),
)
