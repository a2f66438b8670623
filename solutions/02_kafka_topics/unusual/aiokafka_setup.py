# pass
import asyncio
import json
import os

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code


async def main():
    bootstrap = os.environ["KAFKA_BOOTSTRAP"]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    answer = await admin.create_topics([
        NewTopic(os.environ["ORDERS"], 6, 1, topic_configs={"retention.ms": "259200000"}),
        NewTopic(os.environ["ADDRESSES"], 3, 1, topic_configs={"cleanup.policy": "compact"}),
        NewTopic(os.environ["AUDIT"], 1, 1, topic_configs={"retention.ms": "-1"}),
    ])
    for name, code, *_ in answer.topic_errors:
        if code not in (0, 36):  # 36: TOPIC_ALREADY_EXISTS
            raise for_code(code)(name)
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        with open(os.environ["EVENTS"]) as lines:
            for event in map(json.loads, lines):
                await producer.send_and_wait(os.environ["ORDERS"], json.dumps(event).encode(), key=event["customer"].encode())


asyncio.run(main())
