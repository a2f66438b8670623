"""Real Kafka client sessions, small enough to be recorded: used to record them, and again against a live broker."""

import asyncio
import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import aiokafka
import confluent_kafka
from confluent_kafka.admin import AdminClient
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

from helpers.wire import tokens

ORDERS = tokens.draw(random.Random(8), 10)
GROUP = "shop"


def body(order: str) -> bytes:
    return json.dumps({"id": order, "n": 1, "customer": "c", "amount": 5}).encode()


def _create(bootstrap: str, topic: str, partitions: int = 2) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(topic, num_partitions=partitions, replication_factor=1)])
    admin.close()


def _consumer(bootstrap: str, topic: str, **more) -> KafkaConsumer:
    return KafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=GROUP, auto_offset_reset="earliest",
                         enable_auto_commit=False, **more)


def kafka_python(bootstrap: str, topic: str) -> None:
    """Acks of all, a key, headers; one commit a record by the iterator form; a seek back; records deleted, then the topic."""
    _create(bootstrap, topic)
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for order in ORDERS:
        producer.send(topic, body(order), key=order[-1].encode(), headers=[("attempt", b"1")]).get(10)
    producer.close()
    consumer = _consumer(bootstrap, topic)
    for seen, record in enumerate(consumer, 1):
        if seen == 3:  # once more, from the same place
            consumer.seek(TopicPartition(record.topic, record.partition), record.offset)
            continue
        consumer.commit()
        if seen == len(ORDERS) + 1:
            break
    consumer.close(autocommit=False)
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_partitions({topic: NewPartitions(total_count=3)})
    admin.delete_records({TopicPartition(topic, 0): 1})
    admin.delete_topics([topic])
    admin.close()


def kafka_python_codecs(bootstrap: str, topic: str) -> None:
    """Batches in every compression, acks of 0 and 1; auto-commit on close."""
    _create(bootstrap, topic, partitions=1)
    for orders, options in ((ORDERS[:2], {"compression_type": "gzip"}), (ORDERS[2:4], {"compression_type": "snappy"}),
                            (ORDERS[4:6], {"compression_type": "lz4"}), (ORDERS[6:8], {"compression_type": "zstd"}),
                            (ORDERS[8:9], {"acks": 1}), (ORDERS[9:], {"acks": 0})):
        producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, **options)
        for order in orders:
            producer.send(topic, body(order))
        producer.flush(10)
        producer.close()
    consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=GROUP, auto_offset_reset="earliest")
    seen = 0
    while seen < len(ORDERS):
        seen += sum(map(len, consumer.poll(2000, max_records=3).values()))
    consumer.close()


def kafka_python_transactions(bootstrap: str, topic: str) -> None:
    """One transaction committed with offsets, one aborted; read committed, then uncommitted, by assignment."""
    _create(bootstrap, topic, partitions=1)
    place = TopicPartition(topic, 0)
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{topic}-tx")
    producer.init_transactions()
    producer.begin_transaction()
    for order in ORDERS[:3]:
        producer.send(topic, body(order))
    producer.send_offsets_to_transaction({place: OffsetAndMetadata(2, "", -1)}, GROUP)
    producer.commit_transaction()
    producer.begin_transaction()
    for order in ORDERS[3:6]:
        producer.send(topic, body(order))
    producer.flush(10)
    producer.send_offsets_to_transaction({place: OffsetAndMetadata(3, "", -1)}, GROUP)
    producer.abort_transaction()
    producer.begin_transaction()
    producer.send(topic, body(ORDERS[6]))
    producer.commit_transaction()
    producer.close()
    for isolation, count in (("read_committed", 4), ("read_uncommitted", 7)):
        consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation, auto_offset_reset="earliest")
        consumer.assign([place])
        seen = 0
        while seen < count:
            seen += sum(map(len, consumer.poll(2000).values()))
        consumer.close()


def confluent(bootstrap: str, topic: str) -> None:
    """librdkafka: lz4, idempotent; a commit of each message, one of them asynchronous."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([confluent_kafka.admin.NewTopic(topic, 2, 1)]).values():
        future.result()
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "compression.type": "lz4"})
    for order in ORDERS:
        producer.produce(topic, body(order), key=order)
    producer.flush(10)
    consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": GROUP, "auto.offset.reset": "earliest",
                                         "enable.auto.commit": False})
    consumer.subscribe([topic])
    seen = 0
    while seen < len(ORDERS):
        message = consumer.poll(5)
        if message is not None and not message.error():
            seen += 1
            consumer.commit(message, asynchronous=seen == 4)
    consumer.close()


def aiokafka_session(bootstrap: str, topic: str) -> None:
    async def session() -> None:
        producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, compression_type="gzip")
        await producer.start()
        for order in ORDERS:
            await producer.send_and_wait(topic, body(order))
        await producer.stop()
        consumer = aiokafka.AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=GROUP, auto_offset_reset="earliest",
                                             enable_auto_commit=False)
        await consumer.start()
        for _ in ORDERS:
            await consumer.getone()
            await consumer.commit()
        await consumer.stop()

    _create(bootstrap, topic)
    asyncio.run(session())


def node_session(folder: Path) -> Callable[[str, str], None]:
    def session(bootstrap: str, topic: str) -> None:
        subprocess.run(["node", "kafka_session.mjs"], cwd=folder, check=True, timeout=60, capture_output=True, text=True,
                       env={**os.environ, "KAFKA_BOOTSTRAP": bootstrap, "TOPIC": topic, "GROUP": GROUP,
                            "ORDERS": ",".join(ORDERS)})

    return session


PYTHON: dict[str, Callable[[str, str], None]] = {
    "kafka-python": kafka_python, "kafka-python-codecs": kafka_python_codecs,
    "kafka-python-transactions": kafka_python_transactions, "confluent-kafka": confluent, "aiokafka": aiokafka_session,
}
