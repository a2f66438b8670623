"""A redis.conf, an rabbitmq.conf and a server.properties of which little is asked."""

from helpers.bench.exam import config_kafka as kafka
from helpers.bench.exam import config_rabbitmq as rabbitmq
from helpers.bench.exam import config_redis as redis
from helpers.bench.exam.config_wishes import Listens, Starts
from helpers.bench.lab import Lab, Scenario

LAB = Lab(
    title="three files",
    kind="configure",
    broker="all",
    roles=("rabbitmq", "kafka", "redis"),
    files={"rabbitmq": "rabbitmq.conf", "kafka": "server.properties", "redis": "redis.conf"},
    scenarios=(Scenario("rabbitmq", "RabbitMQ"), Scenario("kafka", "Kafka"), Scenario("redis", "Redis")),
    wishes=(
        Starts("rabbitmq"), Listens("rabbitmq", 15772, (r"listeners\.tcp\..+",)), rabbitmq.User("shop", "secret"),
        Starts("kafka"), Listens("kafka", 19292, ("listeners",)), kafka.Partitions(6),
        Starts("redis"), Listens("redis", 16479, ("port", "bind")), redis.Memory(10**8),
    ),
    hints=("What?", "Where?", "There."),
    usual="a minute",
)
