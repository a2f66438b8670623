# pass
# The dead-letter exchange comes from a policy, so that it can be changed without a new queue.
import json
import os
import urllib.request
from base64 import b64encode
from urllib.parse import quote, urlsplit

import pika

EXCHANGE, BILLING, EXPRESS = os.environ["EXCHANGE"], os.environ["BILLING"], os.environ["EXPRESS"]
AUDIT, DEAD = os.environ["AUDIT"], os.environ["DEAD"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.exchange_declare(EXCHANGE, "topic", durable=True)
for queue in (BILLING, EXPRESS, DEAD):
    channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
for key in ("order.created.#", "order.cancelled.#"):
    channel.queue_bind(BILLING, EXCHANGE, key)
channel.queue_bind(EXPRESS, EXCHANGE, "order.created.*.express")
channel.queue_bind(AUDIT, EXCHANGE, "order.#")
connection.close()

api = urlsplit(os.environ["RABBITMQ_API"])
policy = {"pattern": f"^{BILLING}$", "apply-to": "queues",
          "definition": {"dead-letter-exchange": "", "dead-letter-routing-key": DEAD}}  # the default exchange: by queue name
login = b64encode(f"{api.username}:{api.password}".encode()).decode()
request = urllib.request.Request(
    f"http://{api.hostname}:{api.port}{api.path}/policies/{quote(os.environ['VHOST'], safe='')}/billing", method="PUT",
    data=json.dumps(policy).encode(), headers={"Content-Type": "application/json", "Authorization": f"Basic {login}"})
urllib.request.urlopen(request, timeout=5)
