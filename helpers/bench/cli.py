"""The bench's own commands: check, generate."""

import argparse
import asyncio
import json
import shutil
import signal
import sys
from pathlib import Path

ROLES = ("producer", "consumer", "rabbitmq", "kafka", "redis")
"""Roles for which a file can be named, where a lab has several."""
EPILOG = """
exit status: 0 pass, 1 fail, 2 unknown, 3 your program's error, 4 the bench's or a broker's, 130 interrupted

--stream writes one JSON object a line: begin, note, scenario, progress, scenario-end, report.
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    check = commands.add_parser("check", help="run your program(s) on a lab's bench and say what was lost, and why",
                                usage="python -m helpers check LAB [FILE] [options]\n"
                                      "       python -m helpers check --all [LAB] [-j N] [--repeat N]",
                                formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EPILOG)
    check.add_argument("lab", nargs="?", help='the lab: its name, or its number ("07")')
    check.add_argument("file", nargs="?", type=Path, help="the program, in labs with one (default: yours in work/labs)")
    check.add_argument("--run", metavar="CMD", help="a command in place of a file, e.g. 'node consumer.js'; no shell is used")
    check.add_argument("--producer", type=Path, metavar="FILE", help="the producer, in labs with two programs")
    check.add_argument("--consumer", type=Path, metavar="FILE", help="the consumer, in labs with two programs")
    for role, file in (("rabbitmq", "rabbitmq.conf"), ("kafka", "server.properties"), ("redis", "redis.conf")):
        check.add_argument(f"--{role}", type=Path, metavar="FILE", help=f"your {file}, in the lab of configuration files")
    check.add_argument("--guarantee", choices=("at-most-once", "at-least-once", "effectively-once"),
                       help="what is asked of the program (default: the lab's first)")
    check.add_argument("--seed", type=int, help="draw the same orders as in an earlier run")
    check.add_argument("--scenario", metavar="NAME", help="run only this one")
    check.add_argument("--calm", action="store_true", help="run without any fault")
    check.add_argument("--all", action="store_true",
                       help="check every starter, solution, wrong and unusual program of the lab, or of all labs: one table")
    check.add_argument("-j", type=int, default=2, metavar="N", help="with --all: so many side by side (default 2)")
    check.add_argument("--repeat", type=int, default=1, metavar="N", help="with --all: each program so many times")
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the report as JSON")
    form.add_argument("--stream", action="store_true", help="print progress and report as JSON lines")
    check.add_argument("--lifeline", action="store_true", help="end when standard input ends (for callers that may die)")

    generate = commands.add_parser("generate", help="make starters, lab notebooks and docs/mistakes.md from their sources")
    generate.add_argument("labs", nargs="*", help="only these labs")
    generate.add_argument("--check", action="store_true", help="change nothing; fail where a committed file differs")


def run(args: argparse.Namespace) -> int:
    """Carry out `args.command`; its exit status."""
    return {"check": run_check, "generate": run_generate}[args.command](args)


def run_generate(args: argparse.Namespace) -> int:
    from helpers.bench import generate

    return generate.main(check=args.check, names=args.labs)


def run_check(args: argparse.Namespace) -> int:
    from helpers.bench import warden
    from helpers.bench.check import WrongUse
    from helpers.bench.lab import UnknownLab, load

    if args.all:
        return run_all(args)
    if not args.lab:
        print("check: which lab? Its name or its number, or --all", file=sys.stderr)
        return 4
    try:
        lab = load(args.lab)
        commands = _commands(args, lab)
    except (UnknownLab, WrongUse) as error:
        print(f"check: {error}", file=sys.stderr)
        return 4
    again = f"python -m helpers check {lab.name}" + _repeat(args)
    return warden.guard(lambda: bench(args, lab, commands, again), lifeline=args.lifeline)


def run_all(args: argparse.Namespace) -> int:
    """0 where the bench was right about every program, 1 where it was not."""
    from helpers.bench import every
    from helpers.bench.lab import UnknownLab

    results = []
    try:
        for result in every.run([args.lab] if args.lab else [], args.j, args.repeat,
                                lambda line: print(line, file=sys.stderr, flush=True)):
            results.append(result)
    except UnknownLab as error:
        print(f"check: {error}", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        print("Interrupted; so far:", file=sys.stderr)
    if results:
        print(every.table(results))
    return int(any(result.amiss for result in results))


def _commands(args: argparse.Namespace, lab) -> dict:
    from helpers import paths
    from helpers.bench.check import WrongUse, command_for, command_line, configuration

    if args.run:
        if len(lab.roles) != 1:
            raise WrongUse(f"--run is for labs with one program; {lab.name} has {' and '.join(lab.roles)}")
        return {lab.roles[0]: command_line(args.run)}
    given = {role: getattr(args, role) for role in ROLES if getattr(args, role)}
    if args.file:
        if len(lab.roles) != 1:
            raise WrongUse(f"{lab.name} has several: {' '.join(f'--{role} FILE' for role in lab.roles)}")
        given = {lab.roles[0]: args.file}
    for role in lab.roles:
        if role not in given:
            own = paths.WORK / "labs" / lab.name / lab.file(role)
            given[role] = own if own.exists() else lab.folder / lab.file(role)
    if extra := set(given) - set(lab.roles):
        raise WrongUse(f"{lab.name} has no {', '.join(sorted(extra))}")
    if lab.kind == "configure":
        return {role: configuration(file) for role, file in given.items()}
    return {role: command_for(file) for role, file in given.items()}


def bench(args: argparse.Namespace, lab, commands: dict, again: str) -> int:
    """Check, and show the report as `args` ask; in the warden's child. again: how to run it once more, without its seed."""
    from helpers.bench import check, text

    tell = _teller(args)
    try:
        report = asyncio.run(_interruptible(check.check(
            lab, commands, guarantee=args.guarantee, seed=args.seed, calm=args.calm, only=args.scenario, again=again,
            tell=tell)))
    except check.WrongUse as error:
        print(f"{'try' if lab.own else 'check'}: {error}", file=sys.stderr)
        return 4
    except (asyncio.CancelledError, KeyboardInterrupt):
        tell({"type": "interrupted"})
        return 130
    if args.stream:
        tell({"type": "report", "report": report.as_dict()})
    elif args.json:
        print(json.dumps(report.as_dict(), indent=1))
    else:
        tell({"type": "done"})
        tty = sys.stdout.isatty()
        print(text.render(report, width=min(shutil.get_terminal_size().columns, 110) if tty else 100, colour=tty), end="")
    return report.exit_code


