# pass
import json
import os
import signal
import threading

import redis

client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
for stream, group, after in (("STREAM", "BILLING", "0"), ("STREAM", "ALERTS", "$"), ("RETURNS", "BILLING", "0")):
    try:
        client.xgroup_create(os.environ[stream], os.environ[group], id=after, mkstream=True)
    except redis.ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


def note(message):
    told = json.dumps({"channel": message["channel"], "order": message["data"]})
    client.xadd(os.environ["STREAM"], {"json": told}, maxlen=1100, approximate=False)


pubsub = client.pubsub()
pubsub.psubscribe(**{os.environ["SHOP"] + ".order.*": note})
thread = pubsub.run_in_thread(sleep_time=0.05)
done = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: done.set())
done.wait()
thread.stop()
thread.join()
