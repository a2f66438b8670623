"""What a check costs, beside its bars (`python -m helpers bench check interrupt ledger`)."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers import brokers, paths
from helpers.bench.evidence import Evidence
from helpers.bench.ledger import settle
from helpers.bench.rules import rules
from helpers.measure import Row, median, row, seconds
from helpers.wire import tokens
from helpers.wire.events import Journal

_LAB = "07_rabbitmq_consumer"
_SOLUTIONS = paths.SOLUTIONS / _LAB


def _checked(file: Path, *options: str) -> float:
    """Seconds for a check, whatever its verdict."""
    command = [sys.executable, "-m", "helpers", "check", _LAB, str(file), "--json", *options]
    return seconds(lambda: subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True))


@row
def check() -> Iterator[Row]:
    """A check that passes, what of it is the bench's own, and checks of wrong programs beside it."""
    brokers.up(["rabbitmq"])
    one = median(lambda: _checked(_SOLUTIONS / "consumer.py", "--scenario", "killed-after-charge"))
    starts = 2 * median(lambda: seconds(lambda: subprocess.run([sys.executable, "-c", "import pika, shop"])))
    yield Row("check, consumer lab, one process kill, passing", f"{one:.2f} s", "<= 3 s", one <= 3)
    fixed = one - starts - 24 * 0.0015
    yield Row("its cost above two starts of the program and 24 messages", f"{fixed:.2f} s", "<= 0.8 s", fixed <= 0.8)
    right = median(lambda: _checked(_SOLUTIONS / "consumer.py"))
    for name in ("ack_before_work", "auto_ack", "swallow_and_ack", "never_ack", "requeue_loop"):
        wrong = _checked(_SOLUTIONS / "wrong" / f"{name}.py")
        yield Row(f"check, wrong: {name}", f"{wrong:.1f} s; right {right:.1f} s", "<= right + 1 s", wrong <= right + 1)


@row
def stuck() -> Iterator[Row]:
    """Programs that never end."""
    brokers.up(["rabbitmq"])
    with TemporaryDirectory() as folder:
        for what, source in (("an endless loop", "while True: pass"), ("prints without end", "while True: print('x' * 999)")):
            file = Path(folder) / "program.py"
            file.write_text(source)
            took = _checked(file)
            yield Row(f"check, {what}", f"{took:.1f} s", "<= 12 s", took <= 12)


@row
def interrupt() -> Iterator[Row]:
    """From the signal to the end of the command, which sweeps before it ends."""
    brokers.up(["rabbitmq"])
    with TemporaryDirectory() as folder:
        file, mark = Path(folder) / "program.py", Path(folder) / "runs"
        ignore = "for s in (signal.SIGTERM, signal.SIGINT): signal.signal(s, signal.SIG_IGN)"
        file.write_text(f"import signal, time\n{ignore}\nopen({str(mark)!r}, 'w').close()\ntime.sleep(60)\n")
        bench = subprocess.Popen([sys.executable, "-m", "helpers", "check", _LAB, str(file)], stderr=subprocess.DEVNULL)
        while not mark.exists() and bench.poll() is None:
            time.sleep(0.01)
        os.kill(bench.pid, signal.SIGINT)
        took = seconds(bench.wait)
    yield Row("interrupt to prompt, a stubborn program", f"{took:.2f} s", "<= 1 s", took <= 1)


@row
def ledger() -> Iterator[Row]:
    """Ledger and all rules over made runs of 10,000 and 20,000 events."""
    times = {count: median(lambda count=count: _account(count)) for count in (10_000, 20_000)}
    yield Row("ledger and findings, 10,000 events", f"{times[10_000] * 1000:.0f} ms", "<= 150 ms", times[10_000] <= 0.150)
    ratio = times[20_000] / times[10_000]
    yield Row("  twice the events", f"{ratio:.2f} x the time", "<= 2.5 x", ratio <= 2.5)


def _account(count: int) -> float:
    ids = tokens.draw(random.Random(count), count // 5)
    orders = [{"id": order, "n": n, "customer": f"c{n % 50}", "amount": 1} for n, order in enumerate(ids, 1)]
    journal = Journal()
    for tag, order in enumerate(ids, 1):
        pos = {"conn": 1, "channel": 1, "tag": tag}
        journal.record("tap", "bench", "published", order, pos=pos)
        journal.record("runner", "bench", "accepted", order)
        journal.record("tap", "consumer", "delivered", order, pos=pos, auto_ack=False)
        if tag % 10:  # every tenth is lost: acknowledged, never charged
            journal.record("shop", "consumer", "charged", order, key=None, replayed=False)
        journal.record("tap", "consumer", "acknowledged", order, pos=pos, tag=tag, multiple=False)

    def account() -> None:
        evidence = Evidence(journal.events, settle(journal.events, orders, ("consumer",)), "at-least-once", ("consumer",))
        for rule in rules("rabbitmq"):
            rule(evidence)

    return seconds(account)
