"""Lab 14: a producer and a consumer on Kafka, safe end to end, while a member joins and another leaves."""

from helpers.bench.faults import Accepted, AfterAck, BeforeAck, BeforeConfirm, BeforePublish, Blackout, Charged, Join, Kill
from helpers.bench.faults import KillBroker, Leave, Reset, SlowUntilJoined
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="No order lost between shop and charge, on Kafka",
    broker="kafka",
    roles=("producer", "consumer"),
    orders=16,
    partitions=3,
    scenarios=(
        Scenario(
            "both-killed",
            "the producer is killed right after a promise, the consumer after a charge",
            (Kill("producer", Accepted(5)), Kill("consumer", Charged(4))),
        ),
        Scenario(
            "cut-both-ways",
            "an order, an answer and a commit are lost with their connections; then the consumer is killed after a commit",
            # Not in the run above: a producer that is started again sends copies, and a copy may make good for what a consumer lost.
            (Blackout("producer", BeforePublish(7), 0.3), Reset("producer", BeforeConfirm(12)), Reset("consumer", BeforeAck(5)),
             Kill("consumer", AfterAck(8))),
        ),
        Scenario(
            "rebalance",
            "a second consumer joins while a charge takes long; then the first is asked to end",
            (Join("consumer", Charged(1)), SlowUntilJoined(4, 1.2), Leave("consumer", Charged(9))),
        ),
        Scenario(
            "broker-killed",
            "the broker is killed in the middle, and comes back",
            (KillBroker(Accepted(8)),),
        ),
    ),
    hints=(
        "Follow one order from the shop to its charge. Who holds it at each step, what tells the one before that it is safe "
        "there, and what will the group take for done after a restart?",
        "Two hand-overs are yours. Producer to Kafka: the answer to each record, in its future, with acks=\"all\"; accept() only "
        "after it. Topic to charge: the commit, a position behind what is charged, never behind what poll() has returned. When "
        "partitions move to another member, it goes on at the last commit.",
        "Producer: future = producer.send(TOPIC, key=order[\"customer\"].encode(), value=json.dumps(order).encode()), then "
        "future.get(timeout=30), then accept(order). Consumer: enable_auto_commit=False; for each record charge it, and then "
        "consumer.commit({place: OffsetAndMetadata(record.offset + 1, \"\", -1)}). A CommitFailedError says that somebody else "
        "has the partition by now: drop the rest of the batch, and poll again.",
    ),
    usual="20 to 30 minutes",
    deadline=60.0,
)
