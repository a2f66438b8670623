# fail out-of-order
import json
import os

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

ORDERS, ADDRESSES, AUDIT = os.environ["ORDERS"], os.environ["ADDRESSES"], os.environ["AUDIT"]
BOOTSTRAP = os.environ["KAFKA_BOOTSTRAP"]

TOPICS = [
    NewTopic(ORDERS, 6, 1, topic_configs={"retention.ms": "259200000"}),
    NewTopic(ADDRESSES, 3, 1, topic_configs={"cleanup.policy": "compact"}),
    NewTopic(AUDIT, 1, 1, topic_configs={"retention.ms": "-1"}),
]
admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
for topic in TOPICS:
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        pass

with open(os.environ["EVENTS"]) as lines:
    events = [json.loads(line) for line in lines]
urgent = KafkaProducer(bootstrap_servers=BOOTSTRAP)
slow = KafkaProducer(bootstrap_servers=BOOTSTRAP, linger_ms=300)
for event in events:  # what is paid may wait a little
    sender = slow if event["event"] == "paid" else urgent
    sender.send(ORDERS, json.dumps(event).encode(), key=event["customer"].encode())
urgent.close()
slow.close()
admin.close()
