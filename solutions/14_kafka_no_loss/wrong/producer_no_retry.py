# fail accept-before-confirm
"""No retries, so that nothing is doubled; an error is printed, and the order is promised nevertheless."""

import json
import os

from kafka import KafkaProducer
from kafka.errors import KafkaError
from shop import accept, orders

TOPIC = os.environ["TOPIC"]
producer = KafkaProducer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks=1, retries=0, enable_idempotence=False, delivery_timeout_ms=2000,
    request_timeout_ms=1000, linger_ms=0,
)

for order in orders():
    try:
        producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode()).get(timeout=30)
    except KafkaError as error:
        print(f"order {order['n']}: {error!r}")
    accept(order)

producer.close()
