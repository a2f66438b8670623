"""Every shipped notebook runs under nbval, each by itself: in any order, side by side with others."""

import os
import subprocess
import sys

import pytest

from helpers import paths
from helpers.notebook.refresh import SEED, shipped
from helpers.notebook.workspace import configure

NAMES = [str(p.relative_to(paths.ROOT)) for p in shipped()]


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_its_compared_cells_say_the_same(brokers_up, tmp_path, name):
    configure()
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env |= {"WORKBOOK_SEED": SEED, "WORKBOOK_WORK": str(tmp_path / "work"), "IPYTHONDIR": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-cell-timeout=60", "-q", "-p", "no:cacheprovider",
               "-c", os.devnull, f"--rootdir={paths.ROOT}", name]
    done = subprocess.run(command, cwd=paths.ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
