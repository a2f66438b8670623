# fail group-missing
import os

import redis

STREAM, RETURNS, SHOP = os.environ["STREAM"], os.environ["RETURNS"], os.environ["SHOP"]
BILLING, ALERTS = os.environ["BILLING"], os.environ["ALERTS"]

client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True, socket_timeout=None)


def make_group(stream, group, after):
    try:
        client.xgroup_create(stream, group, id=after, mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


make_group(STREAM, BILLING, "0")
make_group(STREAM, "ALERTS", "$")  # the name of the variable, not what is in it
make_group(RETURNS, BILLING, "0")

pubsub = client.pubsub()
pubsub.psubscribe(f"{SHOP}.order.*")
for message in pubsub.listen():
    if message["type"] == "pmessage":
        client.xadd(STREAM, {"order": message["data"]}, maxlen=1000)
