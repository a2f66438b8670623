# pass assign-is-not-a-group
# No group: the position stands in a file of its own, written after each charge. Two processes of it would both do
# everything, which the bench remarks.
import json
import os
import time
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from shop import Refused, Unavailable, charge

topic = os.environ["TOPIC"]
consumer = KafkaConsumer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], auto_offset_reset="earliest")
places = [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic)]
consumer.assign(places)


def file_of(place):
    return Path(os.environ["STATE_DIR"]) / f"{place.partition}.offset"


for place in places:
    if file_of(place).exists():
        consumer.seek(place, int(file_of(place).read_text()))

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
            draft = file_of(place).with_suffix(".draft")
            draft.write_text(str(record.offset + 1))
            draft.replace(file_of(place))
