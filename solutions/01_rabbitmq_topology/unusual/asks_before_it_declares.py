# pass
# Tries to declare AUDIT; learns from the 406 that it is somebody else's, opens a new channel and binds it as it is.
import os

import pika
from pika.exceptions import ChannelClosedByBroker

EXCHANGE = os.environ["EXCHANGE"]
connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))


def queue(name, **arguments):
    channel = connection.channel()
    try:
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum", **arguments})
    except ChannelClosedByBroker as closed:
        if closed.reply_code != 406:
            raise
        print(f"{name} is there, and otherwise than I would have it: {closed.reply_text}")
    else:
        channel.close()


main = connection.channel()
main.exchange_declare(EXCHANGE, pika.exchange_type.ExchangeType.topic, durable=True)
queue(os.environ["DEAD"])
queue(os.environ["EXPRESS"])
queue(os.environ["AUDIT"])
queue(os.environ["BILLING"], **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": os.environ["DEAD"]})
for name, key in (("BILLING", "order.created.#"), ("BILLING", "order.cancelled.#"), ("EXPRESS", "order.created.*.express"),
                  ("AUDIT", "order"), ("AUDIT", "order.*.#")):
    main.queue_bind(os.environ[name], EXCHANGE, key)
connection.close()
