"""Where the workbook keeps things; nothing is written outside these folders."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABS = Path(os.environ.get("WORKBOOK_LABS") or ROOT / "labs")
SOLUTIONS = ROOT / "solutions"
NOTEBOOKS = ROOT / "notebooks"
VENV = ROOT / ".venv"

STATE = Path(os.environ.get("WORKBOOK_STATE") or ROOT / ".workbook")
"""Brokers' data, pids, logs and the kept runs of this clone."""

RUNS = STATE / "runs"
WORK = Path(os.environ.get("WORKBOOK_WORK") or ROOT / "work")
"""The learner's own files. Only `make clean WORK=yes` removes them."""

CACHE = Path(
    os.environ.get("WORKBOOK_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "message-queue-workbook"
)
"""Downloads and unpacked brokers, shared by all clones of one user."""
