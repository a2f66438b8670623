"""`make setup`: from a bare Python to the environment and the brokers, side by side; run again, it only looks."""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "The workbook needs Python 3.11 or newer; this is %d.%d.\n"
        "Install a newer one and name it: make setup PYTHON=python3.12" % sys.version_info[:2]
    )

import argparse
import os
import signal
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from helpers import paths
from helpers.brokers import provider
from helpers.brokers.errors import BrokerError
from helpers.setup import children, environment, native
from helpers.setup.say import SetupError, fail, say


def wanted(dev: bool) -> tuple[bool, bool]:
    """Whether the environment and the native brokers still have to be made."""
    return not environment.installed(dev), provider.chosen() == "native" and not native.is_whole()


def make(dev: bool) -> None:
    """Make what is missing, the environment and the brokers side by side.

    Raises SetupError or BrokerError for the first fault; the other side is stopped then.
    """
    need_environment, need_brokers = wanted(dev)
    tools = threading.Event()

    def tools_ready() -> None:
        while not tools.wait(0.2):
            if stopping.is_set():
                raise children.Stopped

    stopping = threading.Event()
    if not need_environment:
        tools.set()
    pool = ThreadPoolExecutor(2)
    runs = []
    if need_environment:
        runs.append(pool.submit(environment.make, dev, tools.set, need_brokers))
    if need_brokers:
        runs.append(pool.submit(native.make, tools_ready))
    try:
        # short waits, so that an interrupt is seen at once
        while not any(run.done() and run.exception() for run in runs) and not all(run.done() for run in runs):
            wait(runs, timeout=0.5, return_when=FIRST_EXCEPTION)
    finally:
        stopping.set()
        if any(not run.done() for run in runs):
            children.stop_all()
        pool.shutdown(wait=True, cancel_futures=True)
    faults = [run.exception() for run in runs if run.exception()]
    for fault in faults:
        if not isinstance(fault, children.Stopped):
            raise fault


def main() -> int:
    """0 when everything is there, 1 after a fault, 130 after an interrupt."""
    parser = argparse.ArgumentParser(description="Bring the environment and the brokers onto this machine.")
    parser.add_argument("--dev", action="store_true", help="with what the tests need")
    args = parser.parse_args()
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        if not any(wanted(args.dev)):
            say("setup", "everything is there")
            return 0
        say("setup", f"environment in {paths.VENV}, brokers in {paths.CACHE}")
        make(args.dev)
    except KeyboardInterrupt:
        fail("Interrupted. What is complete is kept; `make setup` goes on from there.")
        return 130
    except (SetupError, BrokerError) as fault:
        fail(str(fault))
        return 1
    except OSError as fault:
        if fault.errno not in (28, 122):
            raise
        fail(f"The disk is full ({fault.filename or paths.CACHE}). Free some space and run `make setup` again.")
        return 1
    say("setup", f"done in {time.monotonic() - began:.0f} s")
    record_time(time.monotonic() - began)
    return 0


def record_time(seconds: float) -> None:
    """Keep the measured time, for `make bench`."""
    paths.STATE.mkdir(parents=True, exist_ok=True)
    with open(paths.STATE / "setup-times", "a") as file:
        file.write(f"{seconds:.1f}\n")


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code) if code else sys.exit(0)
