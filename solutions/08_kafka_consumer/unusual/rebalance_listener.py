# pass
# Commits now and then, and in any case before a partition goes to another member.
import json
import os
import time

from kafka import KafkaConsumer, ConsumerRebalanceListener, OffsetAndMetadata
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


done = {}  # partition -> the offset to go on at


class HandOver(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        if done:
            consumer.commit_async(dict(done))  # kafka-python 3: commit() raises here, in the client's own thread
        done.clear()

    def on_partitions_assigned(self, assigned):
        print("assigned:", sorted(place.partition for place in assigned))


consumer.subscribe([os.environ["TOPIC"]], listener=HandOver())
while True:
    for place, records in consumer.poll(timeout_ms=1000, max_records=5).items():
        for record in records:
            work(json.loads(record.value))
            done[place] = OffsetAndMetadata(record.offset + 1, "", -1)
    if done:
        consumer.commit(dict(done))
        done.clear()
