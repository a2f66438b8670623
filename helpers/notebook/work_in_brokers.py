"""What a learner has in the brokers now: queues and what waits in them, groups and how far they are behind, pending entries."""

from collections import defaultdict
from typing import Any

from helpers import brokers
from helpers.bench.topology import Topology, count

MOST = 5
"""Lines for each broker: those with the most waiting."""
Line = tuple[int, str]
"""(how much waits, in words)."""


def details(name: str) -> list[str]:
    """Lines for the panel, what waits most first; a broker that does not answer gives none."""
    try:
        found = {"rabbitmq": _rabbitmq, "kafka": _kafka, "redis": _redis}[name](brokers.server(name))
    except Exception:  # it may be killed at any moment: that is what the panel is for
        return []
    found.sort(key=lambda line: -line[0])
    more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
    return [text for _, text in found[:MOST]] + more


def _rabbitmq(server: Any) -> list[Line]:
    """One line a virtual host. The management API's counts are some seconds old (its documentation, "HTTP API Reference")."""
    from helpers.brokers import rabbitmq

    admin = rabbitmq.Admin(server, timeout=3)
    try:
        queues = admin.request("GET", "/queues?disable_stats=true&enable_queue_totals=true") or []
    finally:
        admin.close()
    hosts: dict[str, list[dict]] = defaultdict(list)
    for queue in queues:
        hosts[queue["vhost"]].append(queue)
    out = []
    for host, own in hosts.items():
        ready, held = (sum(q.get(k) or 0 for q in own) for k in ("messages_ready", "messages_unacknowledged"))
        told = f"{_host(host)}: {count(len(own), 'queue')}, {ready:,} ready" + (f", {held:,} unacknowledged" if held else "")
        out.append((ready + held, told))
    return out


def _host(name: str) -> str:
    return "a check" if name.startswith("workbook.") else f"virtual host {name}"


def _kafka(server: Any) -> list[Line]:
    """One line a group, with its lag."""
    from helpers.bench.topology import kafka

    return _groups(kafka.read(server.host, server.port, lambda name: not name.startswith("_")), "behind")


def _redis(server: Any) -> list[Line]:
    """One line a group of a stream, and one for each stream or list without."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    from helpers.bench.topology import redis as reader

    with redis.Redis(host=server.host, port=server.port, protocol=2, socket_timeout=3, retry=Retry(NoBackoff(), 0)) as client:
        return _groups(reader.read(client), "pending")


def _groups(found: Topology, what: str) -> list[Line]:
    nodes = {node["id"]: node for node in found["nodes"]}
    reads = {edge["to"]: edge["from"] for edge in found["edges"] if edge["kind"] == "reads"}
    out = []
    for ident, node in nodes.items():
        depth = node["depth"] or 0
        if node["kind"] == "group":
            source = nodes.get(reads.get(ident, ""), {}).get("name", "")
            out.append((depth, f"group {node['name']}" + (f" on {source}" if source else "") + f": {depth:,} {what}"))
        elif ident not in reads.values() and depth:
            lone = "in it" if node["kind"] == "list" else "kept, read by no group"
            out.append((depth if node["kind"] == "list" else 0, f"{node['kind']} {node['name']}: {depth:,} {lone}"))
    return out
