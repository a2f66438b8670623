# pass
# Creates plain topics, then gives them their settings; more partitions come before the first record, so no key moves.
import os

from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError

WANTED = {"ORDERS": (6, {"retention.ms": "259200000"}), "ADDRESSES": (3, {"cleanup.policy": "compact"}),
          "AUDIT": (1, {"retention.ms": "-1"})}
admin = KafkaAdminClient(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])
for variable, (partitions, config) in WANTED.items():
    name = os.environ[variable]
    try:
        admin.create_topics([NewTopic(name, 1, 1)])
        if partitions > 1:
            admin.create_partitions({name: NewPartitions(partitions)})
    except TopicAlreadyExistsError:
        print(f"{variable} is there")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, config)])
admin.close()

producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], linger_ms=20, compression_type="gzip")
with open(os.environ["EVENTS"]) as lines:
    for line in lines:
        customer = line.split('"customer": "')[1].split('"')[0]
        producer.send(os.environ["ORDERS"], value=line.strip().encode(), key=customer.encode(), headers=[("kind", b"json")])
producer.flush(timeout=10)
producer.close()
