"""`make lab`: brokers and JupyterLab side by side, the learner's copies laid, the address printed; Ctrl-C ends it."""

import importlib
import importlib.util
import os
import signal
import sys
import threading
import time

from helpers import brokers, paths
from helpers.brokers.cli import say

from . import jupyter


def lay_copies() -> None:
    """Lay notebooks and labs into work/; what the learner changed stays."""
    if importlib.util.find_spec("helpers.notebook.workspace") is None:
        return
    importlib.import_module("helpers.notebook.workspace").lay(progress=say)


def main() -> int:
    """0 when it was stopped, 1 when JupyterLab did not start, 4 when a broker did not."""
    began = time.monotonic()
    before = jupyter.running()
    if before is not None:
        say(f"JupyterLab of this clone runs already (process {before.pid}); `make down` stops it. Its log: {jupyter.LOG}")
        return 1
    faults: list[Exception] = []

    def start_brokers() -> None:
        try:
            brokers.up(progress=say)
        except brokers.BrokerError as fault:
            faults.append(fault)

    # Imported here, not by the thread: a dataclass made while another thread is halfway through `import typing` fails.
    importlib.import_module("helpers.brokers.provider")
    for name in brokers.NAMES:
        brokers.description(name)
    starting = threading.Thread(target=start_brokers)
    starting.start()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        jupyter.keep_at_home()
        lay_copies()
        number = jupyter.port(say)
        say(f"JupyterLab: starting on port {number}")
        record, token = jupyter.start(number)
        while not jupyter.answers(number):
            if not record.alive() or time.monotonic() - began > 90:
                print(f"JupyterLab did not start. Its log, {jupyter.LOG}, ends:\n{tail()}", file=sys.stderr)
                jupyter.stop()
                return 1
            time.sleep(0.05)
        starting.join()
        if faults:
            print(f"\n{faults[0]}\nJupyterLab runs without it; `python -m helpers doctor` looks for the cause.", file=sys.stderr)
        address = f"http://127.0.0.1:{number}{jupyter.FIRST_PAGE}?token={token}"
        say(f"\nReady after {time.monotonic() - began:.1f} s. Open this address:\n\n    {address}\n")
        say("Ctrl-C here stops JupyterLab. The brokers stay up; `make down` stops them too.")
        open_browser(address)
        while record.alive():
            time.sleep(0.5)
        say(f"JupyterLab has ended. Its log: {jupyter.LOG}")
        return 0
    except KeyboardInterrupt:
        say("\nStopping JupyterLab ...")
        starting.join()
        jupyter.stop()
        say("JupyterLab is down; the brokers stay up (`make down` stops them).")
        return 0


def tail() -> str:
    """The end of JupyterLab's log."""
    try:
        return "\n".join(jupyter.LOG.read_text(errors="replace").splitlines()[-15:])
    except OSError:
        return ""


def open_browser(address: str) -> None:
    """Open the address where a display is, unless BROWSER=no."""
    choice = os.environ.get("BROWSER", "")
    if choice.lower() in ("no", "none", "0", "false") or (
        sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    ):
        return
    if not choice:
        os.environ.pop("BROWSER", None)
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
