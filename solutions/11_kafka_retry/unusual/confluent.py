# pass
# confluent-kafka; the retry topics have due times in a header, and one partition each.
import json
import os
import signal
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
PAUSES = (0.1, 0.2, 0.4, 0.8)
RETRIES = [f"{TOPIC}.retry.{n}" for n in range(1, 5)]

admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
for topic, made in admin.create_topics([NewTopic(name, 1, 1) for name in RETRIES]).items():
    try:
        made.result()
    except Exception as already_there:
        print(topic, already_there)

producer = Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 0})
consumer = Consumer({
    "bootstrap.servers": BOOTSTRAP, "group.id": os.environ["GROUP"], "auto.offset.reset": "earliest",
    "enable.auto.commit": False, "fetch.wait.max.ms": 50,
})
consumer.subscribe([TOPIC, *RETRIES])
stopping, paused = False, {}


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


def send(topic, message, **headers):
    failures = []
    producer.produce(topic, message.value(), key=message.key(), headers={k: str(v).encode() for k, v in headers.items()},
                     on_delivery=lambda error, _: failures.append(error) if error else None)
    if producer.flush(10) or failures:
        raise RuntimeError(f"not confirmed: {failures}")


def on_order(message):
    headers = dict(message.headers() or [])
    attempts = int(headers.get("attempts", 0)) + 1
    try:
        charge(json.loads(message.value()))
    except ValueError as reason:
        send(DEAD_LETTERS, message, reason=reason, attempts=attempts)
    except Refused as reason:
        send(DEAD_LETTERS, message, reason=reason, attempts=attempts)
    except Unavailable as reason:
        if attempts == 5:
            send(DEAD_LETTERS, message, reason=reason, attempts=attempts)
        else:
            send(RETRIES[attempts - 1], message, attempts=attempts, due=time.time() + PAUSES[attempts - 1])


while not stopping:
    for name in [name for name, due in paused.items() if due <= time.time()]:
        del paused[name]
        consumer.resume([TopicPartition(name, 0)])
    message = consumer.poll(0.02)
    if message is None or message.error():
        continue
    due = float(dict(message.headers() or []).get("due", 0)) if message.topic() != TOPIC else 0
    if due > time.time():
        consumer.pause([TopicPartition(message.topic(), 0)])
        consumer.seek(TopicPartition(message.topic(), 0, message.offset()))
        paused[message.topic()] = due
        continue
    on_order(message)
    consumer.commit(message, asynchronous=False)
consumer.close()
