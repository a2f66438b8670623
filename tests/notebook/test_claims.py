"""Sentences of the lessons that no cell runs, held against the clients and the running brokers.

Each test names the lesson and the words it rests on: who rewrites the sentence meets its test.
"""

import json
import re
import signal
import subprocess
import sys
import time
import zlib

import kafka
import pika
import pytest
import redis
from confluent_kafka import Producer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import InvalidSessionTimeoutError
from kafka.protocol.admin import DescribeConfigsRequest, DescribeConfigsResponse
from kafka.protocol.metadata import ApiVersionsRequest

from helpers import brokers, paths
from helpers.bench.kafka_link import Link
from helpers.brokers import install, provider, tools
from helpers.brokers.ports import any_free
from helpers.bench.exam.private import clean_env
from helpers.brokers.rabbitmq import Admin
from helpers.notebook.parts import wait_until

pytestmark = pytest.mark.broker


def says(lesson: int, *words: str) -> None:
    """The lesson still has these words, wherever its lines break."""
    (path,) = (paths.ROOT / "notebooks").glob(f"{lesson:02}_*.ipynb")
    cells = json.loads(path.read_text())["cells"]
    text = re.sub(r"\s+>?\s*", " ", " ".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"))
    for each in words:
        assert each in text, f"lesson {lesson} no longer says: {each}"


@pytest.fixture(scope="module")
def place(brokers_up):
    from helpers.notebook import lesson

    mine = lesson("claims")
    yield mine
    mine.close()


@pytest.fixture
def connection(place):
    with pika.BlockingConnection(pika.URLParameters(place.amqp)) as opened:
        yield opened


@pytest.fixture
def topic(place):
    name = place.topic("orders")
    with KafkaAdminClient(bootstrap_servers=place.kafka) as admin:
        admin.create_topics([NewTopic(name, 3, 1)])
    with KafkaProducer(bootstrap_servers=place.kafka) as producer:
        producer.partitions_for(name)
    return name


# ------------------------------------------------------------ what clients do when nothing is set

@pytest.mark.parametrize(("lesson", "words", "client", "setting", "value"), [
    (1, "the default is `latest`", KafkaConsumer, "auto_offset_reset", "latest"),
    (3, "linger is 0 in kafka-python", KafkaProducer, "linger_ms", 0),
    (3, "by default a batch is given up after two minutes", KafkaProducer, "delivery_timeout_ms", 120_000),
    (3, "Idempotence is the default", KafkaProducer, "enable_idempotence", True),
    (4, "45 seconds by default in kafka-python 3", KafkaConsumer, "session_timeout_ms", 45_000),
    (4, "`max_poll_interval_ms`, five minutes by default", KafkaConsumer, "max_poll_interval_ms", 300_000),
    (4, "`max_poll_records`, 500 by default", KafkaConsumer, "max_poll_records", 500),
    (4, "`enable_auto_commit=True`, the default", KafkaConsumer, "enable_auto_commit", True),
    (4, "every five seconds and at `close()`", KafkaConsumer, "auto_commit_interval_ms", 5000),
    (6, "the default, `read_uncommitted`", KafkaConsumer, "isolation_level", "read_uncommitted"),
    (6, "`transaction.timeout.ms`, one minute by default", KafkaProducer, "transaction_timeout_ms", 60_000),
])  # fmt: skip
def test_kafka_python_s_defaults(lesson, words, client, setting, value):
    says(lesson, words)
    assert client.DEFAULT_CONFIG[setting] == value


def test_kafka_python_waits_for_all_replicas_and_lets_go_of_everything_at_a_rebalance():
    says(3, 'The default is `acks="all"`')
    assert KafkaProducer.DEFAULT_CONFIG["acks"] in (-1, "all")
    says(4, "that is the *eager* protocol of kafka-python's default assignor", "`CooperativeStickyAssignor`, which kafka-python has")
    names = [each.name for each in KafkaConsumer.DEFAULT_CONFIG["partition_assignment_strategy"]]
    assert "cooperative-sticky" not in names
    assert CooperativeStickyAssignor.name == "cooperative-sticky"


def test_redis_py_retries_in_one_form_and_not_in_the_other():
    says(3, "the first one retries ten times, the second not at all", "Both give up on an answer after 5 seconds")
    says(4, "`socket_timeout`, which is 5 seconds in redis-py 8")
    by_host, by_url = redis.Redis(host="127.0.0.1"), redis.Redis.from_url("redis://127.0.0.1")
    assert by_host.get_retry().get_retries() == 10
    assert (by_url.get_retry() is None) or by_url.get_retry().get_retries() == 0
    for client in (by_host, by_url):
        assert client.connection_pool.make_connection().socket_timeout == 5


@pytest.mark.parametrize("setting", [{"acks": 1}, {"acks": 0}, {"retries": 0}, {"max_in_flight_requests_per_connection": 6}])
def test_idempotence_goes_without_a_word_and_raises_where_it_was_asked_for(place, setting):
    says(3, "**switches idempotence off**", "so do `retries=0`, and more than five requests on the way",
         "It raises only where you asked for it yourself")
    with KafkaProducer(bootstrap_servers=place.kafka, **setting) as producer:
        assert producer.config["enable_idempotence"] is False
    with pytest.raises(kafka.errors.KafkaConfigurationError):
        KafkaProducer(bootstrap_servers=place.kafka, enable_idempotence=True, **setting)


def test_two_clients_send_one_key_to_two_partitions(place, topic):
    says(2, "kafka-python and Java use murmur2, librdkafka CRC32 unless told otherwise")
    from kafka.partitioner import murmur2

    keys, where = [f"customer-{n}".encode() for n in range(20)], {}
    for chosen in ("", "murmur2_random"):
        client = Producer({"bootstrap.servers": place.kafka, "log_level": 3} | ({"partitioner": chosen} if chosen else {}))
        found = where[chosen] = {}
        for key in keys:
            client.produce(topic, b"order", key, on_delivery=lambda error, sent, found=found: found.update({sent.key(): sent.partition()}))
        assert client.flush(20) == 0
    assert where[""] == {key: zlib.crc32(key) % 3 for key in keys}
    assert where["murmur2_random"] == {key: (murmur2(key) & 0x7FFFFFFF) % 3 for key in keys}
    assert where[""] != where["murmur2_random"]


def test_closing_commits_what_poll_returned_whether_it_was_worked_on_or_not(place, topic):
    says(4, "commits what `poll` returned earlier", "or `close()` in a `finally` after an error")
    partition, group = TopicPartition(topic, 0), place.topic("billing")
    with KafkaProducer(bootstrap_servers=place.kafka) as producer:
        for _ in range(3):
            producer.send(topic, b"order", partition=0).get(10)
    with KafkaConsumer(bootstrap_servers=place.kafka, group_id=group, auto_offset_reset="earliest") as consumer:
        consumer.assign([partition])
        assert wait_until(lambda: consumer.poll(timeout_ms=1000) or consumer.position(partition) == 3)
    with KafkaConsumer(bootstrap_servers=place.kafka, group_id=group, enable_auto_commit=False) as after:
        assert after.committed(partition) == 3


# ------------------------------------------------------------ what Kafka does when nothing is set

def defaults(server, *names: str) -> dict[str, str]:
    """What holds where no file says otherwise, as the running broker tells it."""
    resource = DescribeConfigsRequest.DescribeConfigsResource(resource_type=4, resource_name="1", configuration_keys=list(names))
    with Link(server.host, server.port) as link:
        told = link.ask_for_bytes(DescribeConfigsRequest[1](resources=[resource], include_synonyms=True))
    answer = DescribeConfigsResponse.decode(memoryview(told), version=1)
    return {config.name: next(each.value for each in config.synonyms if each.source == 5)  # DEFAULT_CONFIG
            for result in answer.results for config in result.configs}


@pytest.mark.parametrize(("lesson", "words", "setting", "value"), [
    (2, "by default a broker makes one when somebody writes to it", "auto.create.topics.enable", "true"),
    (2, "a topic, with one partition", "num.partitions", "1"),
    (2, "3 s by default, 0 here", "group.initial.rebalance.delay.ms", "3000"),
    (2, "takes 128 MB of memory by default", "log.cleaner.dedupe.buffer.size", "134217728"),
    (2, "9 s by default", "broker.session.timeout.ms", "9000"),
    (2, "Three copies by default", "offsets.topic.replication.factor", "3"),
    (4, "6 seconds by default; this course's broker permits half a second", "group.min.session.timeout.ms", "6000"),
    (6, "up to ten seconds more", "transaction.abort.timed.out.transaction.cleanup.interval.ms", "10000"),
    (7, "(5 by default, `group.share.delivery.count.limit`)", "group.share.delivery.count.limit", "5"),
    (7, "`group.share.record.lock.duration.ms` (30 seconds by default)", "group.share.record.lock.duration.ms", "30000"),
    (1, "seven days unless you say otherwise", "log.retention.hours", "168"),
    (6, "by default it leaves flushing to the operating system", "log.flush.interval.messages", str(2**63 - 1)),
])  # fmt: skip
def test_kafka_s_defaults(brokers_up, lesson, words, setting, value):
    says(lesson, words)
    assert defaults(brokers_up["kafka"], setting) == {setting: value}


def test_kafka_refuses_a_session_below_its_least(place, topic):
    says(4, "it refuses less than its `group.min.session.timeout.ms`")
    with KafkaConsumer(topic, bootstrap_servers=place.kafka, group_id=place.topic("hasty"), session_timeout_ms=400,
                       heartbeat_interval_ms=100) as hasty, pytest.raises(InvalidSessionTimeoutError):
        wait_until(lambda: hasty.poll(timeout_ms=1000), 30)


def test_kafka_4_no_longer_reads_the_requests_of_clients_older_than_2_1(brokers_up):
    says(9, "Kafka 4 refuses those older than 2.1")
    with Link(brokers_up["kafka"].host, brokers_up["kafka"].port) as link:
        told = link.ask(ApiVersionsRequest[0]())
    least = {each.api_key: each.min_version for each in told.api_keys}
    assert least[1] == 4 and least[8] == 2, "Fetch and OffsetCommit: below that only older clients ask"


# ------------------------------------------------------------ what Redis does when nothing is set

@pytest.mark.skipif(provider.chosen() != "native", reason="starts a redis-server of its own")
def test_redis_as_it_comes(tmp_path):
    says(1, "after an hour if one key has changed, after five minutes if a hundred have, after a minute if ten thousand have")
    says(2, "off by default, and then a crash loses", "The default policy is `noeviction`", "protected mode keeps it shut")
    says(3, "`save 3600 1 300 100 60 10000`")
    port = any_free()
    process = subprocess.Popen([install.debian().redis_server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)],
                               stdout=subprocess.DEVNULL, env=clean_env(tmp_path))
    try:
        client = redis.Redis(port=port, decode_responses=True)
        assert wait_until(lambda: _answers(client))
        told = {name: client.config_get(name)[name] for name in ("save", "appendonly", "maxmemory-policy", "protected-mode")}
        assert told == {"save": "3600 1 300 100 60 10000", "appendonly": "no", "maxmemory-policy": "noeviction", "protected-mode": "yes"}
        assert client.acl_whoami() == "default"
        says(2, "By default Kafka and Redis let everybody do everything")
        assert "+@all" in client.acl_list()[0]
    finally:
        process.kill()
        process.wait()


