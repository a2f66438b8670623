# pass
# A producer for each partition, with a transactional id of its own: how it was done before KIP-447.
import json
import os

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, OffsetAndMetadata


def invoice(order):
    return json.dumps({"id": order["id"], "total": order["amount"]}).encode()


consumer = KafkaConsumer(
    bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    isolation_level="read_committed",
)
producers = {}


class TakeOver(ConsumerRebalanceListener):
    """Whoever is given a partition ends what its predecessor left open there, before it asks for the offsets."""

    def on_partitions_assigned(self, assigned):
        for place in assigned:
            if place not in producers:
                producers[place] = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
                                                 transactional_id=f"{os.environ['TRANSACTIONAL_ID']}-{place.partition}")
            producers[place].init_transactions()

    def on_partitions_revoked(self, revoked):
        for place in revoked:
            producers.pop(place).close()


consumer.subscribe([os.environ["TOPIC"]], listener=TakeOver())
while True:
    batch = consumer.poll(timeout_ms=1000)
    if not batch:
        continue
    for place, records in batch.items():
        producer = producers[place]
        producer.begin_transaction()
        for record in records:
            producer.send(os.environ["OUTPUT_TOPIC"], invoice(json.loads(record.value)), key=record.key)
        following = {place: OffsetAndMetadata(records[-1].offset + 1, "", -1)}
        producer.send_offsets_to_transaction(following, consumer.group_metadata())
        producer.commit_transaction()
