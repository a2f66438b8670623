"""A learner's clone for tests that hurt brokers: state, ports, brokers and JupyterLab of its own, as `make lab` starts them."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers import paths
from helpers.brokers import worlds

START = """
import json
from helpers.notebook import workspace
from helpers.setup import jupyter
jupyter.keep_at_home()
workspace.lay()
record, token = jupyter.start(int({port}))
while not jupyter.answers(int({port})):
    assert record.alive(), jupyter.LOG.read_text()
print(json.dumps([record.pid, token]))
"""
STOP = "from helpers.setup import jupyter; jupyter.stop()"


@dataclass
class World:
    """address: of JupyterLab; env: for commands in this clone; state, work: its folders."""

    address: str
    token: str
    env: dict[str, str]
    state: Path
    work: Path

    def helpers(self, *arguments: str) -> str:
        """Run `python -m helpers …` here; its output. Raises CalledProcessError."""
        return run(self.env, "-m", "helpers", *arguments)

    def status(self, name: str) -> dict:
        """Of a broker, as the command line tells it."""
        found = [json.loads(line) for line in self.helpers("status", "--json").splitlines()]
        return next(each for each in found if each["name"] == name and each["instance"] == "main")

    def url(self, page: str) -> str:
        return f"{self.address}/lab/tree/{page}?token={self.token}"

    def ask(self, method: str, path: str) -> object:
        """One call of the server's API."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.address}{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def begin_anew(self) -> None:
        """End every kernel, and lay notebooks and workspace as they were: what one reader left must not be another's, least of
        all an open tab, whose cells would lie hidden before those that are meant."""
        for kept in (self.state / "jupyter" / "workspaces").iterdir():
            kept.unlink()
        run(self.env, "-c", "from helpers.setup import jupyter; jupyter.first_workspace()")
        for session in self.ask("GET", "/api/sessions"):
            self.ask("DELETE", f"/api/sessions/{session['id']}")
        for folder in ("notebooks", "labs"):
            shutil.rmtree(self.work / folder, ignore_errors=True)
        run(self.env, "-c", "from helpers.notebook import workspace; workspace.lay()")


def run(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=paths.ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextlib.contextmanager
def world(folder: Path, *brokers: str) -> Iterator[World]:
    """With these brokers up; all of it is stopped at the end."""
    left_out = ("PYTEST", "JUPYTER", "IPYTHON", "WORKBOOK_SEED", "WORKBOOK_TEST")
    env = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    with worlds.entered(folder) as own:
        env |= {**own, "WORKBOOK_WORK": str(folder / "work"), "WORKBOOK_CACHE": str(paths.CACHE)}
        try:
            if brokers:
                run(env, "-m", "helpers", "up", *brokers)
            _, token = json.loads(run(env, "-c", START.format(port=env["JUPYTER_PORT"])).splitlines()[-1])
            yield World(f"http://127.0.0.1:{env['JUPYTER_PORT']}", token, env, folder / "state", folder / "work")
        finally:
            run(env, "-c", STOP)
            run(env, "-m", "helpers", "down")
