"""Lab 18: a row in a database and an event about it: both or neither, though the two have no transaction in common."""

from helpers.bench.faults import BeforePublish, Blackout, Kill, Point
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="A row and its event: the outbox",
    broker="rabbitmq",
    roles=("producer",),
    orders=12,
    queue_type="quorum",
    bindings=("order.placed",),
    table="orders",
    guarantees=("at-least-once",),
    scenarios=(
        Scenario(
            "after-commit",
            "killed when the row is committed",
            (Kill("producer", Point("committed", 5)),),
        ),
        Scenario(
            "after-sent",
            "killed when the event is confirmed",
            (Kill("producer", Point("sent", 5)),),
        ),
        Scenario(
            "cut-on-the-way",
            "the connection is cut while an event is on its way to the broker",
            (Blackout("producer", BeforePublish(5), 0.4),),
        ),
    ),
    hints=(
        "Your program makes two promises for each order, to two systems: a row here, an event there. It can be killed "
        "between any two "
        "lines. Which of the two comes first in your program, and who still knows afterwards that the other one is owing?",
        "Only one system has transactions that you can use: the database. So write everything that must happen together into it, "
        "in one transaction: the row, and a note that an event is to be sent (an outbox table). Sending is then a "
        "second job, which "
        "reads the notes that are there, also those that an earlier life of your program has left. When may a note go?",
        "db.execute(\"CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, body TEXT NOT NULL)\"). For each order: with db: "
        "INSERT INTO orders, INSERT INTO outbox. Then, and once at the start: for n, body in db.execute(\"SELECT n, body FROM "
        "outbox ORDER BY n\").fetchall(): basic_publish (confirm_delivery, mandatory=True, delivery_mode 2), which "
        "returns when it is "
        "confirmed; then with db: DELETE FROM outbox WHERE n = ?. Let a broken connection end the program: it is started again.",
    ),
    usual="20 to 30 minutes",
)
