"""Send every order of the shop to Kafka; accept an order only when the broker has answered for it."""

import json
import os
import xml.etree.ElementTree as ElementTree

from kafka import KafkaProducer
# region task: what send() raises for a record over the limit
from kafka.errors import MessageSizeTooLargeError
# starter:
# endregion
from shop import accept, orders

topic = os.environ["TOPIC"]
# region task: an answer when the record is written; a producer id, so that the client's own retries never double
# And the topic's limit, less what a record needs around it: what is larger is refused here, by itself. Refused by the
# broker it would be fatal to an idempotent producer of kafka-python 3.0: all that it holds fails with it.
producer = KafkaProducer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks="all", enable_idempotence=True, max_request_size=60_000
)
# starter:
#| producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], acks=1)
# endregion


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


# region task: keep each order with its future
sent = []
# starter:
# endregion
for order in orders():
    # region task: the value in the format asked, the customer as key, and in the headers what a reader must know first
    value = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    headers = [
        ("content_type", f"application/{order['format']}".encode()),
        ("order_id", order["id"].encode()),
        ("type", b"order.placed"),
        ("schema_version", b"1"),
    ]
    # starter:
    #| value = json.dumps(order).encode()
    #| headers = []
    # endregion
    # region task: promise nothing yet; what does not fit is this one order's trouble, the others need not wait for it
    try:
        sent.append((order, producer.send(topic, key=order["customer"].encode(), value=value, headers=headers)))
    except MessageSizeTooLargeError as reason:
        print(f"order {order['n']}: {reason}")
    # starter:
    #| producer.send(topic, value=value, headers=headers)
    #| accept(order)
    # endregion

# region task: ask each future, and promise what the broker has
for order, future in sent:
    # Waits for this record's answer. A broken connection is the client's business: it tries again until
    # delivery_timeout_ms. What it cannot mend ends the program, which is started again with the orders still open.
    future.get(timeout=30)
    accept(order)
# starter:
#| producer.flush()
# endregion
producer.close()
