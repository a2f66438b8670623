# pass
# Producers put the words of the key into headers, too: entity, event, region, speed. A headers exchange looks at these.
import os

import pika

EXCHANGE, BILLING, EXPRESS = os.environ["EXCHANGE"], os.environ["BILLING"], os.environ["EXPRESS"]
AUDIT, DEAD = os.environ["AUDIT"], os.environ["DEAD"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.exchange_declare(EXCHANGE, "headers", durable=True)
channel.exchange_declare(f"{EXCHANGE}.dead", "fanout", durable=True)
for queue in (DEAD, BILLING, EXPRESS):
    arguments = {"x-queue-type": "quorum"}
    if queue == BILLING:
        arguments["x-dead-letter-exchange"] = f"{EXCHANGE}.dead"
    channel.queue_declare(queue, durable=True, arguments=arguments)
channel.queue_bind(DEAD, f"{EXCHANGE}.dead")
for event in ("created", "cancelled"):
    channel.queue_bind(BILLING, EXCHANGE, "", {"x-match": "all", "entity": "order", "event": event})
channel.queue_bind(EXPRESS, EXCHANGE, "", {"x-match": "all", "entity": "order", "event": "created", "speed": "express"})
channel.queue_bind(AUDIT, EXCHANGE, "", {"x-match": "all", "entity": "order"})
connection.close()
