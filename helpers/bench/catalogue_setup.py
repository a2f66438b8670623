"""Mistakes of labs that examine what was set up: topologies, topics, streams, configuration files."""

from helpers.bench.mistake import Mistake

_RABBITMQ, _KAFKA, _REDIS = ("rabbitmq",), ("kafka",), ("redis",)
_ALL = ("rabbitmq", "kafka", "redis")
_00, _01, _02, _03 = ("00_configure",), ("01_rabbitmq_topology",), ("02_kafka_topics",), ("03_redis_streams_and_channels",)

_SEVERAL = (
    Mistake(
        "set-up-not-repeatable", "set up only once", "cause", _ALL, (*_01, *_02, *_03),
        "Your program failed when it was started a second time: what the first start had made stood there already.",
        "Let the set-up find what it would make: declare with the same arguments (RabbitMQ), pass over TopicAlreadyExists "
        "(Kafka) and BUSYGROUP (Redis), and nothing else.",
        "the program is started twice",
        "Set-up code runs at every deployment, and two instances of a service run it at the same moment. It says what is to "
        "stand there, and does nothing where it stands.",
    ),
    Mistake(
        "set-up-deletes", "a set-up that deletes", "cause", _ALL, (*_01, *_02, *_03),
        "Your program deleted what stood there, and made it anew: what waited in it is gone.",
        "Declare, create, bind; never delete or purge in a set-up. Where arguments have to change, make a second queue or "
        "topic beside the first, and move over.",
        "the program is started twice, and messages wait between the two starts",
        "Deleting first makes every declaration succeed: on the laptop. In production the same line empties the queue at each "
        "deployment.",
        ("queue_delete before queue_declare", "delete_topics before create_topics", "XGROUP DESTROY before XGROUP "
                                                                                    "CREATE", "DEL of the stream"),
    ),
)

