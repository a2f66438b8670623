"""Mistakes of labs that examine what was set up: topologies, topics, streams, configuration files."""

from helpers.bench.mistake import Mistake

_RABBITMQ, _KAFKA, _REDIS = ("rabbitmq",), ("kafka",), ("redis",)
_ALL = ("rabbitmq", "kafka", "redis")
_00, _01, _02, _03 = ("00_configure",), ("01_rabbitmq_topology",), ("02_kafka_topics",), ("03_redis_streams_and_channels",)

_SEVERAL = (
    Mistake(
        "set-up-not-repeatable", "set up only once", "cause", _ALL, (*_01, *_02, *_03),
        "Your program failed when it was started a second time: what the first start had made stood there already.",
        "Let the set-up find what it would make: declare with the same arguments (RabbitMQ), pass over TopicAlreadyExists (Kafka) "
        "and BUSYGROUP (Redis), and nothing else.",
        "the program is started twice",
        "Set-up code runs at every deployment, and two instances of a service run it at the same moment. It says what is to stand "
        "there, and does nothing where it stands.",
    ),
    Mistake(
        "set-up-deletes", "a set-up that deletes", "cause", _ALL, (*_01, *_02, *_03),
        "Your program deleted what stood there, and made it anew: what waited in it is gone.",
        "Declare, create, bind; never delete or purge in a set-up. Where arguments have to change, make a second queue or topic beside "
        "the first, and move over.",
        "the program is started twice, and messages wait between the two starts",
        "Deleting first makes every declaration succeed: on the laptop. In production the same line empties the queue at each "
        "deployment.",
        ("queue_delete before queue_declare", "delete_topics before create_topics", "XGROUP DESTROY before XGROUP CREATE", "DEL of the stream"),
    ),
)

_TOPOLOGY = (
    Mistake(
        "exchange-missing", "no such exchange", "cause", _RABBITMQ, _01,
        "There was no exchange of the name asked for.",
        "Declare it: channel.exchange_declare(EXCHANGE, \"topic\", durable=True).",
        "a look at what stands in the virtual host",
        "Publishing to an exchange that does not exist closes the channel with 404 NOT_FOUND. Without confirms the producer may not "
        "notice for a while.",
        ("auto_delete exchange", "another name"),
    ),
    Mistake(
        "queue-missing", "no such queue", "cause", _RABBITMQ, _01,
        "There was no queue of the name asked for.",
        "Declare it by name, durable, neither exclusive nor auto-delete: an exclusive queue is gone with the connection that made it.",
        "a look at what stands in the virtual host",
        "A queue belongs to the topology, not to the program that happens to declare it. exclusive=True is for replies to one "
        "connection, and ends with it.",
        ("exclusive queue", "auto-delete queue", "queue named by the server"),
    ),
    Mistake(
        "non-durable-queue", "a queue that does not survive a restart", "cause", _RABBITMQ, _01,
        "The queue was declared with durable=False: it is gone when RabbitMQ restarts, with all that waits in it.",
        "Declare it durable: queue_declare(NAME, durable=True). Messages must be persistent, too.",
        "a look at what stands in the virtual host",
        "durable=False is the default of many clients. The queue, its bindings and all messages are gone after a restart; the producer "
        "goes on publishing into nothing.",
    ),
    Mistake(
        "wrong-queue-type", "another type of queue", "cause", _RABBITMQ, _01,
        "The queue is of another type than the one asked for.",
        "Say the type when you declare: arguments={\"x-queue-type\": \"quorum\"}. It cannot be changed afterwards.",
        "a look at what stands in the virtual host",
        "Without x-queue-type a queue is classic (or what the virtual host has as its default): one node, no replicas. A quorum queue "
        "is replicated, and counts how often a message has come back.",
    ),
    Mistake(
        "wrong-exchange-type", "an exchange of the wrong type", "cause", _RABBITMQ, _01,
        "The exchange does not look at routing keys in the way that the bindings expect.",
        "Declare a topic exchange: only there are * and # wildcards. direct compares the whole key, fanout does not look at it.",
        "a probe with each routing key",
        "direct, topic, fanout and headers differ in one thing: how they compare a message with a binding. A direct exchange takes "
        "«order.#» as a key to be written exactly so.",
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
        "In a topic binding * is exactly one word and # is any number of words. A key that grows a word later no longer fits a * in its "
        "last place, and its messages vanish without an error.",
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
        "Bind the dead-letter queue to it. A dead letter keeps its routing key unless x-dead-letter-routing-key gives it another: bind "
        "with that key, or with # on a topic exchange, or use a fanout exchange.",
        "the bench rejects a message as a consumer would",
        "To an exchange a dead letter is a message like any other: what no binding takes is dropped.",
    ),
    Mistake(
        "redeclare-mismatch", "declare again with other arguments", "cause", _RABBITMQ, _01,
        "Your program declared a queue or exchange that stands there with other arguments; RabbitMQ answered 406 and closed the channel.",
        "Declare with exactly the arguments that it has, or, where it is not yours, passive=True, or not at all: binding does not need it.",
        "a queue stands there before the program comes",
        "Declaring is idempotent only with the same arguments: durable, type, TTL, limits, dead-letter exchange. With others RabbitMQ "
        "answers 406 PRECONDITION_FAILED, and everything else on that channel fails, too.",
    ),
)

SETUP: tuple[Mistake, ...] = (*_SEVERAL, *_TOPOLOGY)
