# pass
# The group protocol of KIP-848: one heartbeat request instead of join, sync, heartbeat and leave.
import json
import os
import signal
import time

from confluent_kafka import Consumer
from shop import Refused, Unavailable, charge

stopping = False


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)
consumer = Consumer({
    "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"],
    "group.id": os.environ["GROUP"],
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "group.protocol": "consumer",
})
consumer.subscribe([os.environ["TOPIC"]])
while not stopping:
    message = consumer.poll(0.2)
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
    consumer.commit(message, asynchronous=False)
consumer.close()
