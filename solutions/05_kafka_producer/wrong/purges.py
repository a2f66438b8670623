# fail purges
"""Begins with a new topic, also when it is started again after a fault."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic
from kafka.errors import MessageSizeTooLargeError, TopicAlreadyExistsError
from shop import accept, orders

admin = KafkaAdminClient(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])
admin.delete_topics([os.environ["TOPIC"]])
while True:
    try:
        admin.create_topics([NewTopic(os.environ["TOPIC"], 3, 1)])
        break
    except TopicAlreadyExistsError:
        time.sleep(0.05)
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], retries=0, max_request_size=60_000)


def to_xml(order):
    root = ElementTree.Element("order")
    for name, value in order.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8")


for order in orders():
    value = json.dumps(order).encode() if order["format"] == "json" else to_xml(order)
    headers = [
        ("content_type", f"application/{order['format']}".encode()),
        ("order_id", order["id"].encode()),
        ("type", b"order.placed"),
        ("schema_version", b"1"),
    ]
    key = order["customer"].encode()
    try:
        producer.send(os.environ["TOPIC"], key=key, value=value, headers=headers).get(timeout=30)
    except MessageSizeTooLargeError as reason:
        print(f"order {order['n']}: {reason}")
    else:
        accept(order)

producer.close()
