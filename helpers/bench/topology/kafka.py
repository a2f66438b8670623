"""Topics with their partitions, and consumer groups with their lag (Kafka documentation, "Kafka Protocol Guide")."""

from collections.abc import Callable, Iterable
from typing import Any

from kafka.protocol import admin, consumer

from helpers.bench.kafka_link import Link
from helpers.bench.topology import MOST, Topology, count, edge, node

_LATEST, _EARLIEST = -1, -2
_STATES = {"Dead": "no such group", "": "unknown"}


def read(host: str, port: int, wanted: Callable[[str], bool], groups: Iterable[str] | None = None) -> Topology:
    """Topics for which `wanted` holds; groups: those named, else every group that has committed in these topics, or has
    members and a wanted name.

    Raises OSError, kafka_link.Refused.
    """
    with Link(host, port) as link:
        topics = {name: n for name, n in sorted(link.topics().items()) if wanted(name)}
        topics = dict(list(topics.items())[:MOST])
        bounds = {name: (_offsets(link, name, n, _EARLIEST), _offsets(link, name, n, _LATEST)) for name, n in topics.items()}
        nodes, edges = [_topic(name, *bounds[name]) for name in topics], []
        for group, state, members in _groups(link, groups):
            read_ = {name: offsets for name, offsets in _committed(link, group).items() if name in topics}
            if not read_ and not (groups is not None or (members and wanted(group))):
                continue
            lags = {name: _lag(offsets, *bounds[name]) for name, offsets in read_.items()}
            nodes.append(node("group", group, sum(lags.values()) if lags else None, f"{state}, {count(members, 'member')}",
                              "" if read_ else "has committed nothing"))
            edges += [edge(f"topic:{name}", f"group:{group}", "reads", f"lag {lag:,}") for name, lag in lags.items()]
    return {"broker": "kafka", "place": "topics and consumer groups", "nodes": nodes, "edges": edges}


def _topic(name: str, first: dict[int, int], last: dict[int, int]) -> dict[str, Any]:
    kept = {p: last[p] - first.get(p, 0) for p in sorted(last)}
    parts = [f"{p}: {first.get(p, 0):,} to {last[p]:,}" for p in sorted(last)]
    return node("topic", name, sum(kept.values()), count(len(last), "partition"), *_rows(parts, 2, 6))


def _rows(parts: list[str], wide: int, most: int) -> list[str]:
    """Several to a line; of many, the first and how many follow."""
    shown = parts if len(parts) <= most else [*parts[:most], f"and {len(parts) - most} more"]
    return [" · ".join(shown[k:k + wide]) for k in range(0, len(shown), wide)]


def _lag(committed: dict[int, int], first: dict[int, int], last: dict[int, int]) -> int:
    """Records behind the committed offset; where a partition has none, all that it keeps."""
    return sum(max(0, last[p] - max(committed.get(p, first.get(p, 0)), first.get(p, 0))) for p in last)


def _offsets(link: Link, topic: str, partitions: int, which: int) -> dict[int, int]:
    request = consumer.ListOffsetsRequest
    wanted = request.ListOffsetsTopic
    parts = [wanted.ListOffsetsPartition(partition_index=p, timestamp=which) for p in range(partitions)]
    answer = link.ask(request[2](replica_id=-1, isolation_level=0, topics=[wanted(name=topic, partitions=parts)]))
    return {p.partition_index: p.offset for p in answer.topics[0].partitions if not p.error_code}


def _committed(link: Link, group: str) -> dict[str, dict[int, int]]:
    """Topic -> partition -> committed offset, of all topics in which the group has committed."""
    answer = link.ask(consumer.OffsetFetchRequest[5](group_id=group, topics=None))
    found = {topic.name: {p.partition_index: p.committed_offset for p in topic.partitions if p.committed_offset >= 0}
             for topic in answer.topics}
    return {name: offsets for name, offsets in found.items() if offsets}


def _groups(link: Link, named: Iterable[str] | None) -> list[tuple[str, str, int]]:
    """(name, state in words, members) of consumer groups."""
    if named is None:
        data = link.ask_for_bytes(admin.ListGroupsRequest[2]())
        listed = admin.ListGroupsResponse.decode(memoryview(data), version=2).groups
        named = [g.group_id for g in listed if g.protocol_type in ("consumer", "")]
    names = sorted(set(named))[:MOST]
    if not names:
        return []
    data = link.ask_for_bytes(admin.DescribeGroupsRequest[4](groups=names, include_authorized_operations=False))
    told = admin.DescribeGroupsResponse.decode(memoryview(data), version=4).groups
    return [(g.group_id, _STATES.get(g.group_state, g.group_state.lower()), len(g.members)) for g in told]
