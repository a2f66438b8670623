# pass
# A task for each partition that getmany() returns. aiokafka rebalances in the background: the listener waits for the round.
import json
import os
import asyncio

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from shop import Unavailable, charge


async def work(records):
    for record in records:
        while True:
            try:
                await asyncio.to_thread(charge, json.loads(record.value))
                break
            except Unavailable:
                await asyncio.sleep(0.1)


class AfterTheRound(ConsumerRebalanceListener):
    def __init__(self, busy):
        self.busy = busy

    async def on_partitions_revoked(self, revoked):
        async with self.busy:
            print("given back:", sorted(place.partition for place in revoked))

    async def on_partitions_assigned(self, assigned):
        print("assigned:", sorted(place.partition for place in assigned))


async def main():
    busy = asyncio.Lock()
    consumer = AIOKafkaConsumer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
                                group_id=os.environ["GROUP"], auto_offset_reset="earliest", enable_auto_commit=False,
                                max_poll_records=3)
    consumer.subscribe([os.environ["TOPIC"]], listener=AfterTheRound(busy))
    await consumer.start()
    while True:
        async with busy:
            batch = await consumer.getmany(timeout_ms=200)
            if batch:
                await asyncio.gather(*(work(records) for records in batch.values()))
                await consumer.commit({place: records[-1].offset + 1 for place, records in batch.items()})


asyncio.run(main())
