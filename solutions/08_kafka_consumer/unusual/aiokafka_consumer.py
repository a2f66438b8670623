# pass
import asyncio
import json
import os

import aiokafka
from shop import Refused, Unavailable, charge


async def work(order):
    while True:
        try:
            await asyncio.to_thread(charge, order)
            return
        except Unavailable:
            await asyncio.sleep(0.1)
        except Refused as reason:
            print(reason)
            return


async def main():
    consumer = aiokafka.AIOKafkaConsumer(
        os.environ["TOPIC"],
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
        group_id=os.environ["GROUP"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    async for record in consumer:
        await work(json.loads(record.value))
        place = aiokafka.TopicPartition(record.topic, record.partition)
        await consumer.commit({place: record.offset + 1})


asyncio.run(main())
