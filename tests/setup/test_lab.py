"""`lab`: the printed address answers, Ctrl-C ends JupyterLab alone, `down` leaves nothing, the home folder stays clean."""

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from helpers import brokers, paths
from helpers.brokers import measure, process
from helpers.setup import jupyter

pytestmark = [pytest.mark.broker, pytest.mark.slow]


def test_lab_from_start_to_end(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    with measure.private_world() as world:
        monkeypatch.setattr(jupyter, "PID_FILE", paths.STATE / "jupyter" / "server.pid.json")
        env = {**os.environ, "WORKBOOK_WORK": str(world / "work"), "HOME": str(home), "BROWSER": "no"}
        env["WORKBOOK_CACHE"] = str(paths.CACHE)
        for name in list(env):
            if name.startswith(("JUPYTER", "IPYTHON", "XDG")) and name != "JUPYTER_PORT":
                del env[name]
        command = [sys.executable, "-m", "helpers", "lab"]
        run = subprocess.Popen(command, cwd=paths.ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        lines = []
        for line in run.stdout:
            lines.append(line)
            if "Ctrl-C here" in line:
                break
        address = re.search(r"http://127\.0\.0\.1:\d+/\S+", "".join(lines))
        assert address, "".join(lines)
        assert urllib.request.urlopen(address[0], timeout=10).status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(re.sub(r"/lab/.*", "/api/contents", address[0]), timeout=10)
        assert jupyter.running() is not None
        family = process.family({jupyter.running().pid})
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read()
        assert run.wait(30) == 0 and "brokers stay up" in rest
        assert not [member.pid for member in family if member.alive()]
        assert all(brokers.server(name).running() for name in brokers.NAMES)
        pids = process.family(brokers.our_pids())
        down = subprocess.run([sys.executable, "-m", "helpers", "down"], cwd=paths.ROOT, env=env, capture_output=True, text=True)
        assert down.returncode == 0, down.stderr
        assert not [member.pid for member in pids if member.alive()]
        assert not list(home.iterdir())
