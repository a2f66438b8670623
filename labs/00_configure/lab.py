"""Lab 00: a configuration file for each broker, examined by starting the broker from it."""

from helpers.bench.exam import config_kafka as kafka
from helpers.bench.exam import config_rabbitmq as rabbitmq
from helpers.bench.exam import config_redis as redis
from helpers.bench.exam.config_wishes import Listens, Starts
from helpers.bench.lab import Lab, Scenario

MB, GB = 10**6, 10**9
THREE_DAYS = 3 * 24 * 60 * 60 * 1000

LAB = Lab(
    title="Configure three brokers",
    kind="configure",
    broker="all",
    roles=("rabbitmq", "kafka", "redis"),
    files={"rabbitmq": "rabbitmq.conf", "kafka": "server.properties", "redis": "redis.conf"},
    # one file alone: --scenario redis
    scenarios=(
        Scenario("rabbitmq", "RabbitMQ, started from rabbitmq.conf"),
        Scenario("kafka", "Kafka, started from server.properties"),
        Scenario("redis", "Redis, started from redis.conf"),
    ),
    wishes=(
        Starts("rabbitmq"),
        Listens("rabbitmq", 5772, (r"listeners\.tcp\..+",)),
        rabbitmq.User("shop", "order-4711"),
        rabbitmq.Memory(256 * MB),
        rabbitmq.Disk(1 * GB),
        rabbitmq.Heartbeat(30),
        Starts("kafka"),
        Listens("kafka", 9292, (r"listeners", r"advertised\.listeners")),
        kafka.Advertised(),
        kafka.Retention(THREE_DAYS, "3 days"),
        kafka.Partitions(6),
        kafka.NoTopicByAccident(),
        kafka.GroupsWork(),
        Starts("redis"),
        Listens("redis", 6479, ("port", "bind")),
        redis.Password("order-4711"),
        redis.Memory(256 * MB),
        redis.KeepsWhatItConfirmed(),
    ),
    hints=(
        "Take one file at a time, and one wish. What is the setting called, in which unit does it count, and what does the "
        "broker do where the file says nothing?",
        "RabbitMQ: listeners.tcp.NAME takes HOST:PORT; a size without a unit is bytes; default_user replaces guest when a "
        "new node starts. Kafka: listeners says where it listens, advertised.listeners where it sends clients; on one node "
        "every internal topic must do with one replica. Redis: bind and port, requirepass, appendonly; and maxmemory-policy "
        "says what happens when it is full.",
        "rabbitmq.conf: listeners.tcp.local = 127.0.0.1:5772, default_user = shop, default_pass = order-4711, "
        "vm_memory_high_watermark.absolute = 256MB, disk_free_limit.absolute = 1GB, heartbeat = 30. server.properties: "
        "listeners=PLAINTEXT://127.0.0.1:9292, log.retention.hours=72, num.partitions=6, auto.create.topics.enable=false, "
        "offsets.topic.replication.factor=1. redis.conf: bind 127.0.0.1, port 6479, requirepass order-4711, maxmemory 256mb, "
        "maxmemory-policy noeviction, appendonly yes, appendfsync everysec.",
    ),
    usual="20 to 30 minutes",
)
