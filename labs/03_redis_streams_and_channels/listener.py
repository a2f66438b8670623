"""Make the consumer groups, then write down in a stream what the shop announces about orders, until told to stop."""

import os
import signal

import redis

STREAM, RETURNS, SHOP = os.environ["STREAM"], os.environ["RETURNS"], os.environ["SHOP"]
BILLING, ALERTS = os.environ["BILLING"], os.environ["ALERTS"]

client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def make_group(stream, group, after):
    try:
        client.xgroup_create(stream, group, id=after)
    except redis.ResponseError:
        pass


make_group(STREAM, BILLING, "$")
make_group(STREAM, ALERTS, "$")
make_group(RETURNS, BILLING, "$")

stopping = False


def stop(signum, frame):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)
pubsub = client.pubsub()
pubsub.psubscribe(f"{SHOP}.*")
while not stopping:
    message = pubsub.get_message(timeout=0.5)
    if message:
        client.xadd(STREAM, {"channel": message["channel"], "order": message["data"]})
pubsub.close()
