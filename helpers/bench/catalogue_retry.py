"""Mistakes of retries: too often, too soon, in everybody's way, or without a place for what is given up."""

from helpers.bench.mistake import Mistake

_ALL = ("rabbitmq", "kafka", "redis")
_RABBITMQ = ("rabbitmq",)
_KAFKA = ("kafka",)
_11 = ("11_kafka_retry",)
_10 = ("10_rabbitmq_retry",)
_10_TO_12 = ("10_rabbitmq_retry", "11_kafka_retry", "12_redis_retry")
_20_TO_22 = ("20_rabbitmq_capstone", "21_kafka_capstone", "22_redis_capstone")

RETRY: tuple[Mistake, ...] = (
    Mistake(
        "no-dead-letter", "give up without a dead letter", "cause", _ALL, (*_10_TO_12, *_20_TO_22),
        "Your program gave {orders} up, and {it/they} {stands/stand} nowhere: neither charged nor among the dead letters.",
        "Send what you give up to DEAD_LETTERS, wait until the broker has it, and only then acknowledge the order.",
        "one order is refused for ever (422), another fails at every attempt (503)",
        "Giving up is a decision that somebody may want to look at, and to undo. An order that was only acknowledged or "
        "dropped cannot be put back once the fault is mended.",
        ("dlx-missing", "dlx-unbound"),
    ),
    Mistake(
        "dlq-after-commit", "let go before the copy is safe", "cause", ("kafka", "redis"),
        ("11_kafka_retry", "12_redis_retry", *_20_TO_22[1:]),
        "Your program let go of {orders} (a commit, an XACK) before the copy that it sent away was safe with the broker. The copy "
        "never got there, and nobody will be given {it/them} again.",
        "Send the copy first, wait until the broker has confirmed it, and only then commit or acknowledge. On Redis both fit into "
        "one MULTI/EXEC.",
        "the connection breaks while a copy is on its way, and the process is killed",
        "To move a message is to write it there and to let go of it here: two steps, and a crash fits between them. Written and "
        "confirmed first, it can only be doubled. send() of a Kafka producer has only put the record into a buffer: wait for its "
        "future, or flush() and look at every future.",
        ("commit, then send", "send() without waiting for its future", "XACK, then XADD"),
    ),
    Mistake(
        "retry-republish-unconfirmed", "send away to wait, without a confirm", "cause", _RABBITMQ, _10,
        "Your program sent {orders} away to wait and acknowledged {it/them} before RabbitMQ had confirmed the copy. The copy "
        "never got there.",
        "Turn confirms on (channel.confirm_delivery()) and acknowledge the original only when the copy is confirmed.",
        "the connection is cut, or the broker killed, between the two",
        "To move a message is to publish it and to acknowledge it: two steps, and a crash fits between them. Published and "
        "confirmed first, it can only be doubled.",
    ),
    Mistake(
        "retry-goes-nowhere", "send away to where nothing comes back from", "cause", ("rabbitmq", "kafka"), (*_10, *_11),
        "Your program published a copy of {orders}, had it confirmed, acknowledged the original; the copy never came back.",
        "RabbitMQ: publish with mandatory=True to a queue that exists, and give that queue a dead-letter exchange and key that lead "
        "back. Kafka: subscribe to the retry topics, too.",
        "one order fails a few times",
        "RabbitMQ gives a confirm for a message that no queue took, too, and drops a message whose time is up in a queue without a "
        "way back. On Kafka no topic leads anywhere by itself: what stands in a retry topic waits for a consumer.",
        ("dlx-unbound", "not-mandatory"),
    ),
    Mistake(
        "dead-lettered-at-most-once", "a way back that loses", "cause", _RABBITMQ, _10,
        "{orders} {was/were} safe in a waiting queue when the broker was killed, and never came back: lost inside RabbitMQ.",
        "Let orders wait in a quorum queue with x-dead-letter-strategy=at-least-once and x-overflow=reject-publish.",
        "the broker is killed while an order waits",
        "Dead-lettering is at most once by default: what falls due while its target cannot take it (right after a restart, say) is "
        "dropped. A quorum queue can keep it until the target has confirmed. (RabbitMQ documentation, \"Quorum Queues: Dead "
        "Lettering\".)",
        ("non-durable-queue", "a classic waiting queue"),
    ),
    Mistake(
        "dead-letter-mute", "a dead letter that does not say why", "cause", _ALL, (*_10_TO_12, *_20_TO_22),
        "{orders} {stands/stand} among the dead letters without what is needed to put {it/them} back.",
        "Send the order as it came, with `reason` and `attempts` beside it.",
        "what the bench reads among the dead letters",
        "Whoever opens the dead letters on Monday asks two questions first: what went wrong, and did we try again? And the "
        "body must be the order itself: a redrive puts it back as it is.",
        pace=True,
    ),
    Mistake(
        "gives-up-early", "give up after too few attempts", "cause", _ALL, _10_TO_12,
        "The shop was away for a while (503), and your program gave {orders} up before the attempts that were asked.",
        "Try a passing fault as often as the lab asks, with growing pauses; give up at once only on a 422.",
        "one order fails a few times",
        "Every dead letter costs a person's time. A fault that passes in two seconds should not make one.",
        pace=True,
    ),
    Mistake(
        "retry-uncapped", "retry without end", "cause", _ALL, _10_TO_12,
        "Your program tried {orders} again and again, far beyond the attempts that were asked.",
        "Count the attempts where they survive (a header of the message), and give up after the last one.",
        "one order fails at every attempt (503)",
        "A retry without a cap is a loop with a person as its only exit. The broker's own counters do not help everywhere: "
        "x-death is reset by a republish, and a count in memory by a restart.",
        pace=True,
    ),
    Mistake(
        "retry-no-backoff", "retry at once", "cause", _ALL, _10_TO_12,
        "Your program tried {orders} again at once, without a pause.",
        "Wait before each new attempt, longer every time, with some jitter.",
        "one order fails a few times",
        "A service that is away comes back sooner when nobody hammers at it. Attempts without a pause are used up in "
        "milliseconds, before any fault can pass.",
        ("nack(requeue=True) at once",),
        pace=True,
    ),
    Mistake(
        "retry-blocks-all", "make everybody wait", "cause", _ALL, (*_10_TO_12, *_20_TO_22),
        "While your program waited to try {orders} again, no other order was served.",
        "Let the waiting order wait elsewhere (a retry queue with a TTL, a retry topic, a sorted set) and go on with the others.",
        "one order fails a few times, others stand behind it",
        "A sleep in the handler is a queue of its own, with room for one: head-of-line blocking. One slow customer stops all.",
        ("sleep in the handler",),
        pace=True,
    ),
    Mistake(
        "retry-blocks-partition", "make everybody behind it wait", "cause", _KAFKA, _11,
        "While {orders} waited for the next attempt, nothing of what stood behind {it/them} in the partition was done.",
        "Send the waiting order into a retry topic, wait for the confirm, and commit past it.",
        "one order fails a few times, others stand behind it",
        "A partition is read in order, and a commit is a position: who waits at a record (pause() and seek(), or a record asked for "
        "again and again) holds up every customer whose orders stand behind it. It keeps the order, and that may be what is "
        "wanted: then say so. Here it is not.",
        ("pause() and seek() on the lab's own topic",),
        pace=True,
    ),
    Mistake(
        "poison-blocks", "stop at a record that cannot be read", "cause", _KAFKA, _11,
        "{orders} cannot be read, and your program never gets past {it/them}: what stands behind in the partition is never done.",
        "Read the bytes yourself, in a try; or give the consumer a deserializer that returns a marker and does not raise. Send what "
        "cannot be read to DEAD_LETTERS, and commit past it.",
        "one record in the topic is cut off: no JSON",
        "Kafka keeps a record whether or not anybody can read it, and gives it again after every restart. In kafka-python 3.0.12 a "
        "deserializer that raises makes poll() raise once; where that is caught, the next poll() never returns, at full speed: no "
        "exception, no progress, no lag that moves.",
        ("a deserializer that raises",),
    ),
    Mistake(
        "poison-skipped", "step over a record that cannot be read", "cause", _KAFKA, _11,
        "{orders} could not be read, and your program committed past {it/them}: {it/they} {stands/stand} nowhere.",
        "Send what cannot be read to DEAD_LETTERS as it came, wait for the confirm, then commit.",
        "one record in the topic is cut off: no JSON",
        "Somebody has placed that order. Among the dead letters a person can see what was meant; behind a committed offset nobody "
        "looks.",
        ("except ValueError: continue",),
    ),
)
