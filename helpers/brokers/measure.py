"""Measures the brokers: set-up, up, side by side, restart after a kill, memory; on servers of their own, in private."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from helpers import brokers, measure, paths
from helpers.measure import Row, row, seconds

from . import worlds


@contextlib.contextmanager
def private_world() -> Iterator[Path]:
    """Own state folder and free ports, so that the brokers in use are left alone; everything stopped at the end."""
    before, state = dict(os.environ), paths.STATE
    with tempfile.TemporaryDirectory(prefix="workbook-bench-") as name:
        with worlds.entered(Path(name)) as env:
            paths.STATE = Path(name) / "state"
            os.environ.update(env)
            try:
                yield Path(name)
            finally:
                brokers.down()
                os.environ.clear()
                os.environ.update(before)
                paths.STATE = state


@row
def setup() -> Iterator[Row]:
    """The last set-up from nothing in this clone, as it was timed then."""
    try:
        last = float((paths.STATE / "setup-times").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        yield Row("set-up from nothing", "not measured in this clone", "<= 75 s", None)
    else:
        yield Row("set-up (the first in this clone)", f"{last:.0f} s", "<= 75 s", last <= 75)


@row
def starting() -> Iterator[Row]:
    """Cold starts alone and side by side, restarts after kill -9, an idempotent up, memory."""
    with private_world():
        servers = {name: brokers.server(name) for name in brokers.NAMES}
        brokers.up()  # first start: data folders are made
        brokers.down()
        alone, again = {}, {}
        for name, server in servers.items():
            alone[name] = measure.median(lambda server=server: _cold(server))
            again[name] = measure.median(lambda server=server: _after_kill(server))
            server.down()
        together = measure.median(lambda: _together(), 3)
        slowest = max(alone.values())
        yield Row("the three side by side, to first confirmed message each",
                  f"{together:.2f} s, {together / slowest:.2f} x slowest alone", "<= 1.15 x", together <= 1.15 * slowest)  # fmt: skip
        brokers.up()
        yield from memory_and_up()
        for name, bar in (("rabbitmq", 1.2), ("redis", 1.2), ("kafka", 1.8)):
            ratio = again[name] / alone[name]
            yield Row(f"restart of {servers[name].title} after kill -9, to first confirmed message",
                      f"{again[name]:.2f} s, {ratio:.2f} x cold ({alone[name]:.2f} s)", f"<= {bar} x", ratio <= bar)  # fmt: skip


def memory_and_up() -> Iterator[Row]:
    """What the running brokers take, and what asking them again costs."""
    found = {each.name: each.memory_mb for each in brokers.status()}
    total = sum(found.values())
    parts = " + ".join(f"{found[name]:.0f}" for name in brokers.NAMES)
    yield Row("memory of the three brokers", f"{total:.0f} MB ({parts})", "<= 500 MB", total <= 500)
    command = measure.median(lambda: measure.command_seconds("up"))
    yield Row("`up` when all run (command and all)", f"{command:.2f} s", "<= 0.3 s", command <= 0.3)


@row
def kafka_defaults() -> Iterator[Row]:
    """Kafka after kill -9 with the session time-out that it has by default."""
    with private_world():
        server = brokers.server("kafka")
        server.up()
        quick = _after_kill(server)
        server.down()
        shared = (Path(__file__).parent / "config" / "kafka.properties").read_text()
        from . import kafka

        with tempfile.TemporaryDirectory() as name:
            plain = [line for line in shared.splitlines() if not line.startswith(("broker.session", "broker.heartbeat"))]
            (Path(name) / "kafka.properties").write_text("\n".join(plain) + "\n")
            (Path(name) / "kafka-log4j2.yaml").write_text((kafka.CONFIG / "kafka-log4j2.yaml").read_text())
            ours, kafka.CONFIG = kafka.CONFIG, Path(name)
            try:
                server.up()
                slow = _after_kill(server)
            finally:
                kafka.CONFIG = ours
        yield Row("Kafka after kill -9, beside its default settings", f"{quick:.1f} s and {slow:.1f} s, {quick / slow:.2f} x",
                  "<= 0.25 x", quick <= slow / 4)  # fmt: skip


def _cold(server: brokers.Server) -> float:
    server.down()
    return seconds(server.up)


def _after_kill(server: brokers.Server) -> float:
    server.kill()
    return seconds(server.up)


def _together() -> float:
    brokers.down()
    time.sleep(0.2)
    return seconds(brokers.up)
