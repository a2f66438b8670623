"""Send every order of the shop to Kafka; accept an order only when the broker has answered for it."""

import json
import os

from kafka import KafkaProducer
from shop import accept, orders

TOPIC = os.environ["TOPIC"]
# region task: an answer when the record is written, by every replica in sync
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all")
# starter:
#| producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks=0)
# endregion

for order in orders():
    # region task: promise what the broker has
    future = producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode())
    # A broken connection is the client's business: it tries again. What it cannot mend is raised here and ends the program; it
    # is started again, and orders() yields what was never accepted.
    future.get(timeout=30)
    accept(order)
    # starter:
    #| producer.send(TOPIC, key=order["customer"].encode(), value=json.dumps(order).encode()).get(timeout=30)
    #| accept(order)
    # endregion

producer.close()
