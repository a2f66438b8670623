"""The commands `drill`, `mock` and `progress`: interview practice in a terminal, and the file that remembers it."""

import argparse
from datetime import date
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction) -> None:
    drill = commands.add_parser("drill", help="practise interview questions", description="Practise interview questions: those that "
                                "are due, then new ones. Say or type your answer, see the points, rate yourself by them.")
    _choice(drill)
    drill.add_argument("--cards", type=_count, default=None, metavar="N", help="at most so many questions (default 8)")
    drill.add_argument("--new", type=_count, default=None, metavar="N", help="new ones a day (default 10)")
    drill.add_argument("--date", metavar="YYYY-MM-DD", help="the day of your interview (none: forget it); until then nothing stays "
                       "away for more than 3 days")
    drill.add_argument("--list", action="store_true", help="only list the questions, and when each comes again")
    mock = commands.add_parser("mock", help="a mock interview of 20 minutes", description="A mock interview of 20 minutes: four "
                               "questions with follow-ups, a design, a sizing. You rate yourself; a summary is written.")
    _choice(mock)
    mock.add_argument("--seed", type=int, help="the same questions as in an earlier one")
    mock.add_argument("-o", "--output", type=Path, metavar="FILE", help="the summary (default: mock-DATE.md in work/)")
    kept = commands.add_parser("progress", help="export, import or reset what the workbook remembers of you",
                               description="What you have read, predicted, solved and drilled stands in one file in work/.")
    what = kept.add_subparsers(dest="action", required=True)
    for name, text in (("export", "write it to a file"), ("import", "add what an exported file holds")):
        what.add_parser(name, help=text).add_argument("file", type=Path)
    what.add_parser("reset", help="begin anew; the old file is kept under another name").add_argument("--yes", action="store_true")


def _choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--level", choices=("J", "M", "S"), default="", help="up to this level: junior, middle, senior (default: all)")
    parser.add_argument("--broker", choices=("rabbitmq", "kafka", "redis"), default="", help="only this broker, and what is general")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def run(args: argparse.Namespace) -> int:
    from helpers import paths
    from helpers.study import progress

    book = paths.WORK / progress.FILE
    if args.command == "progress":
        return _progress(args, book)
    if args.command == "mock":
        from helpers.study import mock

        return mock.in_terminal(book, args.level, args.broker, args.seed, args.output)
    from helpers.study import drill, schedule

    if args.date:
        try:
            schedule.set_date(book, None if args.date == "none" else date.fromisoformat(args.date))
        except ValueError:
            print(f"--date {args.date} is no day; write it as 2026-12-31, or none")
            return 2
    if args.list:
        return drill.listing(book, args.level, args.broker)
    return drill.in_terminal(book, args.level, args.broker, args.cards or schedule.SESSION, args.new or schedule.NEW_A_DAY)


def _progress(args: argparse.Namespace, book: Path) -> int:
    from helpers.study import progress

    try:
        if args.action == "export":
            print(f"{progress.export(book, args.file)} entries written to {args.file}")
        elif args.action == "import":
            print(f"{progress.bring_in(book, args.file)} new entries")
        else:
            if not args.yes and input("Forget what you have read, solved and drilled? The file is kept aside. [y/N] ").strip() != "y":
                print("nothing changed")
                return 0
            aside = progress.set_aside(book)
            print(f"begun anew; the old one is {aside}" if aside else "there was nothing to forget")
    except (OSError, ValueError, EOFError) as fault:
        print(str(fault) or "nothing changed")
        return 1
    return 0
