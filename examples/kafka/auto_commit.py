"""confluent-kafka with its default settings: offsets are committed in the background."""

import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

from confluent_kafka import Consumer

servers, topic, group, payments = sys.argv[1:5]
consumer = Consumer({"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
try:
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
finally:
    consumer.close()
