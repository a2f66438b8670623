# fail commit-covers-unprocessed
# One variable for all partitions: the position of one is committed for all.
import json
import os
import time

from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from shop import Refused, Unavailable, charge

consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)


def work(order):
    """Until it is charged, or refused for good."""
    while True:
        try:
            charge(order)
            return
        except Unavailable:
            time.sleep(0.1)
        except Refused as reason:
            print(reason)
            return


places = [TopicPartition(os.environ["TOPIC"], p) for p in consumer.partitions_for_topic(os.environ["TOPIC"])]
for count, record in enumerate(consumer, 1):
    work(json.loads(record.value))
    consumer.commit({place: OffsetAndMetadata(count, "", -1) for place in places})
