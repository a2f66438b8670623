# pass
# Chooses the partition itself, from the customer alone: as good as a key, for those who know six is for ever.
import json
import os
import zlib

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

admin = KafkaAdminClient(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])
there = set(admin.list_topics())
for name, partitions, config in (("ORDERS", 6, {"retention.ms": "259200000"}), ("AUDIT", 1, {"retention.ms": "-1"}),
                                 ("ADDRESSES", 3, {"cleanup.policy": "compact"})):
    if os.environ[name] not in there:
        admin.create_topics([NewTopic(os.environ[name], partitions, 1, topic_configs=config)])
admin.close()

with KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"]) as producer, open(os.environ["EVENTS"]) as lines:
    for line in lines:
        customer = json.loads(line)["customer"]
        producer.send(os.environ["ORDERS"], line.encode(), partition=zlib.adler32(customer.encode()) % 6).get(timeout=10)
