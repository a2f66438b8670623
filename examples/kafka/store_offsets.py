"""confluent-kafka, which commits in the background what the program has said is done."""

import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

from confluent_kafka import Consumer

servers, topic, group, payments = sys.argv[1:5]
consumer = Consumer({"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest",
                     "enable.auto.offset.store": False})
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
    consumer.store_offsets(message)
