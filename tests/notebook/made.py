"""Reports and events made by hand, so that what shows them can be tested without a bench."""

import json
from pathlib import Path

from helpers.bench.report import (
    FaultRecord, Finding, Moment, Orders, ProgramRecord, Report, ScenarioRecord,
)
from helpers.wire.events import Journal

N = 24
TITLE = "killed after the charge, before the acknowledgement"


def ids() -> list[str]:
    return [f"k3f9w{n:02d}" for n in range(1, N + 1)]


class _Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000

    def __call__(self) -> int:
        self.now += 1_500_000
        return self.now


def events(kind: str, folder: Path) -> None:
    """Writes folder/SCENARIO/events.jsonl: `lost` (auto-ack), `one` (ack before work), `pass` (one charged twice)."""
    place = folder / "killed-after-charge"
    place.mkdir(parents=True, exist_ok=True)
    clock = _Clock()
    with (place / "events.jsonl").open("w") as sink:
        journal = Journal(sink, clock)
        record = journal.record
        for order in ids():
            record("tap", "bench", "published", order)
            record("tap", "bench", "confirmed", order)
            record("runner", "bench", "accepted", order)
        record("runner", "consumer", "started")
        clock.now += 400_000_000
        auto = kind == "lost"
        out = ids() if auto else ids()[:10]
        for order in out:
            record("tap", "consumer", "delivered", order, auto_ack=auto)
        for order in out[:7]:
            if kind == "one":
                record("tap", "consumer", "acknowledged", order)
                if order == out[6]:
                    break
            record("shop", "consumer", "charged", order)
            if kind == "pass" and order != out[6]:
                record("tap", "consumer", "acknowledged", order)
        record("runner", "consumer", "killed", signal="SIGKILL")
        clock.now += 430_000_000
        record("runner", "consumer", "restarted")
        if not auto:
            rest = ids()[6:] if kind == "pass" else ids()[7:]
            for at, order in enumerate(rest):
                record("tap", "consumer", "redelivered" if at < 4 else "delivered", order, auto_ack=False)
                if kind == "one":
                    record("tap", "consumer", "acknowledged", order)
                record("shop", "consumer", "charged", order)
                if kind == "pass":
                    record("tap", "consumer", "acknowledged", order)


def report(kind: str, folder: Path | None = None) -> Report:
    all_ = ids()
    numbers = {order: n for n, order in enumerate(all_, 1)}
    run_dir = ""
    if folder is not None:
        events(kind, folder)
        run_dir = str(folder)
    lost = all_[7:] if kind == "lost" else all_[6:7] if kind == "one" else []
    twice = all_[6:7] if kind == "pass" else []
    charged = [o for o in all_ if o not in lost]
    verdict = "pass" if kind == "pass" else "error" if kind == "error" else "fail"
    cause = Finding(
        "auto-ack", "cause", "automatic acknowledgement",
        "You asked for automatic acknowledgement: RabbitMQ forgot orders 8 to 24 the moment they were sent to you.",
        "Consume with auto_ack=False, and call basic_ack after the charge.", "docs/mistakes.md#auto-ack", lost, [1, 2],
        [Moment(0.412, "order 8 was delivered, and settled by being sent", all_[7], 1), Moment(0.433, "the consumer was killed", None, 2),
         Moment(None, "order 8 was charged", all_[7])],
    )
    return Report(
        lab="07_rabbitmq_consumer", title="A RabbitMQ consumer that loses no order", seed=4711, guarantee="at-least-once",
        broker={"name": "RabbitMQ", "version": "4.3.6", "provider": "native"}, verdict=verdict,
        reason="17 of 24 orders were accepted and never charged", scenario="killed-after-charge", scenario_title=TITLE,
        orders=Orders(accepted=all_, charged=charged, lost=lost, duplicated=twice), numbers=numbers,
        findings=[cause] if lost else [], faults=[FaultRecord("Kill(consumer, Charged(7))", True, 0.433, 99)],
        programs=[ProgramRecord("consumer", "consumer.py", 2, -9, output_tail="hello\n")],
        scenarios=[
            ScenarioRecord("killed-after-charge", TITLE, verdict, "", 1.1, 24, len(charged), len(lost), len(twice), 0),
            ScenarioRecord("killed-idle", "killed while idle, then started again", "pass", "", 1.4, 24, 24, 0, 0, 0),
        ],
        not_run=["bad-day"] if lost else [], seconds=2.5, run_dir=run_dir, again="python -m helpers check 07 consumer.py --seed 4711",
    )


def stream(final: Report) -> str:
    """The lines that a bench would print."""
    lines = [
        {"type": "begin", "lab": final.lab, "seed": final.seed, "guarantee": final.guarantee, "scenarios": [], "run_dir": ""},
        {"type": "scenario", "name": final.scenario, "title": final.scenario_title, "index": 1, "of": 1},
        {"type": "progress", "charged": 7, "accepted": 24, "restarts": 0, "fault": None},
        {"type": "report", "report": final.as_dict()},
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)
