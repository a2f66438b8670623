"""What a run keeps is whole: the raw chunks, decoded again, tell the events that the journal holds."""

import json
from pathlib import Path

import pytest

from helpers.bench.report import Report
from helpers.wire.amqp import AMQP
from helpers.wire.chunks import replay
from helpers.wire.events import Event

_KEPT = {"published", "confirmed", "delivered", "redelivered", "acknowledged", "subscribed"}


def told(events: list[Event], actor: str) -> list[tuple]:
    return [(e.kind, e.order, e.pos) for e in events if e.src == "tap" and e.actor == actor and e.kind in _KEPT]


@pytest.mark.broker
def test_the_kept_chunks_tell_the_kept_events(bench, consumer):
    report = bench.check("90", consumer(), "--scenario", "kill-charged")
    run = Path(report.run_dir)
    [folder] = run.glob("1-*")
    events = [Event.from_dict(json.loads(line)) for line in (folder / "events.jsonl").read_text().splitlines()]
    for actor in ("bench", "consumer"):
        with (folder / f"{actor}.chunks").open("rb") as file:
            assert told(replay(file, AMQP, actor), actor) == told(events, actor) != []
    assert Report.load(run / "report.json") == report
    assert (run / "program" / "consumer" / "program.py").exists()
