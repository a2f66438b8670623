# pass
# Trims with a command of its own after every fifty entries.
import os

import redis

STREAM = os.environ["STREAM"]
client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True, socket_timeout=None)
for stream, group, after in (("STREAM", "BILLING", "0-0"), ("STREAM", "ALERTS", "$"), ("RETURNS", "BILLING", "0")):
    try:
        client.execute_command("XGROUP", "CREATE", os.environ[stream], os.environ[group], after, "MKSTREAM")
    except redis.ResponseError as error:
        print(error)
        if not str(error).startswith("BUSYGROUP"):
            raise

pubsub = client.pubsub()
pubsub.psubscribe(os.environ["SHOP"] + ".order.*")
written = 0
for message in pubsub.listen():
    if message["type"] == "pmessage":
        client.xadd(STREAM, {message["channel"]: message["data"]})
        written += 1
        if written % 50 == 0:
            client.xtrim(STREAM, maxlen=1000, approximate=False)
