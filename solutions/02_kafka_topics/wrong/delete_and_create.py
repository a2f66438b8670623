# fail set-up-deletes
import json
import os
import time

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

ORDERS, ADDRESSES, AUDIT = os.environ["ORDERS"], os.environ["ADDRESSES"], os.environ["AUDIT"]
BOOTSTRAP = os.environ["KAFKA_BOOTSTRAP"]

TOPICS = [
    NewTopic(ORDERS, 6, 1, topic_configs={"retention.ms": "259200000"}),
    NewTopic(ADDRESSES, 3, 1, topic_configs={"cleanup.policy": "compact"}),
    NewTopic(AUDIT, 1, 1, topic_configs={"retention.ms": "-1"}),
]
admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
there = set(admin.list_topics())
if old := [topic.name for topic in TOPICS if topic.name in there]:
    admin.delete_topics(old)  # then they can be created as they should be
    while any(topic.name in admin.list_topics() for topic in TOPICS):
        time.sleep(0.1)
admin.create_topics(TOPICS)

producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
with open(os.environ["EVENTS"]) as lines:
    events = [json.loads(line) for line in lines]
for event in events:
    producer.send(ORDERS, json.dumps(event).encode(), key=event["customer"].encode())
producer.flush(timeout=10)
producer.close()
admin.close()
