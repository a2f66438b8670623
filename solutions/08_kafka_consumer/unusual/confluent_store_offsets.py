# pass
# librdkafka commits in the background what store_offsets() has marked as done.
import json
import os
import time

from confluent_kafka import Consumer
from shop import Refused, Unavailable, charge

consumer = Consumer({
    "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"],
    "group.id": os.environ["GROUP"],
    "auto.offset.reset": "earliest",
    "enable.auto.offset.store": False,
    "auto.commit.interval.ms": 100,
})
consumer.subscribe([os.environ["TOPIC"]])
while True:
    message = consumer.poll(1.0)
    if message is None or message.error():
        continue
    while True:
        try:
            charge(json.loads(message.value()))
            break
        except Unavailable:
            time.sleep(0.1)
        except Refused as reason:
            print(reason)
            break
    consumer.store_offsets(message)
