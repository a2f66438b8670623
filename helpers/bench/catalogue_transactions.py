"""Mistakes on Kafka beyond the single consumer: transactions, and what they do not hold; several workers and one order."""

from helpers.bench.mistake import Mistake

_KAFKA = ("kafka",)
_17 = ("17_kafka_transactions",)
_19 = ("19_scaling_and_order",)

TRANSACTIONS: tuple[Mistake, ...] = (
    Mistake(
        "read-uncommitted", "read uncommitted", "cause", _KAFKA, _17,
        "Your program read {orders} from a transaction that had been aborted, and sent {it/them} on: nobody ever ordered "
        "{it/them}.",
        'Set isolation_level="read_committed" (isolation.level) in the consumer: most clients default to read_uncommitted.',
        "records of an aborted transaction stand in the topic",
        "An aborted transaction removes nothing: its records stay in the log, followed by a marker. Only a consumer that asks "
        "for committed records leaves them out. confluent-kafka (librdkafka) defaults to read_committed, Java, kafka-python "
        "and aiokafka do not.",
        ("isolation_level left at its default",),
    ),
    Mistake(
        "random-transactional-id", "a new transactional id at each start", "cause", _KAFKA, _17,
        "Each start of your program took another transactional id, so nothing ended the transaction that its predecessor had "
        "left: {orders} cannot be seen by readers of committed records, or {was/were} sent on twice.",
        "Keep the transactional id over restarts (TRANSACTIONAL_ID): init_transactions() under the same id aborts what the "
        "predecessor left open, and fences it.",
        "killed between send and commit; replaced while it stood still",
        "The transactional id is how the broker knows a successor. Under a new one the old transaction stays open until it times "
        "out (60 s unless told otherwise), and until then a reader of committed records gets nothing that stands behind it. "
        "The predecessor itself, should it only have slept, is not fenced by its producer either.",
        ("transactional_id=str(uuid.uuid4())", "the process id or the host name of a container as transactional id"),
    ),
    Mistake(
        "offsets-outside-transaction", "offsets outside the transaction", "cause", _KAFKA, _17,
        "Your program committed its offsets with a commit of its own, beside the transaction. The process died between the two "
        "commits, and {orders} {was/were} skipped or sent on twice.",
        "Send the offsets within the transaction: producer.send_offsets_to_transaction(offsets, consumer.group_metadata()), "
        "enable_auto_commit=False, and no consumer.commit().",
        "killed right after the first of the two commits",
        "A transaction makes the records of one producer and the offsets that it was sent one step. A commit by the consumer "
        "is a second step, before or after: in between a crash can fall. Before it loses, after it doubles.",
        ("consumer.commit() after commit_transaction()", "consumer.commit() before commit_transaction()",
         "auto-commit beside a transaction"),
    ),
    Mistake(
        "no-transaction", "no transaction", "cause", _KAFKA, _17,
        "Your program sent {orders} on without a transaction: record and offset were two steps, and the process died between "
        "them.",
        "Give the producer a transactional_id, and send the records and the offsets in one transaction.",
        "killed between send and commit",
        "An idempotent producer removes the doubles of its own retries, within one life of the producer. It knows nothing of "
        "the offset from which the record was made: after a crash the order is read again, and sent again, as a new record.",
        ("enable_idempotence=True is exactly once", "produce, flush, commit", "commit, then produce"),
    ),
    Mistake(
        "abort-without-seek", "an abort without a way back", "cause", _KAFKA, _17,
        "Your program aborted the transaction with {orders} in it, went on with the records that came after, and committed "
        "their offsets: {orders} {was/were} skipped.",
        "After abort_transaction() seek() each partition back to the first record of the batch (or to committed()), and read "
        "it again.",
        "any abort",
        "An abort takes back what was sent, not what was read: the consumer's position lives in its memory, behind the batch. "
        "The next commit covers all that lies before it.",
        ("except: producer.abort_transaction(), and on with the loop",),
    ),
    Mistake(
        "transaction-never-committed", "a transaction never committed", "cause", _KAFKA, _17,
        "Your program sent {orders} in a transaction and never committed it.",
        "commit_transaction() after each record or each polled batch.",
        "any run",
        "Flushed is not committed: the records stand in the log, and no reader of committed records sees them. At the next "
        "start, or when the transaction times out, they are aborted.",
        ("flush() instead of commit_transaction()", "one transaction for the whole life of the process"),
    ),
    Mistake(
        "transaction-is-end-to-end", "the transaction ends at Kafka's edge", "remark", _KAFKA, _17,
        "Your program charged {orders} twice, while the output topic holds each once: what was done outside Kafka is not in the "
        "transaction.",
        "Give the charge an idempotency key, or let the reader of the output topic make it.",
        "killed between send and commit",
        "A Kafka transaction holds records and offsets of one cluster. A call to somebody else is neither undone by an abort "
        "nor kept from being repeated.",
        ("exactly once is a setting",),
    ),
    Mistake(
        "charged-out-of-order", "a customer's orders overtake each other", "cause", _KAFKA, _19,
        "Your program had {orders} in its hands before a later order of the same customer, and charged the later one first.",
        "Let one worker do all orders of a customer, one after the other: a queue for each partition, or for each customer (by "
        "a hash of the customer, not of the order).",
        "one charge takes long, another fails at first",
        "A partition keeps its order up to poll(). A pool of threads throws that away: whoever is free takes the next record, "
        "and one slow charge is overtaken by all behind it. So is an order that is put at the end of the queue to be tried "
        "again.",
        ("ThreadPoolExecutor.map over the batch", "a worker chosen by the order's id",
         "a failed order put at the end of the line"),
    ),
    Mistake(
        "charges-after-revocation", "work that goes on after the partition has gone", "cause", _KAFKA, _19,
        "Your program began to charge {orders} after the group had given the partition to another member: two processes are at "
        "work on the same customers.",
        "In on_partitions_revoked stop the partition's worker, wait until the order in hand is done, and commit what is done; "
        "drop what it has not begun.",
        "a second member joins while one charge takes long",
        "A rebalance takes partitions away between two polls. Records that wait in a worker's own queue are not taken away: "
        "unless the listener empties it, the old and the new owner charge the same orders side by side, and whose comes first "
        "is luck.",
        ("no rebalance listener beside worker threads", "on_partitions_revoked does nothing"),
    ),
)
