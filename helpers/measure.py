"""`python -m helpers bench`: measures what the workbook promises and prints it beside the bars.

Others add a row by decorating a function with `@row`; it yields `Row`s. A module with rows is named in MODULES.
"""

import argparse
import importlib
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MODULES = ["helpers.brokers.measure", "helpers.setup.measure", "helpers.wire.measure", "helpers.bench.measure", "helpers.notebook.measure"]
"""Modules that register rows when they are imported; one that is not there is passed over."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what, the measured value and the bar in words, and whether the bar is reached."""

    what: str
    measured: str
    bar: str
    ok: bool | None
    """None: measured, with nothing to stand beside."""


ROWS: list[Callable[[], Iterator[Row]]] = []


def row(function: Callable[[], Iterator[Row]]) -> Callable[[], Iterator[Row]]:
    """Register a function that measures; its name chooses it on the command line."""
    ROWS.append(function)
    return function


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def median(action: Callable[[], float], times: int = 3) -> float:
    """The median of several measurements."""
    return statistics.median(action() for _ in range(times))


def command_seconds(*arguments: str) -> float:
    """How long `python -m helpers …` takes, interpreter and all."""
    command = [sys.executable, "-m", "helpers", *arguments]
    return seconds(lambda: subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True))


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add bench."""
    text = "Measure what the workbook promises, and print it beside the bars. It starts and kills brokers of its own."
    parser = subparsers.add_parser("bench", help=text, description=text)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these measurements (default: all)")
    parser.add_argument("--list", action="store_true", help="list the measurements")


def run(args: argparse.Namespace) -> int:
    """0 when every bar is reached, 1 otherwise."""
    for name in MODULES:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name)
    if args.list:
        for function in ROWS:
            print(f"{function.__name__:<20} {(function.__doc__ or '').splitlines()[0]}")
        return 0
    unknown = set(args.names) - {function.__name__ for function in ROWS}
    if unknown:
        print(f"No such measurement: {', '.join(sorted(unknown))}. See: python -m helpers bench --list", file=sys.stderr)
        return 2
    missed = 0
    print(f"{'':<6} {'what':<58} {'measured':<34} bar")
    for function in ROWS:
        if args.names and function.__name__ not in args.names:
            continue
        for each in function():
            missed += each.ok is False
            word = {True: "ok", False: "MISSED", None: "-"}[each.ok]
            print(f"{word:<6} {each.what:<58} {each.measured:<34} {each.bar}", flush=True)
    print(f"\n{missed} bar(s) missed." if missed else "\nEvery bar measured here is reached.")
    return 1 if missed else 0
