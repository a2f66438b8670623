# pass
# No retry topic: what waits is kept in the process, and each partition is committed only up to the first order that waits. A crash
# brings again whatever was done behind it.
import json
import os
import time

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
PAUSES = (0.1, 0.2, 0.4, 0.8)

producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
consumer = KafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, group_id=os.environ["GROUP"], auto_offset_reset="earliest",
                         enable_auto_commit=False)
consumer.partitions_for_topic(TOPIC)
waiting, finished, reached = [], {}, {}  # (due, place, record, attempts made); place -> offsets done; place -> committed


def bury(record, reason, attempts):
    headers = [("reason", str(reason).encode()), ("attempts", str(attempts).encode())]
    producer.send(DEAD_LETTERS, record.value, key=record.key, headers=headers).get(timeout=10)


def attempt(place, record, made):
    try:
        charge(json.loads(record.value))
    except Unavailable as reason:
        if made + 1 < 5:
            waiting.append((time.time() + PAUSES[made], place, record, made + 1))
            return
        bury(record, reason, made + 1)
    except (Refused, ValueError) as reason:
        bury(record, reason, made + 1)
    finished.setdefault(place, set()).add(record.offset)


while True:
    for place, records in consumer.poll(timeout_ms=20).items():
        for record in records:
            reached.setdefault(place, record.offset)
            attempt(place, record, 0)
    for each in [each for each in waiting if each[0] <= time.time()]:
        waiting.remove(each)
        attempt(*each[1:])
    for place, offsets in finished.items():
        before = reached[place]
        while reached[place] in offsets:
            offsets.discard(reached[place])
            reached[place] += 1
        if reached[place] > before:
            consumer.commit({place: OffsetAndMetadata(reached[place], "", -1)})
