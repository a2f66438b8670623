"""The other half of producer_aiokafka.py: charges in a thread, commits the position of the record that is done."""

import asyncio
import json
import os
import signal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from shop import charge


async def main():
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    consumer = AIOKafkaConsumer(
        os.environ["TOPIC"], bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"], group_id=os.environ["GROUP"],
        auto_offset_reset="earliest", enable_auto_commit=False,
    )
    await consumer.start()
    while not stopping.is_set():
        for place, records in (await consumer.getmany(timeout_ms=200)).items():
            for record in records:
                await asyncio.to_thread(charge, json.loads(record.value))
                try:
                    await consumer.commit({TopicPartition(record.topic, record.partition): record.offset + 1})
                except (CommitFailedError, IllegalStateError) as error:
                    print(f"somebody else's now: {error!r}")
                    break
    await consumer.stop()


asyncio.run(main())
