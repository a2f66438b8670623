"""Lab 20: the capstone on RabbitMQ: a producer and a consumer of the learner's own, and ten faults."""

from helpers.bench import gauntlet
from helpers.bench.lab import Lab

LAB = Lab(
    title="The capstone: ten faults, on RabbitMQ",
    broker="rabbitmq",
    roles=("producer", "consumer"),
    orders=gauntlet.ORDERS,
    declares=True,
    dead_letters=True,
    max_attempts=5,
    guarantees=("at-least-once", "effectively-once"),
    scenarios=gauntlet.SCENARIOS,
    hints=(
        "Follow one order from the shop to its charge, and one that cannot be charged to the dead letters. At each step: "
        "who has it, and what tells the one before that he may let go?",
        "You have written all of it before. Lab 13: confirms, a durable queue with persistent messages, acknowledgement "
        "after the charge. Lab 10: a waiting queue for each pause, the count of attempts in a header, and a copy that is "
        "confirmed before the original is acknowledged. What is new: QUEUE must be declared before the waiting queues "
        "send anything back to it, by both programs alike.",
        "Producer: queue_declare(QUEUE, durable=True), confirm_delivery(), basic_publish with delivery_mode=2 and "
        "mandatory=True, then accept(order). Consumer: declare QUEUE the same way, then f\"{QUEUE}.wait-{pause}\" for each "
        "pause as in lab 10; charge(order, key=order[\"id\"]); on Unavailable publish to the next waiting queue with the "
        "header attempts, after the fifth to DEAD_LETTERS with reason and attempts, on Refused at once; basic_ack only "
        "when that publish has returned.",
    ),
    usual="60 to 90 minutes",
    deadline=60.0,
)
