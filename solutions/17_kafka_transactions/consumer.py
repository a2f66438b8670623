"""Write one invoice for each order: the invoice and the offset of its order are committed in one transaction."""

import json
import os
import signal

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata

stopping = False  # becomes True when the program is asked to stop


def stop(signum, frame):
    # Only a note for later: the transaction in hand is finished first.
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


def invoice(order):
    return json.dumps({"id": order["id"], "customer": order["customer"], "total": round(order["amount"] * 1.2, 2)}).encode()


consumer = KafkaConsumer(
    os.environ["TOPIC"],
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    # region task: read only what was committed
    isolation_level="read_committed",  # the default shows the records of aborted transactions, too
    # starter:
    #|
    # endregion
)
# kafka-python 3.0.12: a short poll may join the group before the topic is known, and is then given nothing for ever.
consumer.partitions_for_topic(os.environ["TOPIC"])

# region task: a producer that can commit records and offsets in one step
producer = KafkaProducer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    transactional_id=os.environ["TRANSACTIONAL_ID"],  # the same at each start: that is how the broker knows a successor
)
# Aborts what a predecessor of the same id has left open, and fences it, should it still be alive.
producer.init_transactions()
# starter:
#| producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"])
# endregion

while not stopping:
    batch = consumer.poll(timeout_ms=200)
    if not batch:
        continue
    # region task: the invoices and the offsets, all of them or none
    producer.begin_transaction()
    for place, records in batch.items():
        for record in records:
            producer.send(os.environ["OUTPUT_TOPIC"], invoice(json.loads(record.value)), key=record.key)
    # The offsets go with the producer. The group's metadata lets the broker refuse a member that is none any more.
    offsets = {place: OffsetAndMetadata(records[-1].offset + 1, "", -1) for place, records in batch.items()}
    producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
    producer.commit_transaction()
    # starter:
    #| for place, records in batch.items():
    #|     for record in records:
    #|         producer.send(os.environ["OUTPUT_TOPIC"], invoice(json.loads(record.value)), key=record.key).get()
    #| consumer.commit()
    # endregion

producer.close()
consumer.close(autocommit=False)
