"""Runs made by hand for the picture: dense ones, two consumers, a broker that is killed, an order that goes round and round."""

import random
from pathlib import Path

from helpers.bench.report import Orders, Report, ScenarioRecord
from helpers.wire.events import Journal

SCENARIO = "made"


class Clock:
    """Nanoseconds that move on by a fixed step with every event; `pass_` makes time pass."""

    def __init__(self, step: float = 0.0004):
        self.now, self.step = 1_000_000_000_000, round(step * 1e9)

    def __call__(self) -> int:
        self.now += self.step
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


class Made:
    """A journal with the bench's own habits; `report()` accounts for what was written."""

    def __init__(self, orders: int, folder: Path | None = None):
        self.ids = [f"ord-{n:010d}" for n in range(1, orders + 1)]
        self.folder = folder
        self.clock = Clock()
        self._sink = None
        if folder is not None:
            (folder / f"1-{SCENARIO}").mkdir(parents=True, exist_ok=True)
            self._sink = (folder / f"1-{SCENARIO}" / "events.jsonl").open("w")
        self.journal = Journal(self._sink, self.clock)
        self.record = self.journal.record
        self.tag = 0

    def fill(self) -> None:
        for order in self.ids:
            self.record("tap", "bench", "published", order, pos={"conn": 1, "channel": 1, "tag": 1}, frame="Basic.Publish")
            self.record("tap", "bench", "confirmed", order, pos={"conn": 1, "channel": 1, "tag": 1}, frame="Basic.Ack")
            self.record("runner", "bench", "accepted", order)

    def start(self, role: str = "consumer") -> None:
        self.record("runner", role, "started", pid=1, start=1)
        self.clock.pass_(0.08)
        self.record("tap", role, "opened")

    def deliver(self, order: str, again: bool = False, role: str = "consumer", auto_ack: bool = False) -> None:
        self.tag += 1
        self.record("tap", role, "redelivered" if again else "delivered", order, pos={"conn": 1, "channel": 1, "tag": self.tag},
                    frame="Basic.Deliver", auto_ack=auto_ack)

    def charge(self, order: str, role: str = "consumer") -> None:
        self.record("shop", role, "charged", order, frame="POST /charges", key=None, replayed=False)

    def ack(self, order: str, role: str = "consumer") -> None:
        self.record("tap", role, "acknowledged", order, pos={"conn": 1, "channel": 1, "tag": self.tag}, frame="Basic.Ack")

    def kill(self, role: str = "consumer", seconds: float = 0.1) -> None:
        self.record("runner", "bench", "fault", spec=f"Kill({role})", swallowed=[])
        self.record("runner", role, "killed", signal="SIGKILL")
        self.clock.pass_(0.01)
        self.record("runner", role, "restarted", pid=2, start=2)
        self.clock.pass_(seconds)
        if role != "broker":
            self.record("tap", role, "opened")

    def report(self, verdict: str = "fail") -> Report:
        """What the events say, as the ledger would."""
        if self._sink:
            self._sink.flush()
        charges = [e.order for e in self.journal.events if e.kind == "charged"]
        accepted = {e.order for e in self.journal.events if e.kind == "accepted"}
        queued = {e.order for e in self.journal.events if e.kind == "queued"}
        lost = [o for o in self.ids if o in accepted and o not in charges and o not in queued]
        twice = [o for o in self.ids if charges.count(o) > 1]
        found = Report(
            lab="07_rabbitmq_consumer", title="A made run", seed=1, guarantee="at-least-once", verdict=verdict, reason="",
            broker={"name": "rabbitmq", "title": "RabbitMQ", "version": "4.3.6"}, scenario=SCENARIO, scenario_title="a made run",
            orders=Orders(accepted=[o for o in self.ids if o in accepted], charged=[o for o in self.ids if o in charges], lost=lost,
                          duplicated=twice, left_over=[o for o in self.ids if o in queued]),
            numbers={o: n for n, o in enumerate(self.ids, 1)}, run_dir=str(self.folder or ""), seconds=1.0,
            scenarios=[ScenarioRecord(SCENARIO, "a made run", verdict, "", 1.0, len(accepted), len(set(charges)), len(lost), len(twice), 0)],
        )
        if self.folder is not None:
            found.save(self.folder / "report.json")
        return found


def dense(folder: Path | None = None, orders: int = 300, prefetch: int = 100, lives: int = 4) -> Made:
    """300 orders, thousands of events: kills with a hundred orders in hand, some charged twice, some lost."""
    made, rng = Made(orders, folder), random.Random(4)
    made.fill()
    made.start()
    waiting, seen = list(made.ids), set()
    for life in range(lives):
        hand = [waiting.pop(0) for _ in range(min(len(waiting), prefetch if life < lives - 1 else len(waiting)))]
        for order in hand:
            made.deliver(order, again=order in seen)
            seen.add(order)
        done = hand if life == lives - 1 else hand[: len(hand) // 3]
        for k, order in enumerate(done):
            if life and k % 29 == 7:
                made.ack(order)
                continue  # acknowledged and never charged
            for _ in range(k % 3):
                made.record("shop", "consumer", "charge_failed", order, frame="POST /charges", status=503)
            made.charge(order)
            if life < lives - 1 and k >= len(done) - 4:
                continue  # charged, and killed before the acknowledgement
            made.ack(order)
            made.clock.pass_(rng.random() * 0.002)
        if life < lives - 1:
            acked = {e.order for e in made.journal.events if e.kind == "acknowledged"}
            made.kill()
            waiting = [o for o in hand if o not in acked] + waiting
    return made


def broker_killed(folder: Path | None = None) -> Made:
    """The broker goes down in the middle of 24 orders, for two seconds; two consumers share the queue."""
    made = Made(24, folder)
    made.fill()
    for role in ("consumer", "consumer-2"):
        made.start(role)
    for k, order in enumerate(made.ids[:9]):
        role = ("consumer", "consumer-2")[k % 2]
        made.deliver(order, role=role)
        made.charge(order, role)
        if k < 7:
            made.ack(order, role)
    made.record("runner", "broker", "killed", signal="SIGKILL")
    made.record("runner", "consumer", "ended", status=1)
    made.clock.pass_(2.1)
    made.record("runner", "broker", "restarted")
    made.record("runner", "consumer", "restarted")
    made.clock.pass_(0.1)
    for role in ("consumer", "consumer-2"):
        made.record("tap", role, "opened")
    for k, order in enumerate(made.ids[7:]):
        role = ("consumer", "consumer-2")[k % 2]
        made.deliver(order, again=k < 2, role=role)
        made.charge(order, role)
        made.ack(order, role)
    return made


def round_and_round(folder: Path | None = None, rounds: int = 1500) -> Made:
    """One order is rejected and comes back, thousands of times."""
    made = Made(24, folder)
    made.fill()
    made.start()
    for k, order in enumerate(made.ids):
        if k == 10:
            for again in range(rounds):
                made.deliver(order, again=again > 0)
                made.record("shop", "consumer", "charge_failed", order, frame="POST /charges", status=422)
                made.record("tap", "consumer", "rejected", order, frame="Basic.Nack", requeue=True)
            made.record("probe", "broker", "queued", order, queue="orders")
            continue
        made.deliver(order)
        made.charge(order)
        made.ack(order)
    return made
