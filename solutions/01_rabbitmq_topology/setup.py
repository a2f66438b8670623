"""Set up the exchange, the queues and the bindings for the events of an order; good to run again at any time."""

import os

import pika

EXCHANGE, BILLING, EXPRESS = os.environ["EXCHANGE"], os.environ["BILLING"], os.environ["EXPRESS"]
AUDIT, DEAD = os.environ["AUDIT"], os.environ["DEAD"]
QUORUM = {"x-queue-type": "quorum"}

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.exchange_declare(EXCHANGE, "topic", durable=True)

# region task: what billing rejects goes through an exchange of its own to a queue that keeps it
DEAD_LETTERS = f"{EXCHANGE}.dead"
channel.exchange_declare(DEAD_LETTERS, "fanout", durable=True)
channel.queue_declare(DEAD, durable=True, arguments=QUORUM)
channel.queue_bind(DEAD, DEAD_LETTERS)
channel.queue_declare(BILLING, durable=True, arguments={**QUORUM, "x-dead-letter-exchange": DEAD_LETTERS})
# starter:
#| channel.queue_declare(DEAD, durable=True, arguments=QUORUM)
#| channel.queue_declare(BILLING, durable=True, arguments=QUORUM)
# endregion
channel.queue_declare(EXPRESS, durable=True, arguments=QUORUM)

# region task: bind with # where any number of words may follow, with * where exactly one may vary
channel.queue_bind(BILLING, EXCHANGE, "order.created.#")
channel.queue_bind(BILLING, EXCHANGE, "order.cancelled.#")
channel.queue_bind(EXPRESS, EXCHANGE, "order.created.*.express")
# AUDIT is not ours: binding does not need a declaration, and a declaration could only be refused.
channel.queue_bind(AUDIT, EXCHANGE, "order.#")
# starter:
#| channel.queue_bind(BILLING, EXCHANGE, "order.*.*")
#| channel.queue_bind(EXPRESS, EXCHANGE, "order.created.#")
#| channel.queue_bind(AUDIT, EXCHANGE, "order.*")
# endregion

connection.close()
