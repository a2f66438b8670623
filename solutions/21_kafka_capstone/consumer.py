"""Charge every order: try again later what may pass, put aside what will not, lose nothing, and charge nothing twice."""

import json
import os
import signal
import time

# region task: what is needed to send copies away, and what the shop may answer
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata
from kafka.admin import NewTopic
from shop import Refused, Unavailable, charge
# starter:
#| from kafka import KafkaConsumer
#| from shop import charge
# endregion

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
ATTEMPTS = 5
PAUSES = (0.1, 0.2, 0.4, 0.8)  # seconds before the second, third, fourth and fifth attempt

# region task: a topic for each pause: records stand there until somebody comes back to them
retry_topics = {f"{TOPIC}-retry-{pause * 1000:.0f}": pause for pause in PAUSES}
with KafkaAdminClient(bootstrap_servers=BOOTSTRAP) as admin:
    topics = [NewTopic(name, num_partitions=1, replication_factor=1) for name in retry_topics]
    admin.create_topics(topics, raise_errors=False, wait_for_metadata=True)  # after a restart they are there already
producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, acks="all")
# starter:
#| retry_topics = {}  # topic -> seconds that its records have to wait
# endregion

consumer = KafkaConsumer(
    TOPIC,
    *retry_topics,
    bootstrap_servers=BOOTSTRAP,
    group_id=os.environ["GROUP"],
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    fetch_max_wait_ms=50,  # while Kafka holds back an answer for this long, what was resumed is not asked for
)
for topic in (TOPIC, *retry_topics):
    consumer.partitions_for_topic(topic)  # kafka-python 3.0.12: who joins before it knows the topics may be given nothing


# region task: send away what cannot be charged now
def send(topic, record, **headers):
    """Returns once Kafka has taken responsibility for the copy; raises otherwise."""
    told = [(name, str(value).encode()) for name, value in headers.items()]
    producer.send(topic, record.value, key=record.key, headers=told).get(timeout=10)
# starter:
# endregion


def on_order(record):
    # region task: charge it; send it to wait, or to the dead letters, where it cannot be charged now
    attempts = int(dict(record.headers).get("attempts", 0)) + 1
    try:
        order = json.loads(record.value)
        charge(order, key=order["id"])  # the shop knows an order that it has charged already by this key
    except Unavailable as reason:
        if attempts < ATTEMPTS:
            send(list(retry_topics)[attempts - 1], record, attempts=attempts)
        else:
            send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
    except (Refused, ValueError) as reason:
        # Refused, or no JSON: another attempt would end the same way.
        send(DEAD_LETTERS, record, reason=reason, attempts=attempts)
    # starter:
    #| charge(json.loads(record.value))
    # endregion


def stop(signum, frame):
    # Only a note for later: the order in hand is finished first.
    global stopping
    stopping = True


stopping = False  # becomes True when the program is asked to stop
signal.signal(signal.SIGTERM, stop)
resume_at = {}  # partitions that are paused -> when their first record is due

while not stopping:
    # region task: one record after the other, and those of a retry topic when they are due; a commit behind each
    now = time.time()
    for place in [place for place, due in resume_at.items() if due <= now]:
        del resume_at[place]
        if place in consumer.assignment():
            consumer.resume(place)
    for place, records in consumer.poll(timeout_ms=50).items():
        for record in records:
            due = record.timestamp / 1000 + retry_topics.get(record.topic, 0)
            if due > time.time():
                # It stays where it stands, and the other partitions go on. All behind it are due later.
                consumer.pause(place)
                consumer.seek(place, record.offset)
                resume_at[place] = due
                break
            on_order(record)
            # Charged, or safe in another topic. Killed just before this line, we hold it twice.
            consumer.commit({place: OffsetAndMetadata(record.offset + 1, "", -1)})
    # starter:
    #| batch = consumer.poll(timeout_ms=50)
    #| if batch:
    #|     consumer.commit()
    #| for records in batch.values():
    #|     for record in records:
    #|         on_order(record)
    # endregion

consumer.close(autocommit=False)
