"""The commands setup, lab, doctor and clean, and a JupyterLab that `down` stops."""

import argparse
import subprocess
import sys


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add setup, lab, doctor, clean."""
    for name, text in (
        ("setup", "Bring the environment and the brokers onto this machine; run again, it only looks."),
        ("lab", "Start the brokers and JupyterLab and print the address. Ctrl-C stops JupyterLab; the brokers stay up."),
        ("doctor", "Look for what is missing or broken, and say the next step for each fault."),
        ("clean", "Remove .venv and .workbook; with CACHE=yes the shared cache, with WORK=yes your own work/."),
    ):
        command = subparsers.add_parser(name, help=text, description=text)
        if name == "setup":
            command.add_argument("--dev", action="store_true", help="with what the tests need")
        if name == "clean":
            command.add_argument("--dry-run", action="store_true", help="only name what would be removed")


def run(args: argparse.Namespace) -> int:
    """Carry a command out."""
    if args.command == "setup":
        from helpers import paths

        script = paths.ROOT / "helpers" / "setup" / "bootstrap.py"
        return subprocess.call([sys.executable, str(script), *(["--dev"] if args.dev else [])])
    if args.command == "lab":
        from .lab import main

        return main()
    if args.command == "doctor":
        from .doctor import main

        return main()
    from .clean import main

    return main(dry_run=args.dry_run)
