"""kafka-python with enable_auto_commit, its default: poll() commits what the calls of poll() before it have returned."""

import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

from kafka import KafkaConsumer

servers, topic, group, payments = sys.argv[1:5]
consumer = KafkaConsumer(topic, bootstrap_servers=servers, group_id=group, auto_offset_reset="earliest")
while True:
    for records in consumer.poll(timeout_ms=1000).values():
        for record in records:
            while True:
                try:
                    urlopen(Request(payments, record.value, method="POST"), timeout=30)
                    break
                except URLError:
                    time.sleep(0.5)
