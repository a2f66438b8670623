# fail wrong-body
"""XML glued together: it holds until the first customer with an "&"."""

import json
import os

from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError
from shop import accept, orders

producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], max_request_size=60_000)


def to_xml(order):
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in order.items())
    return f"<order>{fields}</order>".encode()


sent = []
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
        sent.append((order, producer.send(os.environ["TOPIC"], key=key, value=value, headers=headers)))
    except MessageSizeTooLargeError as reason:
        print(f"order {order['n']}: {reason}")

for order, future in sent:
    future.get(timeout=30)
    accept(order)
producer.close()
