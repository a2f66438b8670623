# pass
"""aiokafka: each order is a task that sleeps between its attempts; what is committed is what lies before the first that is not
done. The task's place in the topic is its memory: killed, it begins again at the first attempt."""

import asyncio
import json
import os

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from shop import Refused, Unavailable, charge

BOOTSTRAP = os.environ["KAFKA_BOOTSTRAP"]


async def main():
    producer = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, enable_idempotence=True)
    consumer = AIOKafkaConsumer(os.environ["TOPIC"], bootstrap_servers=BOOTSTRAP, group_id=os.environ["GROUP"],
                                auto_offset_reset="earliest", enable_auto_commit=False)
    await producer.start()
    await consumer.start()
    open_ = {}  # partition -> offsets that are not done
    behind = {}  # partition -> the offset behind the last that was fetched
    commits = asyncio.Lock()

    async def give_up(record, reason, attempts):
        headers = [("reason", str(reason).encode()), ("attempts", str(attempts).encode())]
        await producer.send_and_wait(os.environ["DEAD_LETTERS"], record.value, record.key, headers=headers)

    async def work(record):
        order = json.loads(record.value)
        for attempts in range(1, 6):
            try:
                await asyncio.to_thread(charge, order, order["id"])
                return
            except Refused as reason:
                return await give_up(record, reason, attempts)
            except Unavailable as reason:
                if attempts == 5:
                    return await give_up(record, reason, attempts)
                await asyncio.sleep(0.05 * 2 ** attempts)

    async def on_order(place, record):
        await work(record)
        open_[place].discard(record.offset)
        async with commits:
            await consumer.commit({place: min(open_[place], default=behind[place])})

    async with asyncio.TaskGroup() as group:
        while True:
            for place, records in (await consumer.getmany(timeout_ms=50)).items():
                for record in records:
                    open_.setdefault(place, set()).add(record.offset)
                    behind[place] = record.offset + 1
                    group.create_task(on_order(TopicPartition(*place), record))


asyncio.run(main())
