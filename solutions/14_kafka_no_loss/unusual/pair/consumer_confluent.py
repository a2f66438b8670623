"""The other half of producer_confluent.py: one record, one charge, one synchronous commit."""

import json
import os
import signal

from confluent_kafka import Consumer, KafkaException
from shop import charge

stopping = []
signal.signal(signal.SIGTERM, lambda signum, frame: stopping.append(signum))
consumer = Consumer({
    "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "group.id": os.environ["GROUP"],
    "auto.offset.reset": "earliest", "enable.auto.commit": False,
})
consumer.subscribe([os.environ["TOPIC"]])
while not stopping:
    message = consumer.poll(0.2)
    if message is None or message.error():
        continue
    charge(json.loads(message.value()))
    try:
        consumer.commit(message, asynchronous=False)
    except KafkaException as error:
        print(f"not committed, it may come again: {error}")
consumer.close()
