"""Make the consumer groups, then write down in a stream what the shop announces about orders, until told to stop."""

import os
import signal

import redis

STREAM, RETURNS, SHOP = os.environ["STREAM"], os.environ["RETURNS"], os.environ["SHOP"]
BILLING, ALERTS = os.environ["BILLING"], os.environ["ALERTS"]

client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def make_group(stream, group, after):
    # region task: make the stream where there is none, and pass over a group that is there, but over nothing else
    try:
        client.xgroup_create(stream, group, id=after, mkstream=True)
    except redis.ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise
    # starter:
    #| try:
    #|     client.xgroup_create(stream, group, id=after)
    #| except redis.ResponseError:
    #|     pass
    # endregion


# region task: a group begins after the id it is made with: 0 is before everything, $ behind everything
make_group(STREAM, BILLING, "0")
make_group(STREAM, ALERTS, "$")
make_group(RETURNS, BILLING, "0")
# starter:
#| make_group(STREAM, BILLING, "$")
#| make_group(STREAM, ALERTS, "$")
#| make_group(RETURNS, BILLING, "$")
# endregion

stopping = False


def stop(signum, frame):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)
pubsub = client.pubsub()
# region task: subscribe to a pattern, as narrow as the wish
pubsub.psubscribe(f"{SHOP}.order.*")
# starter:
#| pubsub.psubscribe(f"{SHOP}.*")
# endregion
while not stopping:
    message = pubsub.get_message(timeout=0.5)
    # region task: the confirmation of the subscription is no message; the stream keeps its newest 1,000 entries
    if message and message["type"] == "pmessage":
        client.xadd(STREAM, {"channel": message["channel"], "order": message["data"]}, maxlen=1000, approximate=True)
    # starter:
    #| if message:
    #|     client.xadd(STREAM, {"channel": message["channel"], "order": message["data"]})
    # endregion
pubsub.close()
