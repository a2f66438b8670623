"""`python -m helpers COMMAND`: the way to everything from a terminal."""

import os
import sys

from helpers import paths
from helpers.cli import main

OWN_PYTHON = ("setup", "clean", "down")
"""Commands that need nothing from .venv, and must work without it."""


def in_venv() -> None:
    """Go on in .venv's Python where another one was called: only there are the clients."""
    python = paths.VENV / "bin" / "python"
    if sys.prefix != str(paths.VENV) and python.exists() and not {*sys.argv[1:2]} & {*OWN_PYTHON}:
        os.execv(python, [str(python), "-m", "helpers", *sys.argv[1:]])


if __name__ == "__main__":
    in_venv()
    sys.exit(main())
