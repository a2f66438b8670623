"""The bench as a learner calls it: a process of its own, with labs and a folder for the runs of the tests' own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from helpers.bench.report import Report

HERE = Path(__file__).parent


class Bench:
    """Calls `python -m helpers check`."""

    def __init__(self, folder: Path):
        self.folder = folder

    def command(self, lab: str, source: str | None, *options: str, name: str = "program.py") -> list[str]:
        words = [sys.executable, "-m", "helpers", "check", lab]
        if source is not None:
            file = self.folder / name
            file.write_text(source)
            words.append(str(file))
        return [*words, *options]

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "WORKBOOK_LABS": str(HERE / "labs"), "MARK": str(self.folder)}

    def check(self, lab: str, source: str | None, *options: str, **names: str) -> Report:
        """The report; the exit status is checked to agree with it, and nothing to be left running."""
        done = subprocess.run(self.command(lab, source, *options, "--json", **names), env=self.env, text=True,
                              capture_output=True, timeout=120)
        assert done.stdout, done.stderr
        report = Report.from_dict(json.loads(done.stdout))
        assert done.returncode == report.exit_code, done.stderr
        assert self.left() == []
        return report

    def left(self) -> list[str]:
        """Processes of this test's runs that are still there."""
        return [f"{p.pid} {' '.join(p.cmdline())}" for p in psutil.process_iter() if self._marked(p)]

    def _marked(self, process: psutil.Process) -> bool:
        try:
            return (process.environ().get("MARK") == str(self.folder)
                    and process.status() != psutil.STATUS_ZOMBIE and "beam" not in process.name())
        except psutil.Error:
            return False

    def until(self, condition, limit: float = 15.0) -> None:
        end = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.02)
