"""Lab 22: the capstone on Redis: a producer and a consumer of the learner's own, and ten faults."""

from helpers.bench import gauntlet
from helpers.bench.lab import Lab

LAB = Lab(
    title="The capstone: ten faults, on Redis",
    broker="redis",
    roles=("producer", "consumer"),
    orders=gauntlet.ORDERS,
    dead_letters=True,
    max_attempts=5,
    guarantees=("at-least-once", "effectively-once"),
    scenarios=gauntlet.SCENARIOS,
    hints=(
        "Follow one order from the shop to its charge, and one that cannot be charged to the dead letters. At each step: "
        "who has it, what tells the one before that he may let go, and is it on disk there?",
        "You have written all of it before. Lab 15: an append-only file that is written before Redis answers, and is in the "
        "server's own file. Lab 12: what met a 503 stays pending, XPENDING says when it is due and how often it was tried, "
        "XCLAIM takes it up, and what is given up is written and acknowledged in one MULTI/EXEC.",
        "Producer: config_set(\"appendonly\", \"yes\"), config_set(\"appendfsync\", \"always\"), config_rewrite(); for each "
        "order xadd, waitaof(1, 0, 5000), which must answer [1, 0], then accept(order). Consumer: in each round what "
        "xpending_range shows as due is taken with xclaim, as in lab 12, then xreadgroup with \">\"; charge(order, "
        "key=order[\"id\"]), then xack; on Unavailable leave it pending, after the fifth attempt and on Refused "
        "pipeline(transaction=True).xadd(DEAD_LETTERS, {**fields, \"reason\": …, \"attempts\": …}).xack(…).execute().",
    ),
    usual="60 to 90 minutes",
    deadline=60.0,
)
