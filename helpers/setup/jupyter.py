"""The JupyterLab server of this clone: its command, its record, its end."""

import json
import os
import secrets
import signal
import sys
import time
from pathlib import Path

from helpers import paths
from helpers.brokers import ports, process, settings

FOLDER = paths.STATE / "jupyter"
PID_FILE = FOLDER / "server.pid.json"
LOG = FOLDER / "jupyter.log"
FIRST_PAGE = "/lab/tree/notebooks/00_start_here.ipynb"
LAYOUT = {
    "main": {"dock": None, "current": None},
    "left": {
        "collapsed": False, "visible": True, "current": "@jupyterlab/toc:plugin",
        "widgets": ["filebrowser", "running-sessions", "@jupyterlab/toc:plugin", "extensionmanager.main-view"],
    },
    "right": {"collapsed": True, "visible": True, "widgets": ["jp-property-inspector", "debugger-sidebar"]},
    "relativeSizes": [0.2, 0.8, 0],
}
"""As JupyterLab 4 writes it itself."""
STYLE = """/* Written by the workbook: in a narrow window the page has the room, not the sidebar. */
@media (max-width: 900px) { html:root { --jp-sidebar-min-width: 150px; } }
"""


def port(say) -> int:
    """JUPYTER_PORT; where it is taken, a free one, said."""
    wanted = settings.port("JUPYTER_PORT")
    if ports.free(wanted):
        return wanted
    fresh = wanted + 1
    while not ports.free(fresh):
        fresh += 1
    say(f"port {wanted} is taken by {ports.describe_owner(wanted)}; JupyterLab takes {fresh} (JUPYTER_PORT in .env decides)")
    return fresh


def command(number: int) -> list[str]:
    """The server on loopback, rooted in work/, opening nothing by itself."""
    options = {
        "ServerApp.root_dir": paths.WORK,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": number,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": os.geteuid() == 0,
        "LabApp.default_url": FIRST_PAGE,
        "LabApp.custom_css": True,
        "LanguageServerManager.autodetect": False,  # it asks npm, which writes into the home folder
    }
    extra = paths.ROOT / "helpers" / "notebook" / "jupyter_server_config.py"
    config = [f"--config={extra}"] if extra.exists() else []
    return [sys.executable, "-m", "jupyterlab", *config, *(f"--{name}={value}" for name, value in options.items())]


def first_workspace() -> None:
    """Before the first start: the page's contents on the left, where JupyterLab would list files. Later starts find the
    reader's own arrangement, and style sheet (JupyterLab documentation, "Workspaces", "Custom CSS")."""
    sheet = FOLDER / "config" / "custom" / "custom.css"
    if not sheet.exists():
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_text(STYLE)
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    folder = FOLDER / "workspaces"
    folder.mkdir(parents=True, exist_ok=True)
    workspaces = WorkspacesManager(str(folder))
    if not list(folder.iterdir()):
        workspaces.save("default", json.dumps({"data": {"layout-restorer:data": LAYOUT}, "metadata": {"id": "default"}}))


def keep_at_home() -> None:
    """Let Jupyter and IPython keep their own files in this clone's state, not in the user's home folder."""
    for name, folder in (
        ("JUPYTER_CONFIG_DIR", "config"),
        ("JUPYTER_DATA_DIR", "data"),
        ("JUPYTER_RUNTIME_DIR", "runtime"),
        ("JUPYTERLAB_SETTINGS_DIR", "settings"),
        ("JUPYTERLAB_WORKSPACES_DIR", "workspaces"),
        ("IPYTHONDIR", "ipython"),
    ):
        os.environ[name] = str(FOLDER / folder)


def start(number: int) -> tuple[process.Record, str]:
    """Start it in the background and record it; its record and its token."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    keep_at_home()
    paths.WORK.mkdir(parents=True, exist_ok=True)
    first_workspace()
    token = secrets.token_hex(16)
    env = {**os.environ, "JUPYTER_TOKEN": token, "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"}
    LOG.unlink(missing_ok=True)
    record = process.spawn(command(number), env=env, folder=paths.ROOT, log=LOG, marks=("jupyterlab", "jupyter-lab"))
    process.write(PID_FILE, record)
    return record, token


def running() -> process.Record | None:
    """The record of a server of this clone that is still there."""
    record = process.read(PID_FILE)
    return record if record is not None and record.alive() else None


def stop(timeout: float = 10.0) -> bool:
    """End the server and its kernels; False when there was none."""
    record = running()
    if record is None:
        PID_FILE.unlink(missing_ok=True)
        return False
    family = process.family({record.pid})
    record.send(signal.SIGTERM)
    record.wait_end(timeout)
    end = time.monotonic() + 3
    for member in family:
        if not member.wait_end(max(0.05, end - time.monotonic())):
            member.send(signal.SIGKILL)
            member.wait_end(2)
    PID_FILE.unlink(missing_ok=True)
    return True


def answers(number: int) -> bool:
    """Whether the server answers HTTP."""
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", number, timeout=2)
    try:
        line.request("GET", "/api")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
