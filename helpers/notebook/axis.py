"""Where each event of a run stands in the picture: one step an event, since most of the time nothing moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.wire.events import Event

WEIGHTS: Mapping[str, float] = {
    "published": 0.4, "delivered": 0.7, "redelivered": 0.7, "charged": 1.0, "charge_failed": 0.8,
    "acknowledged": 0.6, "rejected": 0.6, "killed": 1.6,
}
BACK = frozenset({"opened", "subscribed", "polled", "delivered", "redelivered", "published"})
"""A killed program is back when it is heard on its connection again, a killed broker when it answers again."""
GAP = 9.0
"""Steps between a kill and the return; the real time stands beside it."""


@dataclass
class Gap:
    """Somebody was dead: `actor`, from x to x, `seconds` in between."""

    actor: str
    start: float
    end: float
    seconds: float


@dataclass
class Axis:
    """`x`: an event's seq -> 0..1. `kills`: the places of kills that nothing followed."""

    x: dict[int, float] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    kills: list[tuple[str, float]] = field(default_factory=list)


def lay_out(events: Sequence[Event], left: float = 0.015, right: float = 0.985) -> Axis:
    at = 0.0
    place: dict[int, float] = {}
    dead: dict[str, tuple[float, Event]] = {}
    spans: list[tuple[str, float, float, float]] = []
    speaking = {e.actor for e in events if e.kind in BACK}
    for event in events:
        if event.actor in dead and event.kind in (BACK if event.actor in speaking else {"restarted"}):
            start, killed = dead.pop(event.actor)
            at = max(at, start + GAP)
            spans.append((event.actor, start, at, (event.t_ns - killed.t_ns) / 1e9))
        if event.kind not in WEIGHTS or (event.kind in ("acknowledged", "rejected") and event.order is None):
            continue
        at += WEIGHTS[event.kind]
        place[event.seq] = at
        if event.kind == "killed":
            dead[event.actor] = (at, event)
    if spans and at == spans[-1][2]:
        at += GAP / 2  # nothing came after the last start: that is to be seen
    scale = (right - left) / (at or 1)

    def share(value: float) -> float:
        return left + value * scale

    return Axis(
        {seq: share(value) for seq, value in place.items()},
        [Gap(actor, share(a), share(b), seconds) for actor, a, b, seconds in spans],
        [(actor, share(start)) for actor, (start, _) in dead.items()],
    )


def ranges(numbers: Sequence[int]) -> str:
    """[1, 2, 3, 7] -> "1–3, 7"."""
    out: list[list[int]] = []
    for n in sorted(set(numbers)):
        if out and n == out[-1][-1] + 1:
            out[-1].append(n)
        else:
            out.append([n])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}, {r[1]}" if len(r) == 2 else f"{r[0]}–{r[-1]}" for r in out)


def named(numbers: Sequence[int], many: str = "orders") -> str:
    """"order 9", "orders 8–24"."""
    return f"{many.removesuffix('s') if len(set(numbers)) == 1 else many} {ranges(numbers)}"


def read(lines: Any) -> list[Event]:
    """Events from the lines of an events.jsonl; unreadable lines (a run cut short) are left out."""
    import json

    found = []
    for line in lines:
        try:
            found.append(Event.from_dict(json.loads(line)))
        except (ValueError, KeyError):
            continue
    return found
