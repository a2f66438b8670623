"""Streams with their groups and pending entries, lists, channels.

Source: Redis documentation, XINFO GROUPS, XINFO CONSUMERS, PUBSUB.
"""

from collections.abc import Callable
from typing import Any

import redis

from helpers.bench.topology import MOST, Topology, count, edge, node


def read(r: redis.Redis, wanted: Callable[[str], bool] = lambda name: True) -> Topology:
    """Keys and channels for which `wanted` holds. Raises redis.RedisError."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, str]] = []
    keys = sorted((name, key) for key in r.scan_iter(count=1000) if wanted(name := key.decode("utf-8", "replace")))
    others = 0
    for name, key in keys:
        kind = r.type(key)
        if len(nodes) >= MOST or kind not in (b"stream", b"list"):
            others += 1
        elif kind == b"list":
            nodes.append(node("list", name, r.llen(key), "list"))
        else:
            _stream(r, name, key, nodes, edges)
    for channel, listeners in _channels(r):
        if wanted(channel):
            nodes.append(node("channel", channel, None, count(listeners, "subscriber"), "keeps nothing"))
    if patterns := r.pubsub_numpat():
        nodes.append(node("channel", "by pattern", None, count(patterns, "pattern") + " subscribed", "keeps nothing"))
    return {"broker": "redis", "place": "keys and channels" + (f"; {count(others, 'other key')} not drawn" if others else ""),
            "nodes": nodes, "edges": edges}


def _stream(r: redis.Redis, name: str, key: bytes, nodes: list, edges: list) -> None:
    length = r.xlen(key)
    nodes.append(node("stream", name, length, f"{count(length, 'entry', 'entries')}"))
    for group in r.xinfo_groups(key):
        who = _text(group["name"])
        behind = group.get("lag")
        found = node("group", who, group["pending"], f"{group['pending']:,} pending",
                     f"{behind:,} not delivered yet" if behind is not None else "",
                     *(f"{_text(c['name'])}: {c['pending']:,} pending" for c in r.xinfo_consumers(key, group["name"])[:6]))
        found["id"] = f"group:{name}/{who}"  # a group belongs to its stream: two streams may have one of the same name
        nodes.append(found)
        edges.append(edge(f"stream:{name}", found["id"], "reads", f"{behind:,} to come" if behind else ""))


def _channels(r: redis.Redis) -> list[tuple[str, int]]:
    names = sorted(r.pubsub_channels())[:MOST]
    return [(_text(name), listeners) for name, listeners in (r.pubsub_numsub(*names) if names else [])]


def _text(name: bytes | str) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name
