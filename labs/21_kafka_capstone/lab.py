"""Lab 21: the capstone on Kafka: a producer and a consumer of the learner's own, and ten faults."""

from helpers.bench import gauntlet
from helpers.bench.lab import Lab

LAB = Lab(
    title="The capstone: ten faults, on Kafka",
    broker="kafka",
    roles=("producer", "consumer"),
    orders=gauntlet.ORDERS,
    partitions=3,
    spread=True,
    dead_letters=True,
    max_attempts=5,
    guarantees=("at-least-once", "effectively-once"),
    scenarios=gauntlet.SCENARIOS,
    hints=(
        "Follow one order from the shop to its charge, and one that cannot be charged to the dead letters. At each step: "
        "who has it, and what tells the one before that he may let go?",
        "You have written all of it before. Lab 14: acks=\"all\", a promise only after the future has answered, a commit that "
        "covers nothing but what is charged. Lab 11: a retry topic for each pause, the count of attempts in a header, pause() "
        "and seek() at a record that is not due, and a copy that has been answered before the original is committed.",
        "Producer: producer.send(TOPIC, key=order[\"customer\"].encode(), value=json.dumps(order).encode()), .get(timeout=30) "
        "on what it returns, then accept(order). Consumer: make the retry topics and subscribe to all of them, as in lab 11; "
        "charge(order, key=order[\"id\"]); on Unavailable send the record to the next retry topic with the header attempts, "
        "after the fifth to DEAD_LETTERS with reason and attempts, on Refused at once, .get(timeout=10) each time; then commit "
        "{place: OffsetAndMetadata(record.offset + 1, \"\", -1)}, record by record.",
    ),
    usual="60 to 90 minutes",
    deadline=60.0,
)