_TOPOLOGY = (
    Mistake(
        "exchange-missing", "no such exchange", "cause", _RABBITMQ, _01,
        "There was no exchange of the name asked for.",
        "Declare it: channel.exchange_declare(EXCHANGE, \"topic\", durable=True).",
        "a look at what stands in the virtual host",
        "Publishing to an exchange that does not exist closes the channel with 404 NOT_FOUND. Without confirms the producer "
        "may not notice for a while.",
        ("auto_delete exchange", "another name"),
    ),
    Mistake(
        "queue-missing", "no such queue", "cause", _RABBITMQ, _01,
        "There was no queue of the name asked for.",
        "Declare it by name, durable, neither exclusive nor auto-delete: an exclusive queue is gone with the connection that "
        "made it.",
        "a look at what stands in the virtual host",
        "A queue belongs to the topology, not to the program that happens to declare it. exclusive=True is for replies to one "
        "connection, and ends with it.",
        ("exclusive queue", "auto-delete queue", "queue named by the server"),
    ),
    Mistake(
        "non-durable-queue", "a queue that does not survive a restart", "cause", _RABBITMQ, (*_01, "13_rabbitmq_no_loss"),
        "The queue was declared with durable=False: it is gone when RabbitMQ restarts, with all that waits in it.",
        "Declare it durable: queue_declare(NAME, durable=True). Messages must be persistent, too.",
        "a look at what stands in the virtual host; the broker is killed",
        "durable=False is the default of many clients. The queue, its bindings and all messages are gone after a restart; "
        "the producer goes on publishing into nothing.",
    ),
    Mistake(
        "wrong-queue-type", "another type of queue", "cause", _RABBITMQ, _01,
        "The queue is of another type than the one asked for.",
        "Say the type when you declare: arguments={\"x-queue-type\": \"quorum\"}. It cannot be changed afterwards.",
        "a look at what stands in the virtual host",
        "Without x-queue-type a queue is classic (or what the virtual host has as its default): one node, no replicas. A "
        "quorum queue is replicated, and counts how often a message has come back.",
    ),
    Mistake(
        "wrong-exchange-type", "an exchange of the wrong type", "cause", _RABBITMQ, _01,
        "The exchange does not look at routing keys in the way that the bindings expect.",
        "Declare a topic exchange: only there are * and # wildcards. direct compares the whole key, fanout does not look at "
        "it.",
        "a probe with each routing key",
        "direct, topic, fanout and headers differ in one thing: how they compare a message with a binding. A direct exchange "
        "takes «order.#» as a key to be written exactly so.",
    ),
    Mistake(
        "binding-missing", "a queue that nothing is bound to", "cause", _RABBITMQ, _01,
        "The queue is there, and no binding leads to it.",
        "Bind it: channel.queue_bind(QUEUE, EXCHANGE, routing_key=…). Declaring a queue binds it to the default exchange only.",
        "a probe with each routing key",
        "A message that no binding takes is confirmed and dropped, unless it was published as mandatory.",
        ("exception after the declare", "bound to another exchange"),
    ),
    Mistake(
        "star-is-one-word", "* taken for any number of words", "cause", _RABBITMQ, _01,
        "The binding's * stands for exactly one word; the routing key has another number of words.",
        "Write # for any number of words, none included: «order.#» takes order, order.created and order.created.eu.",
        "a probe with a longer routing key",
        "In a topic binding * is exactly one word and # is any number of words. A key that grows a word later no longer fits "
        "a * in its last place, and its messages vanish without an error.",
        ("order.* for every order",),
    ),
    Mistake(
        "wrong-binding-key", "a binding with another key", "cause", _RABBITMQ, _01,
        "The queue is bound, but none of its keys takes the message.",
        "Compare word by word, from the left; upper and lower case differ, and the dots count.",
        "a probe with each routing key",
        "RabbitMQ cannot know that a key is wrong: a binding that nothing fits is as good to it as any other.",
    ),
    Mistake(
        "binding-too-wide", "a binding that takes too much", "cause", _RABBITMQ, _01,
        "The message reached a queue that it is not for.",
        "Bind as narrowly as the wish is said: * where exactly one word may vary, no wildcard where none may.",
        "a probe with each routing key",
        "A consumer that gets what is not meant for it either fails on it or, worse, works on it.",
        ("# in place of *",),
    ),
    Mistake(
        "dlx-unbound", "a dead-letter exchange that leads nowhere", "cause", _RABBITMQ, _01,
        "The dead-letter exchange is there, but no binding leads from it to the queue that should keep the dead letters.",
        "Bind the dead-letter queue to it. A dead letter keeps its routing key unless x-dead-letter-routing-key gives it "
        "another: bind with that key, or with # on a topic exchange, or use a fanout exchange.",
        "the bench rejects a message as a consumer would",
        "To an exchange a dead letter is a message like any other: what no binding takes is dropped.",
    ),
    Mistake(
        "redeclare-mismatch", "declare again with other arguments", "cause", _RABBITMQ, _01,
        "Your program declared a queue or exchange that stands there with other arguments; RabbitMQ answered 406 and closed "
        "the channel.",
        "Declare with exactly the arguments that it has, or, where it is not yours, passive=True, or not at all: binding does "
        "not need it.",
        "a queue stands there before the program comes",
        "Declaring is idempotent only with the same arguments: durable, type, TTL, limits, dead-letter exchange. With others "
        "RabbitMQ answers 406 PRECONDITION_FAILED, and everything else on that channel fails, too.",
    ),
)

