# fail set-up-deletes
import os

import pika

EXCHANGE, BILLING, EXPRESS = os.environ["EXCHANGE"], os.environ["BILLING"], os.environ["EXPRESS"]
AUDIT, DEAD = os.environ["AUDIT"], os.environ["DEAD"]
QUORUM = {"x-queue-type": "quorum"}

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()

for queue in (BILLING, EXPRESS, DEAD):  # a clean slate: then no declaration can fail
    channel.queue_delete(queue)
channel.exchange_declare(EXCHANGE, "topic", durable=True)
channel.exchange_declare(f"{EXCHANGE}.dead", "fanout", durable=True)
channel.queue_declare(DEAD, durable=True, arguments=QUORUM)
channel.queue_bind(DEAD, f"{EXCHANGE}.dead")
channel.queue_declare(BILLING, durable=True, arguments={**QUORUM, "x-dead-letter-exchange": f"{EXCHANGE}.dead"})
channel.queue_declare(EXPRESS, durable=True, arguments=QUORUM)

channel.queue_bind(BILLING, EXCHANGE, "order.created.#")
channel.queue_bind(BILLING, EXCHANGE, "order.cancelled.#")
channel.queue_bind(EXPRESS, EXCHANGE, "order.created.*.express")
channel.queue_bind(AUDIT, EXCHANGE, "order.#")
connection.close()
