# pass
# Two competing consumers under one parent, which passes the request to stop on to them.
import json
import multiprocessing
import os
import signal

import pika
from shop import Refused, Unavailable, charge


def consume():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=2)

    def on_order(channel, method, properties, body):
        order = json.loads(body)
        while True:
            try:
                charge(order)
            except Unavailable:
                connection.sleep(0.1)
                continue
            except Refused:
                channel.basic_reject(method.delivery_tag, requeue=False)
            else:
                channel.basic_ack(method.delivery_tag)
            return

    channel.basic_consume(os.environ["QUEUE"], on_order)
    channel.start_consuming()


if __name__ == "__main__":
    workers = [multiprocessing.Process(target=consume) for _ in range(2)]
    for worker in workers:
        worker.start()
    signal.signal(signal.SIGTERM, lambda *_: [worker.terminate() for worker in workers])
    for worker in workers:
        worker.join()
