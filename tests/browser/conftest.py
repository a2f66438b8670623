"""JupyterLab on a learner's workspace of its own, and a browser beside it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from helpers.bench.processes import die_with_parent

CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), "")
CONFIG = Path(__file__).parents[2] / "helpers" / "notebook" / "jupyter_server_config.py"
LAY = "from helpers.notebook import workspace; workspace.lay()"


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory, rabbitmq):
    """The address of a JupyterLab whose root is a freshly laid work/: what one module ran is not saved before another's eyes."""
    home = tmp_path_factory.mktemp("jupyter")
    work = home / "work"
    kept = {name: str(home / name.lower()) for name in (
        "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
    )}
    env = {**os.environ, **kept, "WORKBOOK_WORK": str(work)}
    for name in ("PYTEST_CURRENT_TEST", "WORKBOOK_SEED"):
        env.pop(name, None)
    subprocess.run([sys.executable, "-c", LAY], env=env, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0",
               f"--config={CONFIG}", f"--ServerApp.root_dir={work}",
               f"--LabApp.user_settings_dir={home / 'settings'}", f"--LabApp.workspaces_dir={home / 'workspaces'}", "--IdentityProvider.token=t", "--allow-root"]
    log = (home / "log").open("w")
    server = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True,
                              preexec_fn=lambda: die_with_parent(signal.SIGTERM))
    try:
        _until_answers(f"http://127.0.0.1:{port}/api?token=t", server, home / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def _until_answers(address: str, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab does not answer:\n{log.read_text()}")


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A browser, gone at the end of its module: Playwright keeps an event loop running in the thread until then, in which no
    other test could have one."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as p:
        home = {name: str(tmp_path_factory.mktemp("chromium")) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"],
                                    env={**os.environ, **home})
        yield browser
        browser.close()
