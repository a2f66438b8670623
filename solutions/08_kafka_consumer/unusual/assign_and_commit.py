# pass assign-is-not-a-group
# Takes its partitions by hand and commits under the group's name all the same.
import json
import os
import time

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from shop import Refused, Unavailable, charge

topic = os.environ["TOPIC"]
consumer = KafkaConsumer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=os.environ["GROUP"],
                         auto_offset_reset="earliest", enable_auto_commit=False)
consumer.assign([TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic)])
while True:
    for place, records in consumer.poll(timeout_ms=1000).items():
        for record in records:
            while True:
                try:
                    charge(json.loads(record.value))
                    break
                except Unavailable:
                    time.sleep(0.1)
                except Refused as reason:
                    print(reason)
                    break
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
