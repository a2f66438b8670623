"""The stage on RabbitMQ: a virtual host of the run's own, with one durable queue."""

import json
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pika

from helpers.bench.lab import Lab
from helpers.bench.stage import Arrived, Census
from helpers.bench.topology import Topology, quietly
from helpers.bench.topology import rabbitmq as topology
from helpers.brokers import rabbitmq
from helpers.brokers.base import Server
from helpers.brokers.owners import owner_lives, owner_tag
from helpers.brokers.errors import BrokerError
from helpers.wire import tokens
from helpers.wire.amqp import AMQP

_PREFIX = "workbook"
_OURS = re.compile(rf"{_PREFIX}\.(\d+-\d+)\.[a-z0-9]+")
_CENSUS_PATIENCE = 2.0
_BLOCKED = 5.0
"""Seconds that the broker may keep the bench from publishing (connection.blocked)."""
_YOUNG = 2.0
"""Seconds: a quorum queue declared less than 1.5 s before a kill -9 of a single node did not come back (measured on
3.10.8; on 4.3.6 the orders were gone in the one run that did not wait). A lab that kills the broker begins when its queue
is older than that."""


class RabbitMQStage:
    """See helpers.bench.stage.Stage."""

    decoder = AMQP
    url_variable = "AMQP_URL"
    charged_is_done = False
    output = ""
    malformed = ()

    def __init__(self, lab: Lab, server: Server, rng: random.Random):
        self.server = server
        self._type = lab.queue_type
        self._declares = lab.declares
        self._ages = server.instance == "spare" and lab.queue_type == "quorum" and not lab.declares
        self._only_in = "consumer" not in lab.roles
        self._admin = rabbitmq.Admin(server)
        suffix = "".join(rng.choices("23456789abcdefghjkmnpqrstvwxyz", k=6))
        self._vhost = f"{_PREFIX}.{owner_tag()}.{suffix}"
        self._queue = f"orders-{suffix[:4]}"
        self._exchange = f"shop-{suffix[:4]}" if lab.bindings else ""
        self._bindings = lab.bindings
        self.dead = f"dead-{suffix[:4]}" if lab.dead_letters else ""

    def open(self) -> None:
        self._admin.create_vhost(self._vhost)
        connection = pika.BlockingConnection(pika.URLParameters(self._url()))
        channel = connection.channel()
        arguments = {"x-queue-type": self._type}
        if self.dead:
            channel.queue_declare(self.dead, durable=True, arguments=arguments)
            arguments |= {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": self.dead}
        if not self._declares:
            channel.queue_declare(self._queue, durable=True, arguments=arguments)
        if self._exchange:
            channel.exchange_declare(self._exchange, exchange_type="topic", durable=True)
        for key in self._bindings:
            channel.queue_bind(self._queue, self._exchange, key)
        connection.close()
        if self._ages:
            time.sleep(_YOUNG)

    def upstream(self) -> tuple[str, int]:
        return self.server.host, self.server.port

    def environment(self, tap_port: int) -> dict[str, str]:
        names = {"AMQP_URL": self._url(tap_port), "QUEUE": self._queue}
        more = {"EXCHANGE": self._exchange, "DEAD_LETTERS": self.dead}
        return names | {name: value for name, value in more.items() if value}

    def fill(self, tap_port: int, orders: Sequence[Mapping[str, Any]], accepted: Callable[[str], None]) -> None:
        parameters = pika.URLParameters(self._url(tap_port))
        parameters.blocked_connection_timeout = _BLOCKED
        try:
            self._publish(pika.BlockingConnection(parameters), orders, accepted)
        except pika.exceptions.ConnectionBlockedTimeout:
            raise BrokerError(f"{self.server.title} takes no messages: an alarm is on (memory or disk; see "
                              f"`python -m helpers logs {self.server.name}`)") from None

    def _publish(self, connection: pika.BlockingConnection, orders: Sequence[Mapping[str, Any]],
                 accepted: Callable[[str], None]) -> None:
        channel = connection.channel()
        channel.confirm_delivery()
        for order in orders:
            properties = pika.BasicProperties(
                content_type="application/json", delivery_mode=pika.DeliveryMode.Persistent.value,
                message_id=order["id"], timestamp=int(time.time()),
            )
            channel.basic_publish("", self._queue, json.dumps(order), properties, mandatory=True)
            accepted(order["id"])
        connection.close()

    def census(self, expected: Callable[[], int]) -> Census:
        # What a dead consumer held comes back a moment after its connection has ended; what a producer sent without asking
        # for confirms may still be on its way, and what it sent twice is there twice.
        end = time.monotonic() + _CENSUS_PATIENCE
        while time.monotonic() < end:
            depth = rabbitmq.depth(self._url(), self._queue)
            if depth is None or depth == expected() or (self._only_in and depth is not None and depth > expected()):
                break
            time.sleep(0.01)
        names = {queue["name"] for queue in self._admin.queues(self._vhost)} | {self._queue}
        found = Census(main=self._queue, topology=quietly(self.topology))
        for name in sorted(names):
            messages = rabbitmq.drain(self._url(), name) if rabbitmq.depth(self._url(), name) is not None else []
            arrived = [Arrived(order, m.body, _meta(m)) for m in messages if (order := _order(m))]
            found.messages[name] = arrived
            found.places[name] = [each.order for each in arrived]
        return found

    def topology(self) -> Topology:
        return topology.read(self.server, self._vhost)

    def redrive(self, tap_port: int) -> int:
        letters = rabbitmq.drain(self._url(), self.dead)
        connection = pika.BlockingConnection(pika.URLParameters(self._url(tap_port)))
        channel = connection.channel()
        channel.confirm_delivery()
        for letter in letters:
            channel.basic_publish("", self._queue, letter.body, letter.properties, mandatory=True)
        connection.close()
        return len(letters)

    def before_kill(self) -> None:
        """A quorum queue that the programs have declared is given the time that makes it outlive the node (see _YOUNG)."""
        if self._declares and any(queue.get("type") == "quorum" for queue in self._admin.queues(self._vhost)):
            time.sleep(_YOUNG)

    def evict(self, actor: str) -> None:
        """Nothing to do: its connection has ended, and with it its consumers."""

    def close(self) -> None:
        self._admin.delete_vhost(self._vhost)
        self._admin.close()

    def _url(self, port: int | None = None) -> str:
        url = self.server.url(vhost=self._vhost)
        return url if port is None else url.replace(f":{self.server.port}/", f":{port}/")


def _order(message: rabbitmq.Message) -> str | None:
    properties = message.properties
    headers = [str(value) for value in (properties.headers or {}).values()]
    return tokens.find(headers, properties.message_id, properties.correlation_id, message.body)


def _meta(message: rabbitmq.Message) -> dict[str, Any]:
    """The properties that are set, and the routing key."""
    properties = {name: value for name, value in vars(message.properties).items() if value is not None}
    return {**properties, "routing_key": message.routing_key}


def remove_leftovers(server: Server) -> list[str]:
    """Delete the virtual hosts of runs whose process is gone (it was killed before it could); their names."""
    admin = rabbitmq.Admin(server)
    gone = [name for name in admin.vhosts() if (m := _OURS.fullmatch(name)) and not owner_lives(m[1])]
    for name in gone:
        admin.delete_vhost(name)
    admin.close()
    return gone
