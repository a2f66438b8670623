"""The picture's own command: export."""

import argparse
import sys
from pathlib import Path


def add_parser(commands: argparse._SubParsersAction) -> None:
    export = commands.add_parser("export", help="write a kept run as one HTML file that can be passed on")
    export.add_argument("run", help='the run\'s folder, or a lab\'s name or number for its newest run ("07")')
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="the file to write (default: LAB-TIME.html here)")


def run(args: argparse.Namespace) -> int:
    """0; 2 where there is no such run, or the file cannot be written."""
    from helpers.notebook.timeline import export

    try:
        target = export.write(args.run, args.output)
    except (export.NoRun, OSError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    print(f"{target} ({target.stat().st_size / 1000:.0f} KB)")
    return 0
