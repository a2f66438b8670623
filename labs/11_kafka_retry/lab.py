"""Lab 11: retries with back-off, and dead letters, on Kafka."""

from helpers.bench.faults import FOR_EVER, FailCharge, Kill, Malformed, Poison, Published, Sending
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Retries and dead letters on Kafka",
    broker="kafka",
    roles=("consumer",),
    orders=24,
    partitions=3,
    spread=True,
    dead_letters=True,
    max_attempts=5,
    guarantees=("at-least-once",),
    deadline=30.0,
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
            "killed after a copy was sent and before the commit; then cut off and killed while another copy is on its way",
            (FailCharge(2, times=3), Poison(6), Poison(10), Kill("consumer", Sending(2)), Kill("consumer", Published(1))),
        ),
        Scenario(
            "no-order",
            "one record in the topic is cut off in the middle: no JSON",
            (Malformed(5),),
        ),
    ),
    hints=(
        "A commit is a position, so a partition cannot leave one record open and go on. Where can an order wait that others "
        "are not to wait behind, and what must be true of it there before you commit past it here?",
        "Send it into a topic of its own, a retry topic, and commit. Your consumer reads the retry topics, too: a record that is "
        "not due yet is left standing with pause() and seek(), and its partition resumed later. One topic for each pause, for "
        "within a partition records are read in order. The count of attempts travels in a header. What is given up goes to "
        "DEAD_LETTERS.",
        "On Unavailable: attempts = int(dict(record.headers).get(\"attempts\", 0)) + 1. Fewer than 5: producer.send() the same "
        "value and key to f\"{TOPIC}-retry-{pause}\" with the header; else to DEAD_LETTERS with headers reason and attempts. "
        ".get(timeout=10) on what send() returns, and only then commit record.offset + 1. On Refused, and where json.loads "
        "raises: to DEAD_LETTERS at once. A record of a retry topic is due at record.timestamp / 1000 + pause: until then "
        "consumer.pause(place) and consumer.seek(place, record.offset).",
    ),
    usual="40 to 60 minutes",
)
