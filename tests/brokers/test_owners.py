"""What a killed owner leaves is found by the folder that it works in, and ended; what a living one has is left alone."""

import os
import shutil
import signal
import subprocess
import sys

import psutil
import pytest

from helpers import paths
from helpers.brokers import owners
from helpers.notebook.parts import wait_until

RUN = """
import sys, time
from helpers import paths
from helpers.brokers import owners
from helpers.brokers.redis import Private

print(Private(paths.STATE / owners.RUNS / f"{owners.owner_tag()}.abc").pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def env(tmp_path):
    return {**os.environ, "WORKBOOK_STATE": str(tmp_path / "state"), "WORKBOOK_ENV": str(tmp_path / ".env")}


def down(env):
    return subprocess.run([sys.executable, "-m", "helpers", "down"], cwd=paths.ROOT, env=env, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("folder", ["there", "deleted"])
def test_down_ends_the_redis_of_a_run_that_was_killed_with_all_around_it(env, tmp_path, folder):
    run = subprocess.Popen([sys.executable, "-c", RUN], cwd=paths.ROOT, env=env, stdout=subprocess.PIPE, text=True)
    redis = psutil.Process(int(run.stdout.readline()))
    try:
        assert str(redis.pid) not in down(env) and redis.is_running()
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert redis.is_running()
        if folder == "deleted":
            shutil.rmtree(tmp_path / "state" / owners.RUNS)
        assert f"process {redis.pid}" in down(env)
        assert wait_until(lambda: not redis.is_running())
    finally:
        run.kill()
        if redis.is_running():
            redis.kill()


def test_a_tag_names_one_process_alone():
    assert owners.owner_lives(owners.owner_tag())
    pid, _, born = owners.owner_tag().partition("-")
    assert not owners.owner_lives(f"{pid}-{int(born) + 1}") and not owners.owner_lives("") and not owners.owner_lives("x-1")
