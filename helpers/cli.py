"""The command line: finds the module that a command belongs to, imports only that one, and runs it.

A module plugs in with a line in MODULES and two functions: `add_parser(subparsers)` adds its commands, and
`run(args) -> int` carries one out (`args.command` says which).
"""

import argparse
import importlib
import importlib.util
import sys
from types import ModuleType

MODULES: list[tuple[str, dict[str, str]]] = [
    ("helpers.brokers.cli", {
        "up": "start the brokers and wait for a first confirmed message on each",
        "down": "stop every broker that this clone started, spares too",
        "status": "show version, process, memory and port, from the world",
        "kill": "kill a broker with SIGKILL, as a crash would",
        "pause": "freeze a broker (SIGSTOP)",
        "resume": "let a frozen broker go on",
        "restart": "stop a broker in good order and start it again",
        "logs": "print the end of a broker's log",
    }),
    ("helpers.bench.cli", {
        "check": "run a program against a lab and say which orders were lost",
        "generate": "write the generated notebooks and starters",
    }),
    ("helpers.bench.own.cli", {
        "try": "put a program of your own on the bench, and say what it loses",
    }),
    ("helpers.notebook.timeline.cli", {
        "export": "write a kept run as one HTML file, to pass it on",
    }),
    ("helpers.notebook.course_cli", {
        "course": "show the course: what is read and solved, and what comes next",
    }),
    ("helpers.study.cli", {
        "drill": "practise interview questions, scheduled by how well you knew them",
        "mock": "hold a mock interview of 20 minutes",
        "progress": "export, import or reset what the workbook remembers of you",
    }),
    ("helpers.setup.cli", {
        "setup": "bring the environment and the brokers onto this machine",
        "lab": "start the brokers and JupyterLab, and print the address",
        "doctor": "look for what is missing or broken, and say the next step",
        "clean": "remove what the workbook wrote, naming it",
    }),
    ("helpers.measure", {
        "bench": "measure what the workbook promises, and print it beside the bars",
    }),
]  # fmt: skip


def listing() -> str:
    """The commands, one line each."""
    lines = ["usage: python -m helpers COMMAND [...]   (--help after a command explains it)", ""]
    for _, commands in MODULES:
        lines += [f"  {name:<10} {what}" for name, what in commands.items()]
    return "\n".join(lines)


def module_of(command: str) -> ModuleType | None:
    """The module that has the command; one that is not listed is looked for in every module."""
    listed = [name for name, commands in MODULES if command in commands]
    for name in listed or [name for name, _ in MODULES]:
        if not _exists(name):
            continue
        module = importlib.import_module(name)
        parser = argparse.ArgumentParser(add_help=False)
        module.add_parser(subparsers := parser.add_subparsers())
        if command in subparsers.choices:
            return module
    return None


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def main(argv: list[str] | None = None) -> int:
    """Run a command; its exit code. 2 for a command that does not exist, 130 after an interrupt."""
    argv = sys.argv[1:] if argv is None else argv
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(listing())
        return 0 if argv else 2
    module = module_of(argv[0])
    if module is None:
        print(f"There is no command {argv[0]!r}.\n\n{listing()}", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(prog="python -m helpers")
    module.add_parser(parser.add_subparsers(dest="command", required=True))
    try:
        return module.run(parser.parse_args(argv)) or 0
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
