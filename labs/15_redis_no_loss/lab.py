"""Lab 15: a producer and a consumer on a Redis stream; what Redis keeps when it is killed is set by the learner."""

from helpers.bench.faults import Accepted, AfterAck, BeforeAck, BeforeConfirm, BeforePublish, Blackout, Charged, Kill, KillBroker
from helpers.bench.faults import Reset, SlowCharge
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="No order lost between shop and charge, on Redis",
    broker="redis",
    roles=("producer", "consumer"),
    orders=16,
    scenarios=(
        Scenario(
            "both-killed",
            "the producer is killed right after a promise; the consumer after a charge, and again after an acknowledgement",
            (Kill("producer", Accepted(5)), Kill("consumer", Charged(4)), Kill("consumer", AfterAck(9))),
        ),
        Scenario(
            "cut-both-ways",
            "an order, a reply and an acknowledgement are lost with their connections",
            (Blackout("producer", BeforePublish(7), 0.3), Reset("producer", BeforeConfirm(12)), Reset("consumer", BeforeAck(5))),
        ),
        Scenario(
            # While the first charge lasts, what has been promised waits in the stream. The consumer goes as well: what it has
            # read already it could else charge from its own memory.
            "server-killed",
            "Redis is killed while orders wait in the stream, then the consumer; both come back",
            (SlowCharge(1, 1.0), KillBroker(Accepted(8)), Kill("consumer", Charged(1))),
        ),
    ),
    hints=(
        "XADD answers with an id. Where does the entry stand at that moment, and where would Redis look for it when it is "
        "started again after kill -9?",
        "By default in memory only. appendonly yes with appendfsync always writes every command to disk before it is answered. "
        "CONFIG SET changes the running server, CONFIG REWRITE its file, and WAITAOF says when the file is there. On the other "
        "side an entry is pending with its reader until XACK, also over a restart: ask for your own with the id 0.",
        "Producer, before the first order: r.config_set(\"appendonly\", \"yes\"); r.config_set(\"appendfsync\", \"always\"); "
        "r.config_rewrite(). For each order: r.xadd(STREAM, {\"order_id\": …, \"body\": …}), r.waitaof(1, 0, 5000), which must "
        "answer [1, 0], then accept(order). Consumer: first xreadgroup(GROUP, CONSUMER, {STREAM: \"0\"}), then \">\" in a loop; "
        "charge(order), then xack.",
    ),
    usual="20 to 30 minutes",
    deadline=30.0,
)
