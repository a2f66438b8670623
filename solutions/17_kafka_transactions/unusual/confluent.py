# pass
import json
import os

from confluent_kafka import Consumer, Producer, TopicPartition

consumer = Consumer({
    "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"],
    "group.id": os.environ["GROUP"],
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
})  # librdkafka reads committed records unless told otherwise
consumer.subscribe([os.environ["TOPIC"]])
producer = Producer({
    "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"],
    "transactional.id": os.environ["TRANSACTIONAL_ID"],
})
producer.init_transactions()
while True:
    messages = [m for m in consumer.consume(10, timeout=0.2) if not m.error()]
    if not messages:
        continue
    producer.begin_transaction()
    for message in messages:
        order = json.loads(message.value())
        producer.produce(os.environ["OUTPUT_TOPIC"], json.dumps({"id": order["id"]}), key=message.key())
    ends = {}
    for message in messages:
        ends[message.partition()] = message.offset() + 1
    offsets = [TopicPartition(os.environ["TOPIC"], partition, offset) for partition, offset in ends.items()]
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata())
    producer.commit_transaction()
