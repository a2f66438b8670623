"""What stands in a broker and how it hangs together, from the broker's own answers, as plain data that can be kept and drawn.

A topology is a dict, written as JSON beside a run:

    {"broker": "rabbitmq", "place": "virtual host x",
     "nodes": [{"id": "queue:orders", "kind": "queue", "name": "orders", "depth": 17, "says": ["quorum, durable", ...]}, ...],
     "edges": [{"from": "exchange:shop", "to": "queue:orders", "kind": "binding", "says": "order.*"}, ...]}

kind of a node: exchange, queue; topic, group; stream, list, channel. `depth`: messages ready in a queue, records kept in a
topic, a group's lag (Kafka) or pending entries (Redis), entries in a stream; None where there is nothing to count. kind of an
edge: binding, dead-letters, alternate, reads.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Topology = dict[str, Any]
FILE = "topology.json"
MOST = 40
"""Nodes of one kind that are told; of more, the first."""


def node(kind: str, name: str, depth: int | None, *says: str) -> dict[str, Any]:
    return {"id": f"{kind}:{name}", "kind": kind, "name": name, "depth": depth, "says": [line for line in says if line]}


def edge(source: str, target: str, kind: str, says: str = "") -> dict[str, str]:
    return {"from": source, "to": target, "kind": kind, "says": says}


def count(n: int, one: str, several: str = "") -> str:
    """"1 consumer", "2 consumers"."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def quietly(read: Callable[[], Topology]) -> Topology | None:
    """None where it cannot be read: a run's verdict must not hang on what is only shown beside it."""
    try:
        return read()
    except Exception:  # a broker that was killed, a client library's own faults, something that went away meanwhile
        return None


def keep(folder: Path, found: Topology | None) -> None:
    """Write it into a scenario's folder."""
    if found is not None:
        (folder / FILE).write_text(json.dumps(found, indent=1) + "\n")


def load(folder: Path) -> Topology | None:
    """Of a scenario's folder; None where none was kept, or it cannot be read."""
    try:
        found = json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and {"broker", "nodes", "edges"} <= set(found) else None