_STREAMS = (
    Mistake(
        "group-missing", "no such group", "cause", _REDIS, _03,
        "The stream had no group of the name asked for.",
        "Make it: XGROUP CREATE stream group id, with MKSTREAM where the stream may not be there yet. Pass over BUSYGROUP "
        "only: the error that the stream does not exist must not be swallowed with it.",
        "a look at the groups",
        "XGROUP CREATE on a stream that does not exist is an error, unless MKSTREAM is given. A set-up that passes over "
        "every error ends well and has made nothing.",
        ("MKSTREAM forgotten", "every ResponseError passed over"),
    ),
    Mistake(
        "group-from-zero", "a group that begins before the backlog", "cause", _REDIS, _03,
        "The group was made with 0, where only new entries were wanted.",
        "Make it with id $: the group begins behind what stands in the stream now.",
        "entries wait in the stream before the group is made",
        "With 0 a new group is given the whole stream first. For bills that is right; for a bell that rings it is a morning of "
        "noise.",
    ),
    Mistake(
        "group-moved", "a set-up that moves a group", "cause", _REDIS, _03,
        "Your program set a group that was at work to another position.",
        "Make the group once, and leave it alone: BUSYGROUP says that it is there and knows where it stands.",
        "the program is started twice, and the groups are read in between",
        "XGROUP SETID to 0 gives every entry a second time; to $ it skips what nobody has read yet.",
        ("XGROUP SETID after BUSYGROUP",),
    ),
    Mistake(
        "dummy-entry", "an entry added only to make the stream", "cause", _REDIS, _03,
        "An entry was added so that the stream exists: consumers are given it like any other.",
        "Give MKSTREAM: XGROUP CREATE stream group 0 MKSTREAM makes an empty stream.",
        "a look at a stream that should be empty",
        "A consumer does not know that the first entry means nothing. It fails on it, and the entry stays pending.",
    ),
    Mistake(
        "pattern-with-subscribe", "a pattern given to SUBSCRIBE", "cause", _REDIS, _03,
        "SUBSCRIBE takes the name of a channel, letter for letter: your program listens to a channel that has a * in its name.",
        "Give patterns to PSUBSCRIBE; in redis-py pubsub.psubscribe(…), and the messages are of type pmessage.",
        "an announcement on each channel",
        "SUBSCRIBE orders.* succeeds, and nobody ever publishes there. PUBSUB CHANNELS shows it.",
    ),
    Mistake(
        "pattern-misses", "a pattern that misses channels", "cause", _REDIS, _03,
        "The pattern does not fit the channel, so the announcement was not heard, and is gone.",
        "In Redis * is any run of characters, dots included; # means nothing.",
        "an announcement on each channel",
        "Pub/Sub keeps nothing. PUBLISH answers how many received the message; 0 is no error.",
        ("RabbitMQ's # in a Redis pattern", "one channel only"),
    ),
    Mistake(
        "pattern-too-wide", "a pattern that hears too much", "cause", _REDIS, _03,
        "The pattern fits channels that are none of the program's business.",
        "Write out what must be there, dot included: «shop.order.*», not «shop.*» and not «*order*».",
        "an announcement on each channel",
        "* also stands for dots, so a pattern reaches further in Redis than it would in RabbitMQ.",
    ),
    Mistake(
        "received-twice", "two subscriptions for one channel", "cause", _REDIS, _03,
        "Two subscriptions of your program fit the same channel: each announcement came twice.",
        "Subscribe so that each channel fits once; Redis sends one copy for each subscription that fits.",
        "an announcement on each channel",
        "A client that is subscribed to a channel and to a pattern that fits it gets a message and a pmessage.",
        ("SUBSCRIBE and PSUBSCRIBE together", "overlapping patterns"),
    ),
    Mistake(
        "subscribe-reply-is-message", "the confirmation taken for a message", "cause", _REDIS, _03,
        "Redis confirms a subscription; your program took the confirmation for an announcement.",
        "Look at the type: only \"message\" and \"pmessage\" are messages. Or get_message(ignore_subscribe_messages=True).",
        "a look at what was written down",
        "The first thing that comes on a subscribed connection is [\"psubscribe\", pattern, 1]. Its third element looks like "
        "data.",
    ),
    Mistake(
        "stream-uncapped", "a stream that grows for ever", "cause", _REDIS, _03,
        "Nothing bounds the stream: acknowledging removes no entry.",
        "XADD with MAXLEN ~ 1000: Redis trims whole nodes, which is cheap, and keeps a few more.",
        "more announcements than the stream should keep",
        "A stream is a log, not a queue: entries stay when they are acknowledged. Memory is the only bound that is there of "
        "itself.",
    ),
)

