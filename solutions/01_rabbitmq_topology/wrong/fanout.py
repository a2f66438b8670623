# fail wrong-exchange-type
import os

import pika

EXCHANGE, BILLING, EXPRESS = os.environ["EXCHANGE"], os.environ["BILLING"], os.environ["EXPRESS"]
AUDIT, DEAD = os.environ["AUDIT"], os.environ["DEAD"]
QUORUM = {"x-queue-type": "quorum"}

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()

channel.exchange_declare(EXCHANGE, "fanout", durable=True)
channel.exchange_declare(f"{EXCHANGE}.dead", "fanout", durable=True)
channel.queue_declare(DEAD, durable=True, arguments=QUORUM)
channel.queue_bind(DEAD, f"{EXCHANGE}.dead")
channel.queue_declare(BILLING, durable=True, arguments={**QUORUM, "x-dead-letter-exchange": f"{EXCHANGE}.dead"})
channel.queue_declare(EXPRESS, durable=True, arguments=QUORUM)

for queue in (BILLING, EXPRESS, AUDIT):
    channel.queue_bind(queue, EXCHANGE)
connection.close()
