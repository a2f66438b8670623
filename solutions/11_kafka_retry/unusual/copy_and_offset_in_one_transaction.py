# pass
# The copy and the offset of its original in one transaction: neither lost nor doubled on the way.
import json
import os
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka.admin import NewTopic
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
PAUSES = {f"{TOPIC}-retry-{n}": pause for n, pause in enumerate((0.1, 0.2, 0.4, 0.8), 1)}

with KafkaAdminClient(bootstrap_servers=BOOTSTRAP) as admin:
    admin.create_topics([NewTopic(name, 1, 1) for name in PAUSES], raise_errors=False, wait_for_metadata=True)
producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, transactional_id=os.environ["TRANSACTIONAL_ID"])
producer.init_transactions()
consumer = KafkaConsumer(TOPIC, *PAUSES, bootstrap_servers=BOOTSTRAP, group_id=os.environ["GROUP"], auto_offset_reset="earliest",
                         enable_auto_commit=False, isolation_level="read_committed", fetch_max_wait_ms=50)
for topic in (TOPIC, *PAUSES):
    consumer.partitions_for_topic(topic)


def outcome(record):
    """(topic, headers) of the copy to send; None where the order is charged."""
    attempts = int(dict(record.headers).get("attempts", 0)) + 1
    try:
        charge(json.loads(record.value))
    except Unavailable as reason:
        if attempts < 5:
            return list(PAUSES)[attempts - 1], {"attempts": attempts}
        return DEAD_LETTERS, {"reason": reason, "attempts": attempts}
    except (Refused, ValueError) as reason:
        return DEAD_LETTERS, {"reason": reason, "attempts": attempts}


resume_at = {}
while True:
    for place in [place for place, due in resume_at.items() if due <= time.time()]:
        del resume_at[place]
        consumer.resume(place)
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            due = record.timestamp / 1000 + PAUSES.get(record.topic, 0)
            if due > time.time():
                consumer.pause(place)
                consumer.seek(place, record.offset)
                resume_at[place] = due
                break
            copy = outcome(record)
            offsets = {place: OffsetAndMetadata(record.offset + 1, "", -1)}
            if copy is None:
                consumer.commit(offsets)
                continue
            topic, headers = copy
            producer.begin_transaction()
            producer.send(topic, record.value, key=record.key, headers=[(k, str(v).encode()) for k, v in headers.items()])
            producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
            producer.commit_transaction()