_TOPICS = (
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

_FILES = (
    Mistake(
        "misspelt-key", "a setting that the broker does not know", "cause", _ALL, _00,
        "The file holds a setting whose name the broker does not know.",
        "Compare the name with the broker's documentation, letter for letter: singular and plural, dots and underscores.",
        "the broker is started from the file",
        "RabbitMQ and Redis do not start and name the setting. Kafka passes over it: the default stays in force, and nothing "
        "is said.",
        ("log.retention.hour", "appendonyl"),
    ),
    Mistake(
        "unreadable-value", "a line that the broker cannot read", "cause", _ALL, _00,
        "The broker did not start: a value in the file is not what the setting takes.",
        "Write the value as the broker's documentation shows it; the log names the line or the setting.",
        "the broker is started from the file",
        "A broker that cannot read its file does not start. In its log the reason stands above the noise that follows.",
    ),
    Mistake(
        "wrong-port", "another address than asked", "cause", _ALL, _00,
        "The broker would listen on another port than asked, or on more than one.",
        "RabbitMQ: listeners.tcp.NAME = HOST:PORT. Kafka: listeners=PLAINTEXT://HOST:PORT. Redis: bind and port.",
        "the file, and a connection to where it says",
        "Without a line of its own a broker takes its default port, where another one may be running.",
    ),
    Mistake(
        "listens-everywhere", "open to the network", "cause", _ALL, _00,
        "The broker would listen on every interface of the machine.",
        "Say the host: 127.0.0.1 for clients on this machine only. RabbitMQ: listeners.tcp.local = 127.0.0.1:PORT; Kafka: "
        "listeners=PLAINTEXT://127.0.0.1:PORT; Redis: bind 127.0.0.1.",
        "the file",
        "A port alone means every interface. Open Redis and Kafka servers are found within hours of being reachable.",
        ("listeners.tcp.default = PORT", "listeners=PLAINTEXT://:PORT", "bind 0.0.0.0", "no bind at all"),
    ),
    Mistake(
        "advertised-elsewhere", "clients sent where they cannot go", "cause", _KAFKA, _00,
        "Kafka tells clients to go on to an address that they cannot reach.",
        "Set advertised.listeners to the address by which clients reach the broker, or leave it out: then it is that of "
        "listeners.",
        "the bench asks for metadata as a client does",
        "A client connects to the bootstrap address, asks who leads what, and from then on uses the addresses in the answer. "
        "That is why a Kafka in a container can be reached and still not be used.",
    ),
    Mistake(
        "evicts-orders", "eviction where nothing may be lost", "cause", _REDIS, _00,
        "When memory is full, Redis would throw away keys to make room.",
        "maxmemory-policy noeviction: then writes are refused, and the producer hears of it.",
        "the setting is read back from the broker",
        "Every other policy is for caches. A stream is one key: evicted, it is gone with all that waited in it.",
        ("allkeys-lru", "volatile-lru with a TTL on streams"),
    ),
    Mistake(
        "not-persistent", "a server that forgets when it is killed", "cause", _REDIS,
        (*_00, "15_redis_no_loss", "22_redis_capstone"),
        "What Redis had confirmed was gone after kill -9.",
        "appendonly yes, with appendfsync everysec or always, where the next start reads it (the configuration file).",
        "an entry, kill -9, a new start",
        "By default Redis writes snapshots: after an hour, five minutes or one minute, depending on how much has changed. "
        "Everything since the last one is lost.",
        ("save alone", "appendonly no", "CONFIG SET without CONFIG REWRITE"),
    ),
    Mistake(
        "fsync-left-to-chance", "never forced to disk", "cause", _REDIS, _00,
        "appendfsync is no: what was confirmed may be in the operating system's memory for half a minute.",
        "appendfsync everysec, or always where a second is too much.",
        "the setting is read back from the broker",
        "kill -9 does not show it, since the operating system keeps what was handed to it. A power cut does.",
    ),
    Mistake(
        "open-to-all", "no password", "cause", _REDIS, _00,
        "Redis answered a client that gave no password.",
        "requirepass PASSWORD, or users of their own with the directive user.",
        "a client without a password",
        "protected-mode keeps others out only while there is neither bind nor password; on the machine itself it keeps out "
        "nobody.",
    ),
    Mistake(
        "default-user-left", "the user that everybody knows", "cause", _RABBITMQ, _00,
        "guest logged in with the password guest.",
        "default_user and default_pass before the node starts for the first time: guest is not created then.",
        "the bench logs in",
        "guest may log in from the same machine only, unless loopback_users says otherwise; and it may do everything.",
        ("loopback_users.guest = false",),
    ),
    Mistake(
        "login-refused", "the user who should get in does not", "cause", ("rabbitmq", "redis"), _00,
        "The broker refused the user or the password that was asked for.",
        "RabbitMQ: default_user and default_pass, both. Redis: requirepass.",
        "the bench logs in",
        "With default_user alone the password is still guest. And both count only for a node that starts without data.",
        ("default_pass forgotten",),
    ),
    Mistake(
        "group-without-coordinator", "a consumer group on one node that wants three", "cause", _KAFKA, _00,
        "A consumer group got no coordinator: its internal topic wants more replicas than there are nodes.",
        "On one node: offsets.topic.replication.factor=1 (and transaction.state.log.replication.factor=1 with min.isr=1).",
        "a group looks for its coordinator",
        "__consumer_offsets is created at the first group, with three replicas by default. With one node that never succeeds; "
        "producers work, consumers wait without an error.",
    ),
)

SETUP: tuple[Mistake, ...] = (*_SEVERAL, *_FILES, *_TOPOLOGY, *_TOPICS, *_STREAMS)
