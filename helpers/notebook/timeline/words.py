"""What stands in a picture, in words."""

from collections.abc import Sequence
from typing import Any

from helpers.bench.report import Report
from helpers.wire.events import Event

WORDS = {
    "published": "published", "confirmed": "confirmed", "accepted": "accepted", "returned": "returned", "refused": "refused",
    "delivered": "delivered", "redelivered": "delivered again", "charged": "charged", "charge_failed": "charge failed",
    "acknowledged": "acknowledged", "rejected": "rejected", "queued": "still in the queue", "dead_lettered": "dead-lettered",
    "expired": "expired", "trimmed": "trimmed", "purged": "purged",
    "started": "started", "killed": "killed", "reset": "connection cut", "paused": "paused", "resumed": "goes on",
    "restarted": "started again", "ended": "ended", "closed": "cut off by the broker", "back": "back",
}
MARKS = frozenset({"started", "killed", "reset", "paused", "resumed", "restarted", "ended", "closed", "purged"})
"""Kinds that concern a program or a broker, not one order."""


def where(event: Event) -> str:
    """Where the message stood, and what else matters: "tag 7", "partition 1, offset 4, auto_ack"."""
    pos, data, said = event.pos or {}, event.data, []
    if "partition" in pos:
        said.append(f"partition {pos['partition']}" + (f", offset {pos['offset']}" if pos.get("offset") is not None else ""))
    elif "entry" in pos:
        said.append(f"entry {pos['entry']}" if pos["entry"] != event.order else "")
    elif "tag" in pos:
        said.append(f"tag {pos['tag']}")
    if data.get("auto_ack") and event.kind in ("delivered", "redelivered"):
        said.append("auto_ack")
    if data.get("multiple"):
        said.append("multiple")
    if "requeue" in data and event.kind == "rejected":
        said.append(f"requeue={data['requeue']}")
    if event.kind == "charge_failed":
        said.append(f"the shop answered {data.get('status', 'an error')}")
    if event.kind == "charged" and data.get("replayed"):
        said.append("replayed: no second charge")
    if data.get("key"):
        said.append(f"key {data['key']}")
    said += [str(data[name]) for name in ("signal", "error", "text") if isinstance(data.get(name), str)]
    if event.kind == "ended":
        said.append(f"exit status {data.get('status')}")
    if event.kind in ("queued", "dead_lettered") and data.get("queue"):
        said.append(str(data["queue"]))
    return ", ".join(s for s in said if s)[:120]


def told(row: Sequence[Any], lane: str = "") -> str:
    """An event's row in words: "delivered (Basic.Deliver, tag 7)"."""
    kind, frame, note = row[4], row[5], row[6]
    word = f"{lane} {WORDS[kind]}" if lane and kind in MARKS else WORDS[kind]
    inside = ", ".join(s for s in (frame, note) if s)
    return f"{word} ({inside})" if inside else word


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


def describe(report: Report, model: Any) -> str:
    """The picture in words."""
    o, n = report.orders, report.numbers
    said = [f"Picture of the run: {len(o.accepted)} orders accepted, {len(o.charged)} {report.effect}."]
    starts = {(lane, start): seconds for lane, start, _, seconds in model.gaps}
    for x, lane, kind, _, who in model.marks:
        if kind in ("killed", "reset", "closed", "paused") or (kind == "ended" and (lane, x) in starts):
            after = f"; back {starts[lane, x]:.2f} seconds later" if (lane, x) in starts else ""
            word = {"killed": "was killed", "paused": "stood still", "closed": "was cut off by the broker",
                    "reset": "lost its connection"}.get(kind, WORDS[kind])
            said.append(f"The {who} {word}{after}.")
    if o.lost:
        said.append(f"Lost: {named([n[i] for i in o.lost if i in n])}.")
    if o.duplicated:
        said.append(f"{report.effect.capitalize()} more than once: {named([n[i] for i in o.duplicated if i in n])}.")
    again = [entry["n"] for entry in model.orders if entry["again"]]
    if again:
        said.append(f"Delivered more than once: {named(again)}.")
    return " ".join(said)