def _answers(client) -> bool:
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def test_noack_never_lists_what_it_hands_out(place):
    says(4, "`NOACK`, which never lists it")
    client, stream = redis.Redis.from_url(place.redis), place.key("noack")
    client.xgroup_create(stream, "billing", id="0", mkstream=True)
    client.xadd(stream, {"id": 1})
    assert client.xreadgroup("billing", "worker", {stream: ">"}, noack=True)[0][1]
    assert client.xpending(stream, "billing")["pending"] == 0


# ------------------------------------------------------------ what RabbitMQ does when nothing is set

def test_rabbitmq_s_clocks_and_its_guest():
    says(4, "`consumer_timeout`, 30 minutes by default")
    says(2, "collected every five seconds", "may connect from the same machine only")
    words = ("consumer_timeout", "collect_statistics_interval", "loopback_users", "heartbeat")
    asked = ", ".join(f"application:get_env(rabbit, {word}, none)" for word in words)
    told = tools.run("rabbitmqctl", "--silent", "eval", f"[{asked}].")
    assert re.sub(r"\s", "", told) == '[1800000,5000,[<<"guest">>],60]'


def test_a_heartbeat_is_sixty_seconds_where_nobody_sets_one(connection):
    says(4, "by default it is sixty")
    assert connection._impl.params.heartbeat == 60


