"""Mistakes of the lab that examines configuration files."""

from helpers.bench.mistake import Mistake

_RABBITMQ, _KAFKA, _REDIS = ("rabbitmq",), ("kafka",), ("redis",)
_ALL = ("rabbitmq", "kafka", "redis")
_00 = ("00_configure",)

CONFIGURE: tuple[Mistake, ...] = (
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
