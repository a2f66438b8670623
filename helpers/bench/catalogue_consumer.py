"""Mistakes of consumers: those on RabbitMQ, and those that look alike on every broker."""

from helpers.bench.mistake import Mistake

_RABBITMQ = ("rabbitmq",)
_ALL = ("rabbitmq", "kafka", "redis")
_07 = ("07_rabbitmq_consumer",)
_16 = ("16_effectively_once",)
_07_09 = (*_07, "09_redis_consumer")
_07_08_09 = (*_07, "08_kafka_consumer", "09_redis_consumer")
_BOTH = ("rabbitmq", "redis")
_13 = ("13_rabbitmq_no_loss",)
_20 = ("20_rabbitmq_capstone",)
_20_TO_22 = (*_20, "21_kafka_capstone", "22_redis_capstone")

CONSUMER: tuple[Mistake, ...] = (
    Mistake(
        "hard-coded", "ids written into the program", "cause", _ALL, _07_08_09,
        "Your program charged {orders}, which nobody ordered: ids are drawn anew for every run.",
        "Take the order from the message, never from an earlier run.",
        "every run draws its own ids",
        "An id copied from the output of an earlier run charges a customer who ordered nothing.",
    ),
    Mistake(
        "ack-twice", "acknowledge twice", "cause", _RABBITMQ, _07,
        "Your program acknowledged a delivery that was settled already; RabbitMQ answered 406 and closed the channel.",
        "Acknowledge each delivery exactly once; with auto_ack=True not at all.",
        "the first message",
        "A delivery tag is good for one acknowledgement. The second, or the first where auto_ack=True has settled the "
        "message on delivery, names an unknown tag: the broker closes the channel with 406 PRECONDITION_FAILED, and "
        "everything else on that channel is returned to the queue.",
        ("basic_ack with auto_ack=True", "ack in the callback and again in a finally"),
    ),
    Mistake(
        "ack-wrong-channel", "acknowledge on another channel", "cause", _RABBITMQ, _07,
        "Your program acknowledged {orders} on another channel than the one that delivered {it/them}; RabbitMQ answered 406 and "
        "closed that channel.",
        "Acknowledge on the channel that delivered: the callback's own `channel` argument.",
        "the first message",
        "A delivery tag counts within one channel. Sent on another it is unknown there, or, worse, belongs to another message.",
    ),
    Mistake(
        "auto-ack", "automatic acknowledgement", "cause", _RABBITMQ, (*_07, *_13, *_16, *_20),
        "You asked for automatic acknowledgement: RabbitMQ forgot {orders} the moment {it/they} {was/were} sent to you. "
        "{It/They} had not been charged when your program ended.",
        "Consume with auto_ack=False, and call basic_ack after the charge.",
        "killed after the charge: every order in the client's buffer is gone",
        "auto_ack=True (no-ack on the wire) settles a message when it is sent. What then sits in the socket or the client's "
        "buffer exists nowhere else, and a prefetch limit does not help: it counts unacknowledged messages, and there are none.",
        ("prefetch-does-not-save",),
    ),
    Mistake(
        "redelivered-is-duplicate", "take redelivered for done", "cause", _RABBITMQ, (*_07, *_13, *_16),
        "{orders} came marked `redelivered`, and your program let go of {it/them} without charging. {It/They} had been "
        "delivered before, but never done.",
        "Treat `redelivered` as \"may have been done\": charge with an idempotency key, or look it up where the effect is kept.",
        "killed after the charge: what was prefetched comes again, marked redelivered",
        "The flag says that the broker has sent this message before. It says nothing of what became of it.",
    ),
    Mistake(
        "swallow-and-ack", "swallow the error, then acknowledge", "cause", _BOTH, _07_09,
        "The shop answered 503 for {orders}; your program acknowledged {it/them} all the same. {It/They} {was/were} never charged.",
        "Acknowledge only what was charged. After a 503 wait a moment and try again, or leave it with the broker (RabbitMQ: "
        "nack with requeue=True; Redis: pending).",
        "one charge fails with 503",
        "`except: pass` around the work, or the acknowledgement in a `finally`, turns every passing fault into a loss.",
        ("except: pass", "ack in finally"),
    ),
    Mistake(
        "ack-after-crash", "acknowledge what a crash broke off", "cause", _ALL, (),
        "A process was killed in the middle of its work on {orders}; another of your program's processes lived on, and "
        "acknowledged {it/them} all the same. {It/They} {was/were} never charged.",
        "Let the process that lives on return the message to the broker (Celery: task_acks_late together with "
        "task_reject_on_worker_lost).",
        "`python -m helpers try`: the processes that a program has started are killed at work",
        "Where one process holds the connection and others do the work, the death of a worker is for the first one just an error "
        "of that task. Acknowledged like any other failure, the message is gone.",
        ("Celery's task_acks_late without task_reject_on_worker_lost",),
    ),
    Mistake(
        "dlx-missing", "reject without a dead-letter exchange", "cause", _RABBITMQ, ("01_rabbitmq_topology", *_07),
        "Your program rejected {orders} without requeue, and the queue has no dead-letter exchange: RabbitMQ dropped {it/them}.",
        "Return it with requeue=True after a passing fault; or give the queue a dead-letter exchange with a queue bound to it.",
        "one charge fails with 503",
        "reject or nack with requeue=False means dead-letter. Where no dead-letter exchange is set, or nothing is bound to it, "
        "the message is dropped without a word.",
        ("dlx-unbound",),
    ),
    Mistake(
        "ack-multiple-unprocessed", "acknowledge more than was done", "cause", _RABBITMQ, (*_07, *_13),
        "One acknowledgement with multiple=True covered {orders}, which was still at work: from then on RabbitMQ held no copy.",
        "With multiple=True acknowledge only up to the highest tag below which everything is done; or acknowledge one by one.",
        "one slow charge, then a kill",
        "multiple=True settles every outstanding delivery up to the tag. With several workers the one that finishes first "
        "acknowledges the others' work.",
    ),
    Mistake(
        "ack-before-work", "acknowledge before work", "cause", _RABBITMQ, (*_07, *_13, *_16, *_20),
        "Your program acknowledged {orders} before {it/they} {was/were} charged. RabbitMQ had forgotten {it/them} when the work came to nothing.",
        "Charge first, acknowledge after.",
        "killed right after an acknowledgement",
        "An acknowledgement says: you may forget it. Said before the effect, every crash in between is a loss.",
    ),
    Mistake(
        "skip-and-ack", "acknowledge without an attempt", "cause", _BOTH, (*_07_09, *_16),
        "Your program acknowledged {orders} and never tried to charge {it/them}.",
        "Acknowledge an order only once it was charged, or put away in a safe place.",
        "any run",
        "A filter, a forgotten branch or an early return acknowledges messages that nobody has worked on.",
    ),
    Mistake(
        "requeue-loop", "requeue for ever", "cause", _RABBITMQ, _07,
        "The shop refused {orders} for good (422), and your program put {it/them} back into the queue again and again.",
        "Reject what can never succeed with requeue=False (to a dead-letter exchange); requeue only passing faults, after a pause.",
        "one order is refused for ever",
        "A message put back at once comes back at once: thousands of redeliveries a second that starve the rest. On a quorum "
        "queue RabbitMQ 4.0 ends such a loop after 20 returns, silently dropping the message; 4.3 counts a reject but not a nack.",
        ("nack(requeue=True) at once",),
    ),
    Mistake(
        "retry-permanent", "retry what can never succeed", "cause", _ALL, _07_08_09,
        "The shop refused {orders} for good (422), and your program tried {it/them} again and again.",
        "Tell permanent errors from passing ones: give up on a 422 at once, and put the order aside.",
        "one order is refused for ever",
        "Retries are for faults that pass. What is refused for good only holds up the others.",
        pace=True,
    ),
    Mistake(
        "never-ack", "never acknowledge", "cause", _RABBITMQ, (*_07, *_13),
        "{orders} {was/were} charged and never acknowledged: RabbitMQ still holds {it/them}, and will deliver {it/them} again.",
        "Call basic_ack after the charge; with batches acknowledge the unfinished last batch too, after a while.",
        "the queue is not empty at the end",
        "Unacknowledged messages stay on the broker. They count against the prefetch limit until nothing is delivered any "
        "more, and every restart delivers and charges them all again.",
        ("the last batch is never acknowledged",),
    ),
    Mistake(
        "blocks-heartbeat", "block the heartbeat", "cause", _RABBITMQ, _07,
        "Your program was silent for longer than two heartbeats while it charged {orders}: RabbitMQ took it for dead, closed "
        "the connection and delivered {it/them} again.",
        "Do long work in a thread and acknowledge with connection.add_callback_threadsafe; or set a longer heartbeat.",
        "one charge takes longer than the heartbeat",
        "BlockingConnection answers heartbeats only while it runs its loop. A callback that works longer than the heartbeat "
        "allows loses the connection, and with it the right to acknowledge.",
    ),
    Mistake(
        "work-before-ack", "work before acknowledging, where at most once is asked", "cause", _ALL, _07_08_09,
        "At most once was asked. Your program charged {orders} before it acknowledged, so {it/they} came again and {was/were} charged twice.",
        "For at most once acknowledge or commit first (or consume with auto_ack=True, NOACK), then charge.",
        "at most once: killed after the charge",
        "What is acknowledged after the work is delivered again after a crash in between: at least once, not at most once.",
    ),
    Mistake(
        "dedupe-on-delivery-id", "take the delivery for the order", "cause", _ALL, (*_07_08_09, *_16),
        "Your program knows {orders} by a key that goes with the delivery, not with the order: neither it nor the shop can tell "
        "a copy from another order.",
        "Take a key that stays with the order for life: the producer's order id.",
        "effectively once: killed after the charge",
        "Delivery tags and entry ids name a delivery, a bare offset not even that: every partition counts from 0. A redelivery "
        "or a republished copy looks new under them.",
    ),
    Mistake(
        "charge-without-key", "charge without an idempotency key", "cause", _ALL, (*_07_08_09, *_20_TO_22),
        "Effectively once was asked. {orders} {was/were} charged twice, without an idempotency key by which the shop could have known it.",
        "charge(order, key=order[\"id\"]): the shop answers a repeated key with \"replayed\".",
        "effectively once: killed after the charge",
        "Between the effect and its acknowledgement there is always a gap. Only the place where the effect is kept can close it.",
        ("dedupe-in-memory",),
    ),
    Mistake(
        "qos-after-consume", "prefetch set after consume", "remark", _RABBITMQ, _07,
        "Your basic_qos came after basic_consume: it does not apply to a consumer that is there already, whose prefetch is "
        "unlimited.",
        "Call basic_qos before basic_consume.",
        "the order of the frames",
        "A prefetch limit (basic.qos with global=false) applies to consumers that are started after it.",
    ),
    Mistake(
        "idle-poller", "poll an empty queue", "remark", _RABBITMQ, _07,
        "Your program asked an empty queue again and again with basic_get. It works, but each message waits for the next poll.",
        "Use basic_consume: the broker pushes each message as it comes.",
        "the frames",
        "basic.get is one round trip a message, and a sleep between two polls is time that every message waits.",
    ),
    Mistake(
        "ignores-sigterm", "ignore SIGTERM", "remark", _ALL, _07_08_09,
        "Your program did not end on SIGTERM within the grace period and was killed.",
        "End on SIGTERM: finish the message in hand, then close the connection.",
        "the end of every run",
        "Every supervisor stops a service with SIGTERM first. What ignores it is killed in the middle of its work at each deployment.",
    ),
)
