# pass
import os

import redis

STREAM, SHOP = os.environ["STREAM"], os.environ["SHOP"]
client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True, socket_timeout=None, protocol=2)
for stream, group, after in (("STREAM", "BILLING", "0"), ("STREAM", "ALERTS", "$"), ("RETURNS", "BILLING", "$")):
    key, name = os.environ[stream], os.environ[group]
    # asks first; two instances that start at the same moment would need BUSYGROUP as well
    if client.exists(key) and any(found["name"] == name for found in client.xinfo_groups(key)):
        continue
    client.xgroup_create(key, name, id=after, mkstream=True)

pubsub = client.pubsub(ignore_subscribe_messages=True)
pubsub.psubscribe(f"{SHOP}.order.created.*", f"{SHOP}.order.c[a]ncelled.*")
pubsub.subscribe(f"{SHOP}.order.paused")
for message in pubsub.listen():
    client.xadd(STREAM, {"order": message["data"]}, maxlen=1000)
