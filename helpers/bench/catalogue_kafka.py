"""Mistakes of consumers on Kafka."""

from helpers.bench.mistake import Mistake

_KAFKA = ("kafka",)
_08 = ("08_kafka_consumer",)
_14 = ("14_kafka_no_loss",)
_17, _19 = "17_kafka_transactions", "19_scaling_and_order"

KAFKA: tuple[Mistake, ...] = (
    Mistake(
        "commit-before-work", "commit before work", "cause", _KAFKA, (*_08, _19, *_14, "21_kafka_capstone"),
        "Your program committed the position behind {orders} before {it/they} {was/were} charged. When the work came to "
        "nothing, the group went on behind {it/them}.",
        "Charge first, commit after.",
        "killed after a charge: what was committed and not yet charged is skipped",
        "A commit says where the group goes on after a restart. Made right after poll() it covers records that nobody has "
        "worked on, and every crash loses those.",
        ("commit right after poll", "auto-commit at a short interval, with the work in another thread"),
    ),
    Mistake(
        "commit-covers-unprocessed", "commit more than was done", "cause", _KAFKA, (*_08, _17, _19, *_14),
        "One commit covered {orders}, on which nobody had finished work. When the process died, the group went on "
        "behind {it/them}.",
        "Commit offset + 1 of the record that is done (commit({partition: OffsetAndMetadata(...)})), or once after the whole "
        "batch; with threads only as far as everything is done.",
        "killed after a charge",
        "commit() without offsets commits the consumer's position: the end of what poll() has returned, not the record in "
        "hand. Called inside the loop over a batch, the first call covers the whole batch. (The iterator form is different: "
        "there the position follows the record.) Auto-commit with the work handed to threads does the same behind your back.",
        ("commit() inside the loop over a polled batch", "auto-commit, with the work handed to threads"),
    ),
    Mistake(
        "commit-on-close", "close commits what was not done", "cause", _KAFKA, (*_08, *_14),
        "Your program ended, and on the way out it committed the position behind {orders}, which {was/were} never charged.",
        "Turn auto-commit off and commit what is done; or close(autocommit=False) after an error.",
        "one charge fails with 503",
        "With enable_auto_commit=True, close() commits the position: the end of the polled batch. In a finally it runs "
        "after an error, too, and the failed record and all behind it are skipped for good. Auto-commit by itself is at "
        "least once, as long as an error cannot reach close().",
        ("auto-commit", "finally: consumer.close()"),
    ),
    Mistake(
        "commit-off-by-one", "commit the offset, not the next one", "cause", _KAFKA, _08,
        "Each commit named the record that was just charged. The committed offset is the one to read next, so after a restart "
        "{orders} {is/are} charged again, without any crash.",
        "Commit record.offset + 1.",
        "the end of every partition",
        "A committed offset is where the group goes on. Committing the offset of the last record itself makes it come again "
        "at every start and every rebalance.",
    ),
    Mistake(
        "no-commit", "never commit", "cause", _KAFKA, _08,
        "Your program charged {orders} and committed nothing: after a restart the group began again, and charged {it/them} "
        "again.",
        "Commit after the charge (or keep the position somewhere that a restart finds).",
        "killed after everything was charged and time had passed",
        "Without a commit nothing looks wrong while the process lives: poll() goes on by itself. The committed offset is only "
        "read when a member starts or a partition changes hands, and then everything since the last commit comes again.",
        ("enable_auto_commit=False and no commit()",),
    ),
    Mistake(
        "swallow-and-commit", "swallow the error, then commit", "cause", _KAFKA, _08,
        "The shop answered 503 for {orders}; your program committed past {it/them} all the same. {It/They} {was/were} "
        "never charged.",
        "Do not commit past a record that is not done: wait and try again, seek back to it, or first put it aside in a "
        "safe place.",
        "one charge fails with 503",
        "A commit covers all that lies before it. Going on to the next record after an error and committing there gives up "
        "the failed one silently: there is no acknowledgement of single records to withhold.",
        ("except: pass", "commit in a finally", "the failed record is left for later, the later ones are committed"),
    ),
    Mistake(
        "skip-and-commit", "commit without an attempt", "cause", _KAFKA, _08,
        "Your program committed past {orders} and never tried to charge {it/them}.",
        "Commit past a record only once it was charged, or put away in a safe place.",
        "any run",
        "A filter, an early `continue` or a seek to the end leaves out records that the group will never be given again.",
        ("filtering by customer for another worker", "poison-skipped"),
    ),
    Mistake(
        "latest-misses-backlog", "begin at the end", "cause", _KAFKA, _08,
        "Your program began at the end of the topic: {orders}, which stood there before, {was/were} never fetched.",
        'Set auto_offset_reset="earliest" (auto.offset.reset, fromBeginning): the default of most clients is "latest". And do '
        "not seek to the end when you start.",
        "the orders stand in the topic before the program starts",
        "auto_offset_reset decides where a group begins that has no committed offset. \"latest\" skips everything produced "
        "before its first poll: the consumer seems to hang.",
        ("auto_offset_reset left at its default", "the consumer hangs", "seek_to_end() at the start"),
    ),
    Mistake(
        "group-of-one-each", "a group for each process", "cause", _KAFKA, (*_08, _17, *_14),
        "Each start of your program joined another group: each was given every order anew, and {orders} {was/were} charged "
        "again.",
        "Use one fixed group id (GROUP) for all processes that share the work, and keep it over restarts.",
        "killed, or a second member joins",
        "Committed offsets belong to the group. A random group id begins from nothing at every start, and two processes with "
        "different ids both get everything.",
        ("group_id=str(uuid.uuid4())",),
    ),
    Mistake(
        "client-join-hang", "a group member without partitions", "cause", _KAFKA, _08,
        "Your consumer joined its group before it knew the topic's partitions, was given none, and never began to fetch: "
        "{orders} {was/were} not read.",
        "With kafka-python 3.0.12 call poll(timeout_ms=1000) or more, iterate over the consumer, or call "
        "consumer.partitions_for_topic(topic) between the subscription and the first poll.",
        "the start of the program",
        "In kafka-python 3.0.12 a short poll (100 to 300 ms) can send the join before the topic's metadata has come; the "
        "member that leads the group then assigns nothing. It joins again when the metadata is there, and where that join is "
        "answered between two short polls nobody takes it up.",
        ("poll(timeout_ms=100) returns nothing for ever",),
    ),
    Mistake(
        "poll-interval-exceeded", "work longer than the poll interval", "cause", _KAFKA, _08,
        "Your consumer did not poll for longer than max_poll_interval_ms while it charged {orders}: it left its group, its "
        "commit failed, and the order is charged again by whoever gets the partition.",
        "Poll fewer records at a time (max_poll_records), set max_poll_interval_ms above the longest work, or pause the "
        "partitions and go on polling while a thread works.",
        "one charge takes longer than the poll interval",
        "Heartbeats come from a thread of their own and prove nothing about the work. A member that does not call poll() in "
        "time is taken for stuck and leaves: its partitions go to others, and its commits are refused.",
        ("CommitFailedError",),
    ),
    Mistake(
        "assign-is-not-a-group", "assign is not a group", "remark", _KAFKA, _08,
        "Two processes read the same partitions by assign(): both charged {orders}.",
        "subscribe() with a group id shares the partitions out. With assign() you share them out yourself.",
        "a second member joins",
        "assign() takes partitions without asking anybody. It may commit under a group's name, but nobody is told of the "
        "others: no rebalance, no take-over after a crash.",
    ),
    Mistake(
        "more-members-than-partitions", "more members than partitions", "remark", _KAFKA, _08,
        "Your group has more members than the topic has partitions: at least one has nothing to do.",
        "Use at most as many members as there are partitions, or more partitions.",
        "the assignment",
        "A partition belongs to one member of a group at a time, so partitions are the limit of its parallelism.",
    ),
)
