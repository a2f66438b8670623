"""A world apart that a killed process left running is stopped by the clone's next `down`; a living one is let be."""

import json
import os
import signal
import subprocess
import sys

import pytest

from helpers import paths
from helpers.brokers import worlds

LIVE = """
import json, os, sys, time
from pathlib import Path
from helpers.brokers import worlds
with worlds.entered(Path(sys.argv[1])) as env:
    import subprocess
    subprocess.run([sys.executable, "-m", "helpers", "up", "redis"], env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)
    print(json.dumps(env), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def book(monkeypatch, tmp_path):
    """The clone's own state is where the book lies, whatever the tests are given."""
    monkeypatch.setattr(worlds, "_BOOK", paths.ROOT / ".workbook" / "worlds")
    monkeypatch.setattr(paths, "STATE", paths.ROOT / ".workbook")


@pytest.mark.broker
def test_what_a_killed_process_left_is_swept_and_what_lives_is_not(tmp_path, book):
    owner = subprocess.Popen([sys.executable, "-c", LIVE, str(tmp_path)], cwd=paths.ROOT, stdout=subprocess.PIPE, text=True)
    env = json.loads(owner.stdout.readline())

    def redis() -> dict:
        told = subprocess.run([sys.executable, "-m", "helpers", "status", "--json"], cwd=paths.ROOT, env={**os.environ, **env},
                              capture_output=True, text=True, check=True).stdout
        return next(each for line in told.splitlines() if (each := json.loads(line))["name"] == "redis")

    said = []
    try:
        worlds.sweep(said.append)
        assert redis()["state"] == "running" and not any(str(tmp_path) in line for line in said)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        assert redis()["state"] == "running"
        worlds.sweep(said.append)
        assert redis()["state"] == "stopped" and any(str(tmp_path) in line for line in said)
    finally:
        owner.kill()
        subprocess.run([sys.executable, "-m", "helpers", "down"], cwd=paths.ROOT, env={**os.environ, **env}, capture_output=True)


def test_down_needs_nothing_but_python(tmp_path):
    env = {**os.environ, "WORKBOOK_STATE": str(tmp_path / "state"), "WORKBOOK_ENV": str(tmp_path / ".env")}
    bare = subprocess.run([sys.executable, "-S", "-m", "helpers", "down"], cwd=paths.ROOT, env=env, capture_output=True, text=True)
    assert bare.returncode == 0, bare.stderr
