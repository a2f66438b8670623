"""Mistakes of the lab that examines topics, keys and partitions."""

from helpers.bench.mistake import Mistake

_KAFKA, _ALL = ("kafka",), ("rabbitmq", "kafka", "redis")
_00, _02 = ("00_configure",), ("02_kafka_topics",)

TOPICS: tuple[Mistake, ...] = (
    Mistake(
        "topic-missing", "no such topic", "cause", _KAFKA, _02,
        "There was no topic of the name asked for.",
        "Create it with the admin client, and look at the answer for each topic.",
        "a look at the topics",
        "An admin client answers for each topic; some raise only when you ask the future for its result.",
        ("a future never looked at",),
    ),
    Mistake(
        "partitions-differ", "another number of partitions", "cause", _KAFKA, _02,
        "The topic has another number of partitions than asked for.",
        "Create the topic with its partitions before anything is sent to it. A producer that comes first makes Kafka create it "
        "with one.",
        "a look at the topics",
        "auto.create.topics.enable is on by default: the first send to an unknown topic creates it with the broker's "
        "defaults, and the program that comes to create it finds it there.",
        ("sent before created", "partitions forgotten"),
    ),
    Mistake(
        "wrong-unit", "a number in the wrong unit", "cause", _ALL, (*_00, *_02),
        "The number would be right in another unit than the one the setting counts in.",
        "Look for the unit in the setting's name or its documentation: retention.ms counts milliseconds, maxmemory and "
        "vm_memory_high_watermark.absolute count bytes unless a unit is written.",
        "the setting is read back from the broker",
        "Brokers accept any number. Three days in seconds, read as milliseconds, are four minutes.",
    ),
    Mistake(
        "config-differs", "a setting that is not as asked", "cause", _ALL, (*_00, *_02),
        "A setting is not what was asked for.",
        "Write it out, in the file or where the topic is created; for a topic that is there, alter its configuration.",
        "the setting is read back from the broker",
        "Create-topics on a topic that exists changes nothing, whatever configuration it carries.",
        ("retention forgotten",),
    ),
    Mistake(
        "not-compacted", "a topic that forgets the newest", "cause", _KAFKA, _02,
        "The topic is not compacted: a record is deleted when it is old, even if it is the newest of its key.",
        "Create it with cleanup.policy=compact.",
        "the configuration is read back",
        "With cleanup.policy=delete age decides. With compact the newest record of each key stays, and a record without a "
        "value deletes the key.",
    ),
    Mistake(
        "events-missing", "what was sent is not there", "cause", _KAFKA, _02,
        "Not all that should have been sent stands in the topic.",
        "Keep each future and ask for its result, or flush() and look at what failed; end the process the normal way.",
        "the topic is read to its end",
        "send() puts a record into a buffer. What is there when the process is ended hard was never sent.",
        ("os._exit after send()", "sent to another topic", "errors passed over"),
    ),
    Mistake(
        "no-key", "order asked for, no key given", "cause", _KAFKA, _02,
        "Records without a key go to any partition: what must stay in order is spread over several.",
        "Send with the key that names what must stay in order: key=customer.encode().",
        "each customer's events are looked up in the partitions",
        "Kafka keeps order within a partition only. Without a key a client spreads records as it likes.",
    ),
    Mistake(
        "wrong-key", "a key that is too fine", "cause", _KAFKA, _02,
        "The events of one customer were sent with several keys, so they stand in several partitions.",
        "Take as the key what the order is asked for: the customer, not the event and not the order.",
        "each customer's events are looked up in the partitions",
        "The key says what belongs together. A finer one spreads better and keeps less in order.",
        ("event id as key", "order id as key", "hash() as key: it differs from process to process"),
    ),
    Mistake(
        "partitions-added", "partitions added to a keyed topic", "cause", _KAFKA, _02,
        "Partitions were added while keyed records stood in the topic: the same key now goes elsewhere.",
        "Create the topic with all the partitions it will need; where there are too few, make a second topic and move over.",
        "each customer's events are looked up in the partitions",
        "The partition is the key's hash modulo the number of partitions. Another modulus sends most keys elsewhere; what "
        "was sent before stays where it is.",
    ),
    Mistake(
        "key-ignored", "a partition chosen past the key", "cause", _KAFKA, _02,
        "Records with the same key stand in several partitions: your program chose the partition by itself.",
        "Leave the choice to the partitioner, or choose the same partition for the same key, always.",
        "each customer's events are looked up in the partitions",
        "A partition given by hand, or a partitioner of one's own, takes precedence over the key.",
        ("partition=n % 6", "two producers with different partitioners"),
    ),
    Mistake(
        "one-key-for-all", "one key for everything", "cause", _KAFKA, _02,
        "All records have gone to one partition: only one consumer of a group can work.",
        "Take a key that differs from customer to customer.",
        "each customer's events are looked up in the partitions",
        "One key keeps everything in order, and makes all partitions but one useless. Where a total order is needed, a topic "
        "with one partition says so.",
        ("constant key", "partition=0"),
    ),
    Mistake(
        "out-of-order", "sent in another order", "cause", _KAFKA, _02,
        "Within a partition, a customer's events stand in another order than they happened.",
        "Send in the order of the file, from one producer, with idempotence on (the default): then retries keep the order, "
        "too.",
        "each customer's events are looked up in the partitions",
        "Kafka keeps the order in which records reach it. Threads, several producers or retries without idempotence change "
        "it before that.",
        ("threads", "grouped by kind before sending"),
    ),
)
