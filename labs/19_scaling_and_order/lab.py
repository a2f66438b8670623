"""Lab 19: many workers, and the orders of each customer still one after the other, while members come and go."""

from helpers.bench.faults import AfterAck, Charged, FailCharge, Join, Kill, Leave, SlowCharge, SlowUntilJoined
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="Many workers, and each customer's orders in order",
    broker="kafka",
    roles=("consumer",),
    orders=24,
    partitions=3,
    ordered=True,
    guarantees=("at-least-once",),
    scenarios=(
        Scenario(
            "slow-charge",
            "two charges take long, and the process is killed after a commit",
            (SlowCharge(2, 0.4), SlowCharge(5, 0.4), Kill("consumer", AfterAck(4))),
        ),
        Scenario(
            "second-member",
            "a second process joins while charges take long",
            (Join("consumer", Charged(2)), *(SlowUntilJoined(n, 1.6) for n in (4, 5, 6))),
        ),
        Scenario(
            "leaves",
            "one charge fails at first; a second process starts, and the first is asked to end",
            (FailCharge(3, times=1), Join("consumer", Charged(2)), Leave("consumer", Charged(8))),
        ),
    ),
    hints=(
        "Within a partition the records come in order, and all orders of a customer stand in one partition. At which line of "
        "your program does that order get lost, and what would have to be true of two threads for it to be kept?",
        "Let at most one thread work on a partition. While it does, pause() the partition, so that you can go on polling "
        "(and stay a member) without being given more of it. Commit only what is done, and only from the thread that polls: the "
        "consumer is not thread-safe. And ask what happens to a worker's records when the partition goes to somebody else.",
        "pool.submit(work, place, records) for each partition of the batch, and consumer.pause(place). work() charges one record "
        "after the other, tries again on Unavailable in place, notes done[place] = record.offset + 1 and stops where place is in "
        "a set of lost partitions. The polling loop commits done and calls resume(place) when the worker has finished. "
        "on_partitions_revoked: put the partitions into that set, wait for their workers, commit done.",
    ),
    usual="30 to 60 minutes",
)
