"""Mistakes of labs that examine what was set up: topologies, topics, streams; and all of those of set-up labs."""

from helpers.bench.catalogue_configure import CONFIGURE
from helpers.bench.catalogue_topics import TOPICS
from helpers.bench.mistake import Mistake

_RABBITMQ, _REDIS = ("rabbitmq",), ("redis",)
_ALL = ("rabbitmq", "kafka", "redis")
_01, _02, _03 = ("01_rabbitmq_topology",), ("02_kafka_topics",), ("03_redis_streams_and_channels",)

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

SETUP: tuple[Mistake, ...] = (*_SEVERAL, *CONFIGURE, *_TOPOLOGY, *TOPICS, *_STREAMS)
