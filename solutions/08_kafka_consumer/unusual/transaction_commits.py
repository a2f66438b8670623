# pass
# Commits its offsets through a producer's transaction, with nothing else in it.
import json
import os
import time

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata
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


producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
                         transactional_id=f"{os.environ['TRANSACTIONAL_ID']}-{os.getpid()}")
producer.init_transactions()
while True:
    for place, records in consumer.poll(timeout_ms=1000).items():
        for record in records:
            work(json.loads(record.value))
            producer.begin_transaction()
            producer.send_offsets_to_transaction({place: OffsetAndMetadata(record.offset + 1, "", -1)}, os.environ["GROUP"])
            producer.commit_transaction()
