"""Create three topics where they are not there yet, and send a file of events so that each customer's stay in order."""

import json
import os

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

ORDERS, ADDRESSES, AUDIT = os.environ["ORDERS"], os.environ["ADDRESSES"], os.environ["AUDIT"]
BOOTSTRAP = os.environ["KAFKA_BOOTSTRAP"]

# region task: retention counts milliseconds; a compacted topic keeps the newest record of each key
THREE_DAYS = 3 * 24 * 60 * 60 * 1000
TOPICS = [
    NewTopic(ORDERS, 6, 1, topic_configs={"retention.ms": str(THREE_DAYS)}),
    NewTopic(ADDRESSES, 3, 1, topic_configs={"cleanup.policy": "compact"}),
    NewTopic(AUDIT, 1, 1, topic_configs={"retention.ms": "-1"}),
]
# starter:
#| THREE_DAYS = 3 * 24 * 60 * 60
#| TOPICS = [
#|     NewTopic(ORDERS, 6, 1, topic_configs={"retention.ms": str(THREE_DAYS)}),
#|     NewTopic(ADDRESSES, 3, 1),
#|     NewTopic(AUDIT, 1, 1, topic_configs={"retention.ms": "-1"}),
#| ]
# endregion

admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
for topic in TOPICS:
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        pass  # from the last start; it is not made anew, and not changed
admin.close()

producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, acks="all")
sent = []
with open(os.environ["EVENTS"]) as lines:
    for line in lines:
        event = json.loads(line)
        # region task: what must stay in order has the same key
        sent.append(producer.send(ORDERS, json.dumps(event).encode(), key=event["customer"].encode()))
        # starter:
        #| sent.append(producer.send(ORDERS, json.dumps(event).encode()))
        # endregion
for future in sent:
    future.get(timeout=10)  # raises where the broker did not take the record
producer.close()
