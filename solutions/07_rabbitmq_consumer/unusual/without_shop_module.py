# pass
# Speaks to the shop over plain HTTP, as a program in any language would.
import json
import os
import urllib.error
import urllib.request

import pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=4)


def on_order(channel, method, properties, body):
    request = urllib.request.Request(
        os.environ["SHOP_URL"] + "/charges", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:
        if error.code == 503:
            connection.sleep(0.1)
        channel.basic_nack(method.delivery_tag, requeue=error.code == 503)
    else:
        channel.basic_ack(method.delivery_tag)


channel.basic_consume(os.environ["QUEUE"], on_order)
channel.start_consuming()