def _repeat(args: argparse.Namespace) -> str:
    import shlex

    words = []
    if args.file:
        words.append(str(args.file))
    for name in ("run", *ROLES, "guarantee", "scenario"):
        if getattr(args, name):
            words += [f"--{name}", str(getattr(args, name))]
    words += ["--calm"] * args.calm
    return "".join(" " + word for word in map(shlex.quote, words))


async def _interruptible(work):
    """Run `work`; the first SIGINT or SIGTERM cancels it, so that it cleans up after itself."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sig, task.cancel)
    return await task


def _teller(args: argparse.Namespace):
    """How messages of the stream are shown: JSON lines, a line that is renewed on a terminal, or a few plain lines."""
    if args.stream:
        def stream(message: dict) -> None:
            sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
            sys.stdout.flush()

        return stream
    if args.json:
        return lambda message: None
    tty = sys.stderr.isatty()
    state = {"title": ""}

    def show(line: str, last: bool = False) -> None:
        if tty:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write("\r\033[K" + line[:width] + ("\n" if last and line else ""))
            sys.stderr.flush()

    def tell(message: dict) -> None:
        kind = message["type"]
        if kind == "note":
            show(message["text"])
            if not tty:
                print(message["text"], file=sys.stderr, flush=True)
        elif kind == "scenario":
            state["title"] = f"{message['index'] + 1}/{message['of']} {message['title']}"
            if not tty:
                print(state["title"], file=sys.stderr, flush=True)
        elif kind == "progress":
            restarts = f", restarted {message['restarts']}x" if message["restarts"] else ""
            show(f"{state['title']}: {message['charged']} of {message['accepted']} {message['effect']}{restarts}")
        elif kind == "interrupted":
            show("")
            print("Interrupted. Nothing was left running.", file=sys.stderr, flush=True)
        elif kind == "done":
            show("")

    return tell
