"""Lab 10: retries with back-off, and dead letters, on RabbitMQ."""

from helpers.bench.faults import FOR_EVER, AfterAck, BeforePublish, FailCharge, Kill, KillBroker, Poison, Published, Reset, SlowCharge
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Retries and dead letters on RabbitMQ",
    broker="rabbitmq",
    roles=("consumer",),
    orders=24,
    queue_type="quorum",
    dead_letters=True,
    max_attempts=5,
    guarantees=("at-least-once",),
    deadline=45.0,
    scenarios=(
        Scenario(
            "away-and-refused",
            "the shop is away for two orders for a while (503), and refuses another for ever (422)",
            (FailCharge(3, times=3), FailCharge(6, times=2), Poison(9)),
        ),
        Scenario(
            "never-back",
            "one order fails at every attempt, another is refused; then the shop is mended, and the dead letters are put back",
            (FailCharge(4, FOR_EVER), Poison(8)),
            redrive=True,
        ),
        Scenario(
            "killed-between",
            "killed after an order was sent to wait or to the dead letters, before it is acknowledged",
            (FailCharge(3, times=2), Poison(7), Kill("consumer", Published(1))),
        ),
        Scenario(
            # The slow charge gives the program's own queues time to settle: a quorum queue declared less than two seconds before
            # the kill of a single node comes back empty (see stage_rabbitmq).
            "broker-killed",
            "the broker is killed while an order waits for its next attempt",
            (SlowCharge(1, 2.2), FailCharge(6, times=3), KillBroker(AfterAck(6))),
        ),
        Scenario(
            "cut-off",
            "the connection is cut while a dead letter is on its way",
            (Poison(5), Reset("consumer", BeforePublish(1))),
        ),
    ),
    hints=(
        "While an order waits for its next attempt: where is it, and who is served meanwhile? And where does the number of "
        "attempts stand, so that it is still there after a crash?",
        "Let RabbitMQ do the waiting. A queue that nobody consumes, with `x-message-ttl` and a dead-letter exchange that leads "
        "back to QUEUE, holds a message for a while and returns it. One such queue for each pause, for within one queue messages "
        "leave in order. The count of attempts travels in a header of your own. What is given up goes to DEAD_LETTERS.",
        "On Unavailable: attempts = (properties.headers or {}).get(\"attempts\", 0) + 1. Fewer than 5: publish the same body to "
        "f\"{QUEUE}.wait-{pause}\" with the header, persistent, confirmed, mandatory; else to DEAD_LETTERS with headers reason and "
        "attempts. Only when basic_publish has returned: basic_ack. On Refused: to DEAD_LETTERS at once. Declare each waiting "
        "queue durable, with arguments x-message-ttl, x-dead-letter-exchange=\"\" and x-dead-letter-routing-key=QUEUE.",
    ),
    usual="30 to 45 minutes",
)
