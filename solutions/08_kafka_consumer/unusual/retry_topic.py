# pass
# Puts what cannot be charged now into a topic for retries, waits for the confirm, and commits past it: nobody is held up.
import json
import os
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError
from shop import Refused, Unavailable, charge

bootstrap, topic = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"]
retries = f"{topic}-retries"
admin = KafkaAdminClient(bootstrap_servers=bootstrap)
try:
    admin.create_topics([NewTopic(retries, num_partitions=1, replication_factor=1)])
except TopicAlreadyExistsError:
    pass
admin.close()
producer = KafkaProducer(bootstrap_servers=bootstrap)
consumer = KafkaConsumer(
    topic,
    retries,
    bootstrap_servers=bootstrap,
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
while True:
    for place, records in consumer.poll(timeout_ms=1000).items():
        for record in records:
            if record.topic == retries:
                time.sleep(0.1)
            try:
                charge(json.loads(record.value))
            except Unavailable:
                producer.send(retries, record.value, key=record.key).get(10)
            except Refused as reason:
                print(reason)
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
