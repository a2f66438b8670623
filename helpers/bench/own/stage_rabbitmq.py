"""The stage on RabbitMQ for a declared program: its own names, in a virtual host of the run's own."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pika

from helpers.bench import stage_rabbitmq
from helpers.bench.lab import Lab
from helpers.bench.own import sending
from helpers.bench.own.declaration import Misfit
from helpers.brokers import rabbitmq
from helpers.brokers.base import Server

Orders = Sequence[Mapping[str, Any]]
_PATIENCE = 10.0
"""Seconds that a program has to make the queue that it declares itself."""
_STANDING = 2.0
"""Seconds after which what `enqueue` has sent stands in the queue."""


class RabbitMQStage(stage_rabbitmq.RabbitMQStage):
    """A virtual host of the run's own, in which the queue may have any name."""

    def __init__(self, lab: Lab, server: Server, rng: random.Random):
        super().__init__(lab, server, rng)
        self._own = lab.own
        self._queue = lab.own.place or self._queue
        self._exchange = lab.own.exchange
        self._key = lab.own.routing_key or self._queue

    def open(self) -> None:
        self._admin.create_vhost(self._vhost)
        if self._own.declared_by != "bench":
            return
        connection = pika.BlockingConnection(pika.URLParameters(self._url()))
        channel = connection.channel()
        channel.queue_declare(self._queue, durable=True, arguments={"x-queue-type": self._type})
        if self._exchange:
            channel.exchange_declare(self._exchange, exchange_type="topic", durable=True)
            channel.queue_bind(self._queue, self._exchange, self._key)
        connection.close()
        if self._ages:
            time.sleep(stage_rabbitmq._YOUNG)

    def environment(self, tap_port: int) -> dict[str, str]:
        return {**super().environment(tap_port), "PLACE_URL": self._url(tap_port), "PLACE": self._queue}

    def fill(self, tap_port: int, orders: Orders, accepted: Callable[[str], None]) -> None:
        if self._own.declared_by == "program":
            self._await_queue()
        if self._own.enqueue:
            sending.enqueue(self._own, self.environment(tap_port), orders)
            if self._own.declared_by != "program":  # else it is being emptied meanwhile
                self._look_for(len(orders))
                self._put_in_confirmed()
            for order in orders:
                accepted(order["id"])
        else:
            super().fill(tap_port, orders, accepted)

    def _publish(self, connection: pika.BlockingConnection, orders: Orders, accepted: Callable[[str], None]) -> None:
        channel = connection.channel()
        channel.confirm_delivery()
        for order in orders:
            properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, message_id=order["id"])
            try:
                channel.basic_publish(self._exchange, self._key, sending.body(self._own, order), properties, mandatory=True)
            except pika.exceptions.UnroutableError:
                raise Misfit(f"Nothing is bound to the exchange {self._exchange!r} by the key {self._key!r}: messages for the "
                             "program would be dropped. Set exchange and routing_key, or leave both out.") from None
            except pika.exceptions.ChannelClosedByBroker as error:
                raise Misfit(f"RabbitMQ took no message for the exchange {self._exchange!r}: {error.reply_text}") from None
            accepted(order["id"])
        connection.close()

    def _await_queue(self) -> None:
        end = time.monotonic() + _PATIENCE
        while self._depth() is None:
            if time.monotonic() > end:
                raise Misfit(f"The program has not declared the queue {self._queue!r} within {_PATIENCE:g} s{self._there()}. "
                             "Has `queue` its name, and does the program use {url}?")
            time.sleep(0.02)

    def _look_for(self, count: int) -> None:
        end = time.monotonic() + _STANDING
        while (depth := self._depth()) is None or depth < count:
            if time.monotonic() > end:
                found = "there is no such queue" if depth is None else f"{depth} of {count} messages stand there"
                raise Misfit(f"`enqueue` has ended, but in the queue {self._queue!r} {found}{self._there()}.")
            time.sleep(0.02)

    def _put_in_confirmed(self) -> None:
        """Take the messages out and publish them again as they are, for the broker's word that it has them: what `enqueue` sent
        without asking for confirms may not be on disk when the broker is killed."""
        connection = pika.BlockingConnection(pika.URLParameters(self._url()))
        channel = connection.channel()
        channel.confirm_delivery()
        for _ in range(self._depth() or 0):
            method, properties, body = channel.basic_get(self._queue)
            channel.basic_publish("", self._queue, body, properties, mandatory=True)
            channel.basic_ack(method.delivery_tag)
        connection.close()

    def _depth(self) -> int | None:
        return rabbitmq.depth(self._url(), self._queue)

    def _there(self) -> str:
        names = sorted(queue["name"] for queue in self._admin.queues(self._vhost))
        return f" (queues there: {', '.join(names)})" if names else " (there is no queue at all)"
