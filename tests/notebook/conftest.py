"""A real kernel that a test can run cells in, interrupt, restart and kill; and the eye for what it leaves behind."""

import os
import time
import uuid
from pathlib import Path

import pytest
from jupyter_client import KernelManager


class Kernel:
    """One kernel; every process that comes of it carries a tag in its environment."""

    def __init__(self, work: Path):
        work.mkdir(exist_ok=True)
        self.tag = uuid.uuid4().hex
        env = {k: v for k, v in os.environ.items() if k not in ("PYTEST_CURRENT_TEST", "WORKBOOK_SEED")}
        self.manager = KernelManager()
        self.manager.start_kernel(env={**env, "WORKBOOK_WORK": str(work), "MQW_TAG": self.tag, "IPYTHONDIR": str(work)})
        self.client = self._connect()
        self.run("%load_ext helpers.notebook")

    def _connect(self):
        client = self.manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        return client

    def send(self, code: str) -> str:
        return self.client.execute(code)

    def run(self, code: str, timeout: float = 60) -> "Shown":
        return self.collect(self.send(code), timeout)

    def collect(self, ident: str, timeout: float = 60) -> "Shown":
        shown, end = Shown(), time.monotonic() + timeout
        while time.monotonic() < end:
            message = self.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["parent_header"].get("msg_id") != ident:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                shown.text += content["text"]
            elif kind in ("display_data", "update_display_data", "execute_result"):
                shown.last = content["data"]
                shown.updates += kind == "update_display_data"
            elif kind == "error":
                shown.error = "\n".join(content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                return shown
        raise TimeoutError(f"no end after {timeout} s")

    def until_busy(self, what: str, timeout: float = 20) -> None:
        """Wait for a process of ours whose command line holds `what`."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if any(what in line for line in self.processes().values()):
                return
            time.sleep(0.02)
        raise TimeoutError(f"no process with {what!r}: {self.processes()}")

    def processes(self) -> dict[int, str]:
        """pid -> command line of everything that came of this kernel, without itself."""
        mark, found = f"MQW_TAG={self.tag}".encode(), {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != self.pid:
                try:
                    if mark in (folder / "environ").read_bytes() and "State:\tZ" not in (folder / "status").read_text():
                        found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
        return found

    def nothing_left(self, within: float = 2.0) -> float:
        """Seconds until nothing was left; fails where something is."""
        began = time.monotonic()
        while left := self.processes():
            assert time.monotonic() - began < within, f"left running: {left}"
            time.sleep(0.01)
        return time.monotonic() - began

    @property
    def pid(self) -> int:
        process = getattr(self.manager.provisioner, "process", None)
        return process.pid if process else -1

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)


class Shown:
    """What a cell showed: printed text, the last picture of its display, an error's text."""

    def __init__(self) -> None:
        self.text = ""
        self.last: dict[str, str] = {}
        self.error = ""
        self.updates = 0

    @property
    def plain(self) -> str:
        return self.last.get("text/plain", "")

    @property
    def html(self) -> str:
        return self.last.get("text/html", "")


@pytest.fixture
def kernel(tmp_path, rabbitmq):
    k = Kernel(tmp_path / "work")
    yield k
    k.close()
    k.nothing_left(5)
