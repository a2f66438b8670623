# pass
# At least once, on purpose: everything is sent a second time. What was read once is not out of order for that.
import json
import os

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

admin = KafkaAdminClient(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])
for topic in (NewTopic(os.environ["ORDERS"], 6, 1, topic_configs={"retention.ms": "259200000", "segment.ms": "3600000"}),
              NewTopic(os.environ["ADDRESSES"], 3, 1,
                       topic_configs={"cleanup.policy": "compact", "min.compaction.lag.ms": "1000"}),
              NewTopic(os.environ["AUDIT"], 1, 1, topic_configs={"retention.ms": "-1", "retention.bytes": "-1"})):
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:
        pass
admin.close()

producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], key_serializer=None)
with open(os.environ["EVENTS"]) as lines:
    events = [json.loads(line) for line in lines]
for _ in range(2):
    for event in events:
        producer.send(os.environ["ORDERS"], json.dumps(event).encode(), key=json.dumps([event["customer"]]).encode())
producer.flush(timeout=10)
producer.close()
