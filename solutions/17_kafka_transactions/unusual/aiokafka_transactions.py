# pass
import asyncio
import json
import os

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


async def main():
    where = {"bootstrap_servers": os.environ["KAFKA_BOOTSTRAP"]}
    consumer = AIOKafkaConsumer(os.environ["TOPIC"], group_id=os.environ["GROUP"], auto_offset_reset="earliest",
                                enable_auto_commit=False, isolation_level="read_committed", **where)
    producer = AIOKafkaProducer(transactional_id=os.environ["TRANSACTIONAL_ID"], **where)
    await consumer.start()
    await producer.start()
    while True:
        batch = await consumer.getmany(timeout_ms=200)
        if not batch:
            continue
        async with producer.transaction():
            for records in batch.values():
                for record in records:
                    order = json.loads(record.value)
                    await producer.send(os.environ["OUTPUT_TOPIC"], json.dumps({"id": order["id"]}).encode(), key=record.key)
            offsets = {place: records[-1].offset + 1 for place, records in batch.items()}
            await producer.send_offsets_to_transaction(offsets, os.environ["GROUP"])


asyncio.run(main())
