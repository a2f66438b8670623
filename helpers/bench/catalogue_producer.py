"""Mistakes of producers."""

from helpers.bench.mistake import Mistake

_RABBITMQ = ("rabbitmq",)
_KAFKA = ("kafka",)
_REDIS = ("redis",)
_ALL = ("rabbitmq", "kafka", "redis")
_04 = ("04_rabbitmq_producer",)
_05 = ("05_kafka_producer",)
_06 = ("06_redis_producer",)
_13 = ("13_rabbitmq_no_loss",)
_14 = ("14_kafka_no_loss",)
_15 = ("15_redis_no_loss",)
_20 = ("20_rabbitmq_capstone",)
_22 = ("22_redis_capstone",)
_20_TO_22 = (*_20, "21_kafka_capstone", *_22)
_04_TO_06 = ("04_rabbitmq_producer", "05_kafka_producer", "06_redis_producer")

PRODUCER: tuple[Mistake, ...] = (
    Mistake(
        "accept-before-confirm", "promise before the broker has it", "cause", _ALL, (*_04_TO_06, *_13, *_14, *_15, *_20_TO_22),
        "Your program accepted {orders} before the broker had confirmed {it/them}, and {it/they} never got there.",
        "Accept an order only when the broker has confirmed it; send it again where no answer came.",
        "the connection is cut, or the broker killed, between sending and confirming",
        "A message that was sent stands in a buffer: the client's, the kernel's, the network's. Only the broker's own answer "
        "says that it has it. Everything before that is hope.",
        ("accept before publish", "confirm-ignored", "future-ignored", "flush-is-success", "a buffer of one's own"),
    ),
    Mistake(
        "no-confirms", "publish without confirms", "cause", _RABBITMQ, (*_04, *_13, "18_outbox", *_20),
        "Your channel never asked for confirms: nobody could tell your program that {orders} {was/were} lost on the way.",
        "channel.confirm_delivery() before the first publish (Confirm.Select), and accept only what was confirmed.",
        "the connection is cut between sending and arriving",
        "Without confirms basic.publish has no answer at all: it returns when the bytes stand in a buffer of your own "
        "machine. The "
        "broken connection shows at the next call, when the order has long been promised.",
        ("fire and forget",),
    ),
    Mistake(
        "not-mandatory", "publish without mandatory", "cause", _RABBITMQ, (*_04, "18_outbox"),
        "No queue was bound to the key of {orders}: published without `mandatory`, {it/they} {was/were} dropped, without a "
        "word.",
        "Publish with mandatory=True: what no queue takes comes back (basic.return) before the confirm.",
        "an order whose routing key nothing is bound to",
        "A confirm says that the exchange has done with the message. Where no binding matches, to drop it is all there is "
        "to do.",
    ),
    Mistake(
        "return-ignored", "accept what came back", "cause", _RABBITMQ, _04,
        "RabbitMQ returned {orders} as unroutable, and your program accepted {it/them} all the same.",
        "Do not accept what was returned: with confirms pika raises UnroutableError; without them look at the return callback.",
        "an order whose routing key nothing is bound to",
        "basic.return comes before the confirm of the same message; a confirm after it only says that the exchange has done.",
        ("a return callback that only prints", "no return listener"),
    ),
    Mistake(
        "stuck-at-returned", "one unroutable order holds up the others", "cause", _RABBITMQ, _04,
        "RabbitMQ returned {orders} as unroutable, and what stood behind {it/them} was never sent.",
        "Catch UnroutableError for each order by itself, leave a trace of it, and go on with the next.",
        "an order whose routing key nothing is bound to",
        "What nothing is bound to now will not be routable in a millisecond. It is one order's trouble, and somebody has to "
        "look at "
        "it; the others must not wait for that.",
        ("UnroutableError not caught", "retry-permanent"),
    ),
    Mistake(
        "wrong-routing-key", "a routing key that nothing is bound to", "cause", _RABBITMQ, _04,
        "RabbitMQ returned {orders} as unroutable: no queue is bound to that key.",
        "Publish to EXCHANGE with the key that the lab's table asks for.",
        "every order has a region that a queue is bound to",
        "The exchange compares the key with its bindings, word by word. A queue's name is a key only on the default exchange.",
    ),
    Mistake(
        "transient-message", "a message that is not persistent", "cause", _RABBITMQ, (*_04, *_13, *_20),
        "{orders} {was/were} confirmed, but not persistent (delivery_mode 2): gone when the broker was killed.",
        "Publish with delivery_mode=2 (pika.DeliveryMode.Persistent).",
        "the broker is killed after its confirms",
        "A durable classic queue survives a restart; the messages in it only where each was published as persistent. (A quorum "
        "queue writes every message to disk.)",
    ),
    Mistake(
        "message-expires", "a message with a time to live", "cause", ("rabbitmq", "redis"), (*_04, *_06, *_13, *_20),
        "{orders} {was/were} confirmed and stood in the broker, until the time ran out that your program had given {it/them}.",
        "Leave `expiration` out of what must not be lost, and x-message-ttl and x-expires out of its queue. On Redis: no EXPIRE "
        "on the stream.",
        "a look into the queue or the stream a moment later",
        "A message whose time is over is dropped without a word, unless its queue has a dead-letter exchange. EXPIRE on a stream "
        "removes all of it at once, groups and pending entries included. What waits longer than usual is dropped first: exactly "
        "when the consumers are behind.",
        ("expiration=\"60000\", so that the queue does not grow", "EXPIRE on a stream"),
    ),
    Mistake(
        "queue-deletes-itself", "a queue that ends with its users", "cause", _RABBITMQ, _13,
        "The queue was declared so that RabbitMQ deletes it when nobody uses it any more: {orders} stood in it when the last "
        "consumer was gone.",
        "Declare the queue of your work durable, and neither auto_delete nor exclusive, without x-expires.",
        "the only consumer is killed, or cut off, for a moment",
        "auto_delete ends a queue with its last consumer, exclusive with the connection that declared it, x-expires after a time "
        "without use. They suit replies to one client. In a queue of work, messages wait exactly when nobody is there.",
        ("auto_delete=True", "exclusive=True", "x-expires"),
    ),
    Mistake(
        "wrong-body", "a body that is not its order", "cause", _ALL, _04_TO_06,
        "The body of {orders} cannot be read as what {it/they} should be.",
        "Serialize the whole order in the format asked: json.dumps(order), or an XML element for each field.",
        "what the consumer side reads at the end",
        "What cannot be read at the other end is as good as lost, only later and in somebody else's log.",
    ),
    Mistake(
        "metadata-missing", "no metadata", "cause", _ALL, _04_TO_06,
        "{orders} arrived without what the consumer side needs to know.",
        "Set the properties or headers that the lab's table asks for on every message.",
        "what the consumer side reads at the end",
        "Without a content type a reader must guess the format, without an id it cannot tell a copy, without a version it "
        "cannot "
        "read what will be sent next year.",
    ),
    Mistake(
        "metadata-wrong", "metadata that do not fit the message", "cause", _ALL, _04_TO_06,
        "What stands beside {orders} does not fit {it/them}.",
        "Set each property from the order at hand, not once for all.",
        "what the consumer side reads at the end",
        "A reader believes the label: XML under the label JSON is a poison message.",
    ),
    Mistake(
        "acks-zero", "ask for no answer", "cause", _KAFKA, (*_05, *_14, "21_kafka_capstone"),
        "Your program sent {orders} with acks=0: the broker does not answer, and nobody noticed that {it/they} never came "
        "there.",
        "acks=\"all\", which is the default: the broker answers when it has the record.",
        "the connection is cut between sending and arriving",
        "With acks=0 a send is done when the bytes are handed to the socket. The future succeeds at once, offset -1.",
    ),
    Mistake(
        "future-ignored", "a failed send taken for a sent one", "cause", _KAFKA, _05,
        "Sending {orders} failed for good, and your program accepted {it/them} all the same.",
        "Ask the future of each record: future.get() raises what went wrong. In callbacks, look at the error first.",
        "one order is larger than the topic takes",
        "send() only fills a buffer. What became of a record stands in its future or callback, and nowhere else: flush() "
        "returns when "
        "every record is done with, sent or failed, and raises nothing.",
        ("flush-is-success", "no errback", "delivery callback that does not look"),
    ),
    Mistake(
        "stuck-at-refused", "one refused order holds up the others", "cause", _KAFKA, _05,
        "The broker refused {orders} for good, and what stood behind {it/them} was not sent any more.",
        "Tell the client the topic's limit (max_request_size): it then refuses the one record by itself. Or go on with a "
        "new producer.",
        "one order is larger than the topic takes",
        "In kafka-python 3.0 a record that the broker refuses is fatal to an idempotent producer: every record that it "
        "still holds fails "
        "with the same error, and no send() works any more.",
    ),
    Mistake(
        "send-without-flush", "end with a full buffer", "cause", _KAFKA, _05,
        "Your program accepted {orders} and ended while {it/they} stood in the client's buffer.",
        "Accept what the broker has answered (future.get()); and flush() or close() before the process ends.",
        "any run, where the process ends hard",
        "send() is asynchronous; with linger_ms the record waits for company. kafka-python empties its buffer at a normal "
        "exit, not at "
        "os._exit, a signal or a crash.",
    ),
    Mistake(
        "accept-before-commit", "promise what is not committed", "cause", _KAFKA, _05,
        "Your program accepted {orders} before it had committed the transaction; that was aborted, and readers never see "
        "{it/them}.",
        "Accept after commit_transaction() has returned.",
        "the process is killed right after a promise",
        "The broker answers each record of a transaction before it is committed. For a reader at read_committed an aborted "
        "record was "
        "never there.",
    ),
    Mistake(
        "customer-split", "the orders of one customer in several partitions", "cause", _KAFKA, _05,
        "{orders} {was/were} sent by the same customer, and went into different partitions: nobody can read them in order.",
        "key=order[\"customer\"].encode(): records with the same key go to the same partition.",
        "every run has several orders of each customer",
        "Kafka keeps order within a partition only. Without a key the client spreads records as it likes; with the order's "
        "id as key it "
        "does the same, evenly.",
        ("no-key", "the order's id as key", "partitions-added"),
    ),
    Mistake(
        "idempotence-off", "retries without idempotence", "cause", _KAFKA, _05,
        "The answer to {orders} got lost, and {it/they} {was/were} sent again without a producer id: now {it/they} "
        "{stands/stand} there twice.",
        "enable_idempotence=True and acks=\"all\": each batch then carries a producer id and a number, and the broker drops "
        "a repeated one.",
        "the broker's answer is lost with its connection",
        "On by default in Java and kafka-python 3 (acks=1 or 0 turn it off there), off by default in librdkafka and "
        "aiokafka. At least "
        "once allows the double; effectively once does not. It covers the client's own retries, never a second send() of "
        "yours.",
    ),
    Mistake(
        "order-broken", "a later order stands before an earlier one", "remark", _KAFKA, _05,
        "{orders} {stands/stand} behind a later order of the same customer.",
        "Let the client send again by itself, with idempotence; or send one at a time.",
        "the connection is cut while several records are on their way",
        "Several requests are in flight at once. One fails and is sent again later, the others were in time. The idempotent "
        "producer "
        "numbers its batches, and the broker takes them in order only.",
    ),
    Mistake(
        "sent-again", "send again what is there already", "cause", _ALL, _04_TO_06,
        "Your program sent {orders} more than once, and the broker had no way to see that.",
        "Kafka: leave sending again to the idempotent client. Redis: let an id of the order's own decide, in the same step "
        "as XADD.",
        "the broker's answer is lost with its connection",
        "Without an answer nobody can know whether the message is there. To send again is right, if what comes twice can be "
        "told from "
        "what comes once.",
    ),
    Mistake(
        "trimmed-unread", "trim what nobody has read", "cause", _REDIS, (*_06, *_15),
        "Your program trimmed {orders} out of the stream before anybody could read {it/them}.",
        "Keep far more than the slowest reader can fall behind (MAXLEN ~ 10000), or trim only what every group has "
        "acknowledged.",
        "any run: nobody has read yet",
        "MAXLEN, MINID, XTRIM and XDEL do not ask whether an entry was read. XADD still answers with an id, so that "
        "everything looks well.",
        ("MAXLEN too small", "XTRIM on a schedule", "MAXLEN for the number of readers"),
    ),
    Mistake(
        "channel-keeps-nothing", "publish on a channel what must be kept", "cause", _REDIS, (*_06, *_15),
        "Your program only published {orders} on a channel, and accepted {it/them}: Redis has kept nothing.",
        "XADD to the stream first; the channel is a bell for those who listen now.",
        "any run",
        "PUBLISH hands a message to those who are subscribed at this moment. There is no copy that anybody could read later.",
        ("pubsub-as-queue",),
    ),
    Mistake(
        "publish-to-nobody", "ring where nobody listens", "cause", _REDIS, _06,
        "Nobody heard of {orders}, and your program did not put {it/them} aside for the one who was away.",
        "Look at PUBLISH's answer: how many have received it. Where it is 0, RPUSH the id to MISSED.",
        "the one who listens goes away",
        "0 is no error, and no client raises. The count is the only thing that PUBLISH ever says.",
        ("the count ignored", "no PUBLISH at all"),
    ),
    Mistake(
        "client-retry-doubles", "a retry that adds again", "cause", _REDIS, (*_06, *_15),
        "The answer to {orders} got lost, and {it/they} {was/were} sent again by the same process: the stream has {it/them} "
        "twice.",
        "Let an id of the order's own decide in the same step as XADD (a script with SET … NX), so that a second one adds "
        "nothing.",
        "the reply is lost with its connection",
        "redis.Redis(host, port) of redis-py 8 sends a command again, up to ten times, after a broken connection or a "
        "time-out, without "
        "a word (from_url does not). Redis had done it the first time, and XADD does it once more. At least once allows the "
        "double; effectively once does not. (Redis 8.6 has XADD … IDMP.)",
        ("redis-py's default retries", "a loop of one's own around XADD"),
    ),
    Mistake(
        "purges", "empty the place at the start", "cause", _ALL, (*_04_TO_06, *_13),
        "The broker had confirmed {orders}, and then your program emptied or deleted the place where {it/they} stood.",
        "Leave the queue, topic or stream as it is: a restart begins where the last start ended.",
        "the program is started again after a fault",
        "A clean slate is for tests. Started again after a crash, a program that purges first throws away what it has "
        "promised.",
        ("queue_purge", "delete_topics", "DEL of the stream"),
    ),
    Mistake(
        "never-accept", "the promise is never given", "cause", _ALL, _04_TO_06,
        "{orders} {was/were} sent and arrived, and your program never accepted {it/them}: after the next start all would be "
        "sent again.",
        "Call accept(order) when the broker has answered.",
        "any run",
        "For the shop an order is open until it is accepted. pika's basic_publish returns None, whatever happens: `if "
        "channel.basic_publish(…)` is never true.",
        ("tests-return-value",),
    ),
    Mistake(
        "gives-up", "end with 0 before all is done", "cause", _ALL, (*_04_TO_06, *_13),
        "Your program ended with exit status 0 while {orders} {was/were} still open.",
        "End with 0 only when every order is accepted. After an error try again, or end with another status: then the "
        "program is "
        "started again.",
        "the connection is cut",
        "Exit status 0 tells whatever started the program that nothing is left to do.",
        ("exception swallowed", "log and go on"),
    ),
    Mistake(
        "connection-per-message", "a connection for each message", "remark", _ALL, _04_TO_06,
        "Your program opened a connection for nearly every order. That is right, and slow.",
        "Open the connection once, and a new one only when it broke.",
        "any run",
        "A connection costs several round trips and a process in the broker; a message on an open one costs half a round trip.",
    ),
)
