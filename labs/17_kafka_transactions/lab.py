"""Lab 17: read, transform, write: each order becomes one invoice in another topic, whatever dies in between."""

from helpers.bench.faults import Committed, Cut, Kill, Published, Zombie
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="One invoice for each order, with Kafka transactions",
    broker="kafka",
    roles=("consumer",),
    orders=12,
    partitions=2,
    output=True,
    aborted=4,
    guarantees=("effectively-once",),
    scenarios=(
        Scenario(
            "killed-before-commit",
            "killed between send and commit; later the connection is cut under a commit",
            (Kill("consumer", Published(5)), Cut("consumer", Committed(9))),
        ),
        Scenario(
            "killed-after-commit",
            "killed right after a commit",
            (Kill("consumer", Committed(5)),),
        ),
        Scenario(
            "zombie",
            "stands still in the middle of a transaction, is replaced, and wakes up again",
            (Zombie("consumer", Published(5)),),
        ),
    ),
    hints=(
        "For each order your program changes two things in Kafka: a record in OUTPUT_TOPIC, and the group's offset. It can be "
        "killed between any two lines. Which of the two is there, and which is missing, when it starts again?",
        "A transactional producer can commit both in one step: the record that it sends, and the offset of the record that was "
        "read. The offset must then go with the producer, not with consumer.commit(). Its transactional id is how a new process "
        "ends what the old one left. And look at what stands in TOPIC: not everything there was ever committed.",
        "KafkaProducer(transactional_id=os.environ[\"TRANSACTIONAL_ID\"]), once init_transactions(). For each record: "
        "begin_transaction(); send(OUTPUT_TOPIC, …); send_offsets_to_transaction({place: OffsetAndMetadata(record.offset + 1, "
        "\"\", -1)}, consumer.group_metadata()); commit_transaction(). The consumer: enable_auto_commit=False, "
        "isolation_level=\"read_committed\", and no commit() of its own.",
    ),
    usual="20 to 40 minutes",
)