def test_a_prefetch_limit_after_basic_consume_does_not_hold_for_that_consumer(connection):
    says(4, "after it, it does not hold for that consumer")
    for limit_first in (True, False):
        channel, got = connection.channel(), []
        queue = channel.queue_declare("", exclusive=True).method.queue
        for n in range(5):
            channel.basic_publish("", queue, str(n))
        steps = [lambda channel=channel: channel.basic_qos(prefetch_count=1),
                 lambda channel=channel, got=got, queue=queue: channel.basic_consume(queue, lambda *_: got.append(1))]
        for step in steps if limit_first else reversed(steps):
            step()
        wanted = 1 if limit_first else 5
        assert wait_until(lambda got=got, wanted=wanted: connection.process_data_events(0.1) or len(got) >= wanted)
        connection.process_data_events(0.3)  # and no more
        assert len(got) == wanted
        channel.close()


def test_a_killed_single_active_consumer_leaves_the_first_to_its_successor(place, connection):
    says(10, "A worker that is killed does not say good-bye: then 0 comes first")
    channel, done = connection.channel(), []
    channel.queue_declare("heirs", durable=True, arguments={"x-single-active-consumer": True})
    for n in range(4):
        channel.basic_publish("", "heirs", str(n))
    worker = subprocess.Popen([sys.executable, "-c", f"""
import pika, time
channel = pika.BlockingConnection(pika.URLParameters({place.amqp!r})).channel()
channel.basic_qos(prefetch_count=1)
channel.basic_consume("heirs", lambda *_: print("has it", flush=True))
channel.start_consuming()"""], stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout.readline() == "has it\n"
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume("heirs", lambda ch, method, _, body: done.append(int(body)) or ch.basic_ack(method.delivery_tag))
        connection.process_data_events(0.3)
        assert not done
        worker.send_signal(signal.SIGKILL)
        assert wait_until(lambda: connection.process_data_events(0.1) or len(done) == 4)
    finally:
        worker.kill()
        worker.communicate()
    assert done == [0, 1, 2, 3]


def test_the_age_of_the_head_is_told_of_a_classic_queue_and_not_of_a_quorum_queue(place, connection):
    says(9, "of a classic queue, the head's timestamp if the publisher sets one", "Of a quorum queue RabbitMQ 4.3 does not")
    channel, stamp = connection.channel(), int(time.time()) - 60
    for kind in ("classic", "quorum"):
        channel.queue_declare(f"aged-{kind}", durable=True, arguments={"x-queue-type": kind})
        channel.basic_publish("", f"aged-{kind}", b"order", pika.BasicProperties(timestamp=stamp, delivery_mode=2))
    admin = Admin(brokers.server("rabbitmq"))

    def told(kind):
        return admin.request("GET", f"/queues/{place.prefix}/aged-{kind}").get("head_message_timestamp")

    assert wait_until(lambda: told("classic") == stamp, 20)  # statistics come every five seconds
    assert told("quorum") is None
    admin.close()
