"""The command `try`: a program of one's own on the bench."""

import argparse
import sys
from pathlib import Path

from helpers.bench.own.declaration import BROKERS, KINDS, NAMES, ROLES

USAGE = """python -m helpers try FILE.toml [options]
       python -m helpers try --queue NAME --run CMD [options]"""
EPILOG = f"""
In CMD and in --env these are replaced: {' '.join('{%s}' % name for name in NAMES)}
An order's id looks like ord-7f3kq2mz4r; your program must pass it on as it is. docs/try.md shows
programs from their declaration to the verdict.

exit status: 0 pass, 1 fail, 2 unknown, 3 your program's or your command's error, 4 wrong use, the bench's or a broker's,
130 interrupted
"""


def add_parser(commands: argparse._SubParsersAction) -> None:
    own = commands.add_parser("try", help="put a program of your own on the bench, as you declare it", usage=USAGE,
                              formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EPILOG)
    own.add_argument("file", nargs="?", type=Path, metavar="FILE.toml",
                     help="the declaration; each key is an option's name, without the dashes in front. [env] is a table")
    own.add_argument("--run", metavar="CMD", help="the command that starts your program; no shell is used")
    own.add_argument("--broker", choices=BROKERS)
    own.add_argument("--role", choices=ROLES, help="default: consumer")
    for kind, broker in KINDS.items():
        own.add_argument(f"--{kind}", dest=f"its_{kind}", metavar="NAME",
                         help=f"{broker}: the {kind} it works on; without a name one of the run's own, {{{kind}}}")
    own.add_argument("--group", metavar="NAME", help="Kafka, Redis streams; without: one of the run's own, {group}")
    own.add_argument("--exchange", metavar="NAME", help="RabbitMQ: where messages for it are published (default: to the queue)")
    own.add_argument("--routing-key", metavar="KEY", help="RabbitMQ: with which key (default: the queue's name)")
    own.add_argument("--queue-type", choices=("classic", "quorum"), help="RabbitMQ: of the queue that the bench declares")
    own.add_argument("--partitions", type=int, metavar="N", help="Kafka: of the topic (default 3)")
    own.add_argument("--push", choices=("left", "right"), help="Redis: the end of the list at which the bench adds")
    own.add_argument("--declared-by", choices=("bench", "program", "enqueue"), help="who makes the queue or the group")
    own.add_argument("--enqueue", metavar="CMD",
                     help="your command that sends the messages: an order a line, as JSON, on its standard input")
    own.add_argument("--id", metavar="FIELD", help="the field of the id, in messages that the bench sends as JSON (default: id)")
    own.add_argument("--effect", metavar="EFFECT",
                     help='what counts: "http", "http:/PATH" (a call to {shop}; default of consumers), "file:PATH" (a line), '
                          '"sqlite:PATH:TABLE" (a row), "exit" (a producer ends with 0; default of producers)')
    own.add_argument("--env", action="append", default=[], metavar="NAME=TEXT", help="a variable for your program; repeatable")
    own.add_argument("--hold", type=float, metavar="SECONDS", help="Kafka: auto.commit.interval.ms of your client (default 5 s)")
    own.add_argument("--orders", type=int, metavar="N", help="orders a scenario (default 24)")
    own.add_argument("--deadline", type=float, metavar="SECONDS", help="after which a scenario is ended (default 120)")
    own.add_argument("--patience", type=float, metavar="SECONDS",
                     help="for which your program may stand still while there is something to do (default 15)")
    own.add_argument("--grace", type=float, metavar="SECONDS", help="between SIGTERM and SIGKILL (default 10)")
    own.add_argument("--name", help="under which the runs are kept: .workbook/runs/try-NAME")
    own.add_argument("--guarantee", choices=("at-most-once", "at-least-once", "effectively-once"),
                     help="what it promises (default: at-least-once)")
    own.add_argument("--seed", type=int, help="draw the same orders as in an earlier run")
    own.add_argument("--scenario", metavar="NAME", help="run only this one")
    own.add_argument("--calm", action="store_true", help="run without any fault")
    form = own.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the report as JSON")
    form.add_argument("--json-lines", dest="stream", action="store_true", help="print progress and report as JSON lines")
    own.add_argument("--lifeline", action="store_true", help="end when standard input ends (for callers that may die)")


_OPTIONS = ("run", "broker", "role", *KINDS, "group", "exchange", "routing_key", "queue_type", "partitions", "push",
            "declared_by", "enqueue", "id", "effect", "hold", "patience", "grace", "orders", "deadline", "name")


def run(args: argparse.Namespace) -> int:
    """The report's exit status; 4 where the declaration cannot be used."""
    from helpers.bench import warden
    from helpers.bench.cli import bench
    from helpers.bench.own import declaration, template
    from helpers.bench.own.lab import lab

    try:
        own = declaration.read(args.file, {**{name: _given(args, name) for name in _OPTIONS}, "env": _env(args.env)})
        commands = {own.role: template.command(own, own.run, "run")}
        if own.enqueue:
            template.command(own, own.enqueue, "enqueue")
    except declaration.BadDeclaration as error:
        print(f"try: {error}", file=sys.stderr)
        return 4
    made, again = lab(own), "python -m helpers try" + _repeat(args)
    return warden.guard(lambda: bench(args, made, commands, again), lifeline=args.lifeline)


def _given(args: argparse.Namespace, name: str) -> object:
    return getattr(args, f"its_{name}" if name in KINDS else name)


def _env(texts: list[str]) -> dict[str, str]:
    from helpers.bench.own.declaration import BadDeclaration

    if bad := next((text for text in texts if "=" not in text), None):
        raise BadDeclaration(f"--env {bad!r}: it must be NAME=TEXT")
    return dict(text.split("=", 1) for text in texts)


def _repeat(args: argparse.Namespace) -> str:
    import shlex

    words = [str(args.file)] if args.file else []
    for name in (*_OPTIONS, "guarantee", "scenario"):
        if (value := _given(args, name)) is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    for text in args.env:
        words += ["--env", text]
    words += ["--calm"] * args.calm
    return "".join(" " + word for word in map(shlex.quote, words))
