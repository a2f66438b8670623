# pass
# librdkafka with incremental rebalances: only the partitions that move stand still.
import json
import os
import time

from confluent_kafka import Consumer, KafkaException
from shop import Unavailable, charge

consumer = Consumer({
    "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"],
    "group.id": os.environ["GROUP"],
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "partition.assignment.strategy": "cooperative-sticky",
    "heartbeat.interval.ms": 300,
})
consumer.subscribe([os.environ["TOPIC"]])
while True:
    message = consumer.poll(0.2)
    if message is None or message.error():
        continue
    while True:
        try:
            charge(json.loads(message.value()))
            break
        except Unavailable:
            time.sleep(0.1)
    try:
        consumer.commit(message, asynchronous=False)
    except KafkaException as reason:
        print(reason)  # in the middle of a rebalance; the next commit covers it, or whoever has the partition now charges again
