# pass
# EXCHANGE is a fanout that feeds a topic exchange for each team; a queue is bound only to its team's.
import os

import pika

EXCHANGE, QUORUM = os.environ["EXCHANGE"], {"x-queue-type": "quorum"}
KEYS = {"BILLING": ("order.created.#", "order.cancelled.#"), "EXPRESS": ("order.created.*.express",), "AUDIT": ("order.#",)}

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.exchange_declare(EXCHANGE, "fanout", durable=True)
channel.queue_declare(os.environ["DEAD"], durable=True, arguments=QUORUM)
channel.queue_declare(os.environ["EXPRESS"], durable=True, arguments=QUORUM)
channel.queue_declare(os.environ["BILLING"], durable=True, arguments={
    **QUORUM, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": os.environ["DEAD"]})
for team, keys in KEYS.items():
    own = f"{EXCHANGE}.{team.lower()}"
    channel.exchange_declare(own, "topic", durable=True, internal=True)
    channel.exchange_bind(own, EXCHANGE)
    for key in keys:
        channel.queue_bind(os.environ[team], own, key)
connection.close()
