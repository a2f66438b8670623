"""confluent-kafka in a group of the new protocol (KIP-848): the broker hands out the partitions. A commit after each order."""

import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

from confluent_kafka import Consumer

servers, topic, group, payments = sys.argv[1:5]
consumer = Consumer({"bootstrap.servers": servers, "group.id": group, "group.protocol": "consumer",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False})
consumer.subscribe([topic])
while True:
    message = consumer.poll(1.0)
    if message is None or message.error():
        continue
    while True:
        try:
            urlopen(Request(payments, message.value(), method="POST"), timeout=30)
            break
        except URLError:
            time.sleep(0.5)
    consumer.commit(message, asynchronous=False)
