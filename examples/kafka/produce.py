"""confluent-kafka as a batch job: sends each order of a file, and ends with 0 if the broker has every one of them."""

import json
import sys

from confluent_kafka import Producer

servers, topic, file = sys.argv[1:4]
failed = []
producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True, "delivery.timeout.ms": 30_000})
for line in open(file):
    order = json.loads(line)
    producer.produce(topic, line.encode(), order["customer"], on_delivery=lambda error, _: error and failed.append(error))
unsent = producer.flush(60)
sys.exit(1 if failed or unsent else 0)
