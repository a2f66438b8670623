"""The commands that start, stop, hurt and show brokers."""

import argparse
import json
import sys
import threading
import time
from dataclasses import asdict

from helpers import brokers

from . import errors

FAULT = 4
"""Exit code when a broker failed."""

_LOCK = threading.Lock()


def say(text: str) -> None:
    """One line of progress."""
    with _LOCK:
        print(text, flush=True)


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add up, down, status, kill, pause, resume, restart, logs."""

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return subparsers.add_parser(name, help=text, description=text)

    several = command("up", "Start brokers side by side; those that run already are left alone.")
    several.add_argument("names", nargs="*", metavar="BROKER", help=f"{', '.join(brokers.NAMES)} (default: all)")
    several = command("down", "Stop brokers, their spares too. Nothing is removed.")
    several.add_argument("names", nargs="*", metavar="BROKER", help="default: all that this clone started")
    shown = command("status", "Show the brokers as they are found in the world now.")
    shown.add_argument("--json", action="store_true", help="one JSON object a broker")
    for name, text in (
        ("kill", "Kill the server process with SIGKILL, as a crash would. What was confirmed is on its disk."),
        ("pause", "Freeze the server process (SIGSTOP): connections stay open, nothing moves."),
        ("resume", "Let a paused server go on (SIGCONT)."),
        ("restart", "Stop the server in good order and start it again."),
        ("logs", "Print the end of the server's log."),
    ):
        one = command(name, text)
        one.add_argument("name", choices=brokers.NAMES)
        one.add_argument("--instance", default="main", help="main (default) or spare")
        if name == "logs":
            one.add_argument("-n", "--lines", type=int, default=50, help="how many lines (default 50)")


def run(args: argparse.Namespace) -> int:
    """Carry a command out; 0, or FAULT with the fault in words on stderr."""
    try:
        return {"up": up, "down": down, "status": status, "logs": logs}.get(args.command, one_server)(args)
    except errors.BrokerError as fault:
        print(fault, file=sys.stderr)
        return FAULT


def check_names(names: list[str]) -> None:
    """Raise BrokerError for a name that is no broker."""
    for name in names:
        brokers.description(name)


def up(args: argparse.Namespace) -> int:
    check_names(args.names)
    began = time.monotonic()
    brokers.up(args.names or None, progress=say)
    running = ", ".join(brokers.server(name).broker.title for name in args.names or brokers.NAMES)
    say(f"up: {running} ({time.monotonic() - began:.1f} s)")
    return 0


def down(args: argparse.Namespace) -> int:
    check_names(args.names)
    if not args.names:
        from helpers.setup import jupyter

        if jupyter.stop():
            say("JupyterLab is down")
        from . import owners, worlds

        worlds.sweep(say)
        owners.sweep(say)
    brokers.down(args.names or None, progress=say)
    say("down: nothing of them is left running" if not args.names else f"down: {', '.join(args.names)}")
    return 0


def one_server(args: argparse.Namespace) -> int:
    server = brokers.server(args.name, instance=args.instance)
    if args.command == "restart":
        server.restart(say)
        return 0
    getattr(server, args.command)()
    done = {"kill": "killed", "pause": "paused", "resume": "running again"}[args.command]
    next_step = {"kill": f"; start it again: python -m helpers up {args.name}", "pause": f"; python -m helpers resume {args.name}"}
    say(f"{server.title}: {done}{next_step.get(args.command, '')}")
    return 0


def logs(args: argparse.Namespace) -> int:
    server = brokers.server(args.name, instance=args.instance)
    text = server.logs(lines=args.lines)
    print(text or f"{server.title} has no log yet: it was never started here.")
    return 0


def status(args: argparse.Namespace) -> int:
    found = brokers.status()
    if args.json:
        for each in found:
            print(json.dumps(asdict(each)))
        return 0
    rows = [row(each) for each in found]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for title in HEAD:
            table.add_column(title)
        for cells in rows:
            table.add_row(*cells, style={"running": "green", "paused": "yellow"}.get(cells[1], "dim"))
        Console().print(table)
    else:
        widths = [max(len(cells[i]) for cells in [HEAD, *rows]) for i in range(len(HEAD))]
        for cells in [HEAD, *rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    return 0


HEAD = ("broker", "state", "version", "from", "provider", "pid", "memory", "port", "up for", "note")


def row(each: brokers.Status) -> tuple[str, ...]:
    """The cells of one line of the table."""
    name = each.name if each.instance == "main" else f"{each.name} ({each.instance})"
    memory = f"{each.memory_mb:.0f} MB" if each.memory_mb is not None else "-"
    age = f"{each.uptime_s:.0f} s" if each.uptime_s is not None else "-"
    return (name, each.state, each.version or "-", each.source or "-", each.provider, str(each.pid or "-"), memory,
            str(each.port or "-"), age, each.note)  # fmt: skip
