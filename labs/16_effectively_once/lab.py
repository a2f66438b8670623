"""Lab 16: an idempotent consumer: the effect and the mark in one transaction, whatever dies, however often an order comes."""

from helpers.bench.faults import AfterAck, BeforeAck, Kill, Point
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Effectively once, with an inbox",
    broker="rabbitmq",
    roles=("consumer",),
    orders=12,
    queue_type="quorum",
    table="payments",
    # An early copy, two orders that change places, and late copies. Six deliveries are done when the seventh is killed: no
    # prefetch that people use, so that a delivery tag and the flag `redelivered` cannot look the same (rules/inbox.py).
    sent=(1, 2, 1, 4, 3, 5, 6, 7, 8, 9, 10, 11, 12, 3, 10, 2),
    guarantees=("effectively-once",),
    scenarios=(
        Scenario(
            "before-transaction",
            "killed before anything is written",
            (Kill("consumer", Point("before-transaction", 6)),),
        ),
        Scenario(
            "between",
            "killed between the mark and the effect",
            (Kill("consumer", Point("between", 6)),),
        ),
        Scenario(
            "before-commit",
            "killed when both are written, before the commit",
            (Kill("consumer", Point("before-commit", 6)),),
        ),
        Scenario(
            "before-ack",
            "killed after the commit, before the acknowledgement",
            (Kill("consumer", BeforeAck(6)),),
        ),
        Scenario(
            # Here a late copy would mend what is lost, so that comes last; and it finds what was only written too late.
            "after-ack",
            "killed right after an acknowledgement, and once more in the middle; then every order comes again, the last "
            "one first",
            (Kill("consumer", AfterAck(4)), Kill("consumer", Point("between", 8))),
            sent=(*range(1, 13), *range(12, 0, -1)),
        ),
    ),
    hints=(
        "An order comes again. Where could your program look to know that it has done it: in its memory, in the message, in a "
        "table? And which of these still tells the truth if the process died right before, or right after, it wrote there?",
        "Two writes can be torn apart, one cannot. The database makes two writes one: what stands in a transaction is there as a "
        "whole or not at all. So keep the ids of orders that are done in a table beside payments, and enter an id in the "
        "transaction that writes the payment. Let a key decide, not a SELECT before it.",
        "db.execute(\"CREATE TABLE IF NOT EXISTS inbox (order_id TEXT PRIMARY KEY)\") at the start. For each order: with db: "
        "new = db.execute(\"INSERT OR IGNORE INTO inbox VALUES (?)\", (order[\"id\"],)).rowcount; if new: the INSERT into "
        "payments. The block commits at its end. After it, and only there, basic_ack, for copies as well.",
    ),
    usual="20 to 30 minutes",
)
