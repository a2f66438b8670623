# pass
import json
import os

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

servers = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"]}
wanted = [
    NewTopic(os.environ["ORDERS"], 6, 1, config={"retention.ms": 259200000}),
    NewTopic(os.environ["ADDRESSES"], 3, 1, config={"cleanup.policy": "compact"}),
    NewTopic(os.environ["AUDIT"], 1, 1, config={"retention.ms": -1}),
]
admin = AdminClient(servers)  # kept: its futures end with it
for name, future in admin.create_topics(wanted).items():
    try:
        future.result()
    except KafkaException as error:
        if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
            raise

failed = []
producer = Producer({**servers, "enable.idempotence": True, "compression.type": "gzip"})  # partitions by CRC32
with open(os.environ["EVENTS"]) as lines:
    for line in lines:
        event = json.loads(line)
        producer.produce(os.environ["ORDERS"], line.encode(), key=event["customer"],
                         on_delivery=lambda error, record: error and failed.append(error))
producer.flush(10)
raise SystemExit(bool(failed))
