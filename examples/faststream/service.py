"""A FastStream service on RabbitMQ: takes a payment for each order in its queue."""

import asyncio
import json
import os
from urllib.request import Request, urlopen

from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

broker = RabbitBroker(os.environ["RABBIT_URL"], default_channel=Channel(prefetch_count=10))
app = FastStream(broker)


@broker.subscriber(RabbitQueue("orders", durable=True), ack_policy=AckPolicy(os.environ.get("ACK_POLICY", "reject_on_error")))
async def pay(order: dict):
    body = json.dumps({"order": order["order_id"], "amount": order["amount"]}).encode()
    await asyncio.to_thread(urlopen, Request(os.environ["PAYMENT_API"], body), timeout=30)


if __name__ == "__main__":
    asyncio.run(app.run())
