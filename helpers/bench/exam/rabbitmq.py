"""The examination on RabbitMQ: a virtual host of the run's own, probes with each routing key, a look at what stands there."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pika

from helpers import brokers
from helpers.bench.exam.rabbitmq_wishes import DeadLettered, Returned, Routed, Seen, Standing
from helpers.bench.lab import Lab
from helpers.brokers.owners import owner_tag
from helpers.bench.topology import Topology
from helpers.bench.topology import rabbitmq as topology
from helpers.brokers import rabbitmq
from helpers.wire import tokens

REGIONS = ("eu", "us", "ap", "br", "za", "jp", "in")
WORDS = ("entity", "event", "region", "speed")
"""Headers of a probe, one for each word of its routing key: a headers exchange routes by them."""
_PATIENCE = 3.0
"""Seconds that a dead-lettered message may take to arrive."""


class RabbitMQPlace:
    """See helpers.bench.exam.topology.Place."""

    ready = None

    def __init__(self, lab: Lab, rng: random.Random, folder: Path):
        self._lab, self._rng = lab, rng
        suffix = "".join(rng.choices("23456789abcdefghjkmnpqrstvwxyz", k=6))
        self._vhost = f"workbook.{owner_tag()}.{suffix}"
        names = {variable: f"{variable.lower()}-{suffix[:4]}" for variable in lab.given}
        self.seen = Seen(names, rng.choice(REGIONS))
        self._before: dict[str, int] = {}
        self._probes: dict[str, str] = {}
        self._admin: rabbitmq.Admin | None = None
        self._made = False

    def open(self, note: Callable[[str], None]) -> dict[str, str]:
        self.server = brokers.server("rabbitmq")
        if not self.server.running():
            note(f"starting {self.server.title}")
        self.server.up(note)
        from helpers.bench.stage_rabbitmq import remove_leftovers

        remove_leftovers(self.server)
        self._admin = rabbitmq.Admin(self.server)
        self._admin.create_vhost(self._vhost)
        self._made = True
        self._stand()
        return {"name": "rabbitmq", "title": self.server.broker.title, "provider": self.server.provider,
                "version": self.server.version()}

    def _stand(self) -> None:
        """What others have made before the program comes."""
        connection = self._connect()
        channel = connection.channel()
        channel.confirm_delivery()
        for wish in self._wishes(Standing):
            name = self.seen.names[wish.queue]
            channel.queue_declare(name, durable=True, arguments=dict(wish.arguments))
            token = self._probes[f"standing {wish.queue}"] = self._token()
            properties = pika.BasicProperties(message_id=token, delivery_mode=2)
            channel.basic_publish("", name, b"it waits here", properties, mandatory=True)
        connection.close()

    def upstream(self) -> tuple[str, int]:
        return self.server.host, self.server.port

    def environment(self, port: int | None) -> dict[str, str]:
        management = self.server.ports["management"]
        return {"AMQP_URL": self._url(port), **self.seen.names, "VHOST": self._vhost,
                "RABBITMQ_API": f"http://guest:guest@{self.server.host}:{management}/api"}

    def probe(self, number: int) -> None:
        if number == 1:
            self._publish("first")
            self._before = self._depths()
        else:
            now = self._depths()
            gone = {queue: count - now.get(queue, 0) for queue, count in self._before.items()}
            self.seen.lost = {queue: count for queue, count in gone.items() if count > 0}
            self._publish("second")

    def topology(self) -> Topology:
        return topology.read(self.server, self._vhost)

    def count(self) -> None:
        seen = self.seen
        seen.queues = {q["name"]: q for q in self._get("queues", "?disable_stats=true&enable_queue_totals=true")}
        seen.exchanges = {e["name"]: e for e in self._get("exchanges")}
        seen.bindings = self._get("bindings")
        found = {variable: self._drain(name) for variable, name in seen.names.items() if name in seen.queues}
        for key in self._keys():
            token = self._probes[f"second {key}"]
            seen.landed[key] = [variable for variable, ids in found.items() if token in ids]
        for wish in self._wishes(Standing):
            seen.standing[wish.queue] = self._probes[f"standing {wish.queue}"] in found.get(wish.queue, ())
        for wish in self._wishes(DeadLettered):
            if seen.queue(wish.queue) is not None:
                seen.dead[wish.queue] = self._dead_letter(wish)
        own = [e for name, e in seen.exchanges.items() if name and not name.startswith("amq.")]
        stood = {seen.names[w.queue] for w in self._wishes(Standing)}
        seen.nothing = not own and set(seen.queues) <= stood and not [b for b in seen.bindings if b["source"]]

    def close(self) -> None:
        if self._made:
            self._admin.delete_vhost(self._vhost)
        if self._admin is not None:
            self._admin.close()

    # --- probes

    def _keys(self) -> list[str]:
        return [wish.key.format(region=self.seen.region) for wish in self._wishes(Routed, Returned)]

    def _publish(self, round_: str) -> None:
        """One probe for each key, mandatory and confirmed; which are returned."""
        connection = self._connect()
        self.seen.returned = set()
        for key in self._keys():
            token = self._probes[f"{round_} {key}"] = self._token()
            channel = connection.channel()
            channel.confirm_delivery()
            headers = dict(zip(WORDS, key.split("."), strict=False))
            try:
                channel.basic_publish(self.seen.names["EXCHANGE"], key, b"{}",
                                      pika.BasicProperties(message_id=token, headers=headers, delivery_mode=2), mandatory=True)
                channel.close()
            except pika.exceptions.UnroutableError:
                self.seen.returned.add(key)
                channel.close()
            except pika.exceptions.NackError:
                channel.close()
            except pika.exceptions.ChannelClosedByBroker:
                pass  # no such exchange: what stands there is looked at in `count`
        connection.close()

    def _dead_letter(self, wish: DeadLettered) -> bool:
        """Put a message into the queue, reject it as a consumer would, and look where it arrives."""
        name, token = self.seen.names[wish.queue], self._token()
        connection = self._connect()
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            channel.basic_publish("", name, b"{}", pika.BasicProperties(message_id=token, delivery_mode=2), mandatory=True)
            method, _, _ = channel.basic_get(name)
            if method is None:
                return False
            channel.basic_reject(method.delivery_tag, requeue=False)
            end = time.monotonic() + _PATIENCE
            while self.seen.queue(wish.to) is not None and time.monotonic() < end:
                if token in self._drain(self.seen.names[wish.to]):
                    return True
                time.sleep(0.02)
            return False
        finally:
            if connection.is_open:
                connection.close()

    def _drain(self, name: str) -> set[str]:
        return {message.properties.message_id for message in rabbitmq.drain(self._url(), name)}

    def _depths(self) -> dict[str, int]:
        """Messages ready in each queue that the lab knows."""
        depths = {variable: rabbitmq.depth(self._url(), name) for variable, name in self.seen.names.items()}
        return {variable: depth for variable, depth in depths.items() if depth is not None}

    # --- small things

    def _wishes(self, *kinds: type) -> list:
        return [wish for wish in self._lab.wishes if isinstance(wish, kinds)]

    def _token(self) -> str:
        return tokens.draw(self._rng, 1)[0]

    def _get(self, what: str, query: str = "") -> list[dict]:
        return self._admin.request("GET", f"/{what}/{self._vhost}{query}") or []

    def _connect(self) -> pika.BlockingConnection:
        return pika.BlockingConnection(pika.URLParameters(self._url()))

    def _url(self, port: int | None = None) -> str:
        url = self.server.url(vhost=self._vhost)
        return url if port is None else url.replace(f":{self.server.port}/", f":{port}/")
