"""The command `course`: the map in a terminal."""

import argparse

from helpers import paths


def add_parser(commands: argparse._SubParsersAction) -> None:
    commands.add_parser("course", help="show the course: what is read and solved, and what comes next")


def run(args: argparse.Namespace) -> int:
    from helpers.notebook.course_map import text
    from helpers.study import progress

    book = paths.WORK / progress.FILE
    progress.gather(book)
    print(text(progress.standing(book)))
    return 0
