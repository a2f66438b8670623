# pass
# aiokafka: one task for the orders, one for a single retry topic, whose records wait in the process until they are due; it
# commits only up to the first that still waits.
import asyncio
import json
import os
import time

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from shop import Refused, Unavailable, charge

BOOTSTRAP, TOPIC, DEAD_LETTERS = os.environ["KAFKA_BOOTSTRAP"], os.environ["TOPIC"], os.environ["DEAD_LETTERS"]
RETRIES = f"{TOPIC}-later"
PAUSES = (0.1, 0.2, 0.4, 0.8)


def reading(topic, group):
    return aiokafka.AIOKafkaConsumer(topic, bootstrap_servers=BOOTSTRAP, group_id=group, auto_offset_reset="earliest",
                                     enable_auto_commit=False, fetch_max_wait_ms=50)


async def on_order(record, producer):
    attempts = int(dict(record.headers).get("attempts", b"0")) + 1

    async def send(topic, **headers):
        told = [(name, str(value).encode()) for name, value in headers.items()]
        await producer.send_and_wait(topic, record.value, key=record.key, headers=told)

    try:
        await asyncio.to_thread(charge, json.loads(record.value))
    except Unavailable as reason:
        if attempts < 5:
            await send(RETRIES, attempts=attempts, due=time.time() + PAUSES[attempts - 1])
        else:
            await send(DEAD_LETTERS, reason=reason, attempts=attempts)
    except (Refused, ValueError) as reason:
        await send(DEAD_LETTERS, reason=reason, attempts=attempts)


async def orders(producer):
    async with reading(TOPIC, os.environ["GROUP"]) as consumer:
        async for record in consumer:
            await on_order(record, producer)
            await consumer.commit({aiokafka.TopicPartition(TOPIC, record.partition): record.offset + 1})


async def retries(producer):
    waiting, place = {}, aiokafka.TopicPartition(RETRIES, 0)

    async def later(record):
        await asyncio.sleep(max(0, float(dict(record.headers)["due"]) - time.time()))
        await on_order(record, producer)

    async with reading(RETRIES, os.environ["GROUP"] + "-retries") as consumer:
        committed = None
        while True:
            for records in (await consumer.getmany(timeout_ms=50)).values():
                for record in records:
                    waiting[record.offset] = asyncio.create_task(later(record))
            for offset in sorted(waiting):
                if not waiting[offset].done():
                    break
                waiting.pop(offset).result()
                committed = offset + 1
            if committed:
                await consumer.commit({place: committed})
                committed = None


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    await admin.start()
    await admin.create_topics([NewTopic(RETRIES, 1, 1)])
    await admin.close()
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=BOOTSTRAP) as producer:
        await asyncio.gather(orders(producer), retries(producer))


asyncio.run(main())
