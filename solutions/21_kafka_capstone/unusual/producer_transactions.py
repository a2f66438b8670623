# pass
"""Four orders a transaction; they are promised when it is committed. What a killed producer left open, the next one aborts."""

import json
import os

from kafka import KafkaProducer
from shop import accept, orders

TOPIC = os.environ["TOPIC"]
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], transactional_id=f"{TOPIC}-producer")
producer.init_transactions()

waiting = list(orders())
while waiting:
    batch, waiting = waiting[:4], waiting[4:]
    producer.begin_transaction()
    for order in batch:
        producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode())
    producer.commit_transaction()
    for order in batch:
        accept(order)
producer.close()
