"""A virtual host of RabbitMQ: exchanges, bindings, queues (management HTTP API; depths by passive declare).

Source: RabbitMQ documentation, "HTTP API Reference", "Dead Letter Exchanges", "Alternate Exchanges". The API's counts lag by
seconds; a passive declare answers with what is ready now.
"""

from typing import Any
from urllib.parse import quote

import pika

from helpers.bench.topology import MOST, Topology, count, edge, node
from helpers.brokers import rabbitmq
from helpers.brokers.base import Server

_LIMITS = ("x-message-ttl", "x-max-length", "x-delivery-limit", "x-expires", "x-overflow", "x-single-active-consumer")
_LOCKED = 405
"""An exclusive queue of another connection cannot be declared; the API's count has to do."""


def read(server: Server, vhost: str = "/") -> Topology:
    """Raises BrokerError, pika.exceptions.AMQPError."""
    admin = rabbitmq.Admin(server)
    try:
        host = quote(vhost, safe="")
        queues = sorted(admin.request("GET", f"/queues/{host}?disable_stats=true&enable_queue_totals=true", allow=(404,)) or [],
                        key=lambda q: q["name"])[:MOST]
        exchanges = {e["name"]: e for e in admin.request("GET", f"/exchanges/{host}", allow=(404,)) or []}
        bindings = [b for b in admin.request("GET", f"/bindings/{host}", allow=(404,)) or [] if b["source"]]
    finally:
        admin.close()
    depths = _depths(server.url(vhost=vhost), queues)
    known = {q["name"] for q in queues}
    edges = [edge(f"exchange:{b['source']}", f"{b['destination_type']}:{b['destination']}", "binding", _key(b))
             for b in bindings if b["destination_type"] == "exchange" or b["destination"] in known]
    edges += [e for q in queues for e in _dead_letters(q)]
    for name, each in exchanges.items():
        if alternate := each.get("arguments", {}).get("alternate-exchange"):
            edges.append(edge(f"exchange:{name}", f"exchange:{alternate}", "alternate", "unroutable"))
    linked = {end for e in edges for end in (e["from"], e["to"])}
    shown = [e for name, e in sorted(exchanges.items())
             if f"exchange:{name}" in linked or (name and not name.startswith("amq."))][:MOST]
    nodes = [_exchange(e) for e in shown] + [_queue(q, depths.get(q["name"])) for q in queues]
    there = {n["id"] for n in nodes}
    missing = sorted({e["to"] for e in edges} - there)
    nodes += [node(kind, name, None, "does not exist") for kind, _, name in (each.partition(":") for each in missing)]
    return {"broker": "rabbitmq", "place": f"virtual host {vhost}", "nodes": nodes, "edges": edges}


def _exchange(e: dict[str, Any]) -> dict[str, Any]:
    return node("exchange", e["name"], None, ", ".join([e["type"], "durable" if e["durable"] else "transient"]))


def _queue(q: dict[str, Any], now: tuple[int, int] | None) -> dict[str, Any]:
    ready, consumers = now if now is not None else (q.get("messages_ready"), None)
    arguments = q.get("arguments", {})
    unacked = q.get("messages_unacknowledged") or 0
    limits = [f"{name.removeprefix('x-')}={arguments[name]}" for name in _LIMITS if name in arguments]
    traits = [q.get("type", "classic"), "durable" if q["durable"] else "transient"] + ["exclusive"] * bool(q.get("exclusive"))
    return node(
        "queue", q["name"], ready, ", ".join(traits),
        f"{ready:,} ready" + (f", {unacked:,} unacknowledged" if unacked else "") if ready is not None else "",
        count(consumers, "consumer") if consumers else "", *limits)


def _dead_letters(q: dict[str, Any]) -> list[dict[str, str]]:
    """By the default exchange the routing key is the queue's name."""
    arguments = {**(q.get("effective_policy_definition") or {}), **q.get("arguments", {})}
    exchange = arguments.get("x-dead-letter-exchange", arguments.get("dead-letter-exchange"))
    if exchange is None:
        return []
    key = arguments.get("x-dead-letter-routing-key", arguments.get("dead-letter-routing-key", ""))
    target = f"exchange:{exchange}" if exchange else f"queue:{key}"
    return [edge(f"queue:{q['name']}", target, "dead-letters", key if exchange else "")] if exchange or key else []


def _key(binding: dict[str, Any]) -> str:
    """The routing key; of a headers exchange what must match."""
    arguments = binding.get("arguments") or {}
    key = [binding["routing_key"]] if binding["routing_key"] else []
    return ", ".join([*key, *(f"{name}={value}" for name, value in arguments.items())])


def _depths(url: str, queues: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Queue -> (messages ready, consumers)."""
    if not queues:
        return {}
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.blocked_connection_timeout = 5
    parameters.heartbeat = 0
    connection = pika.BlockingConnection(parameters)
    found = {}
    try:
        channel = connection.channel()
        for q in queues:
            try:
                told = channel.queue_declare(q["name"], passive=True).method
                found[q["name"]] = (told.message_count, told.consumer_count)
            except pika.exceptions.ChannelClosedByBroker as closed:
                if closed.reply_code not in (404, _LOCKED):
                    raise
                channel = connection.channel()
        return found
    finally:
        if connection.is_open:
            connection.close()
