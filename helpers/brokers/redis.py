"""Redis: the shared server, and private ones that start in milliseconds for one lab run."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

from . import install, probes
from .base import HOST, Broker, Program, Server
from .errors import StartFailed
from .ports import any_free

CONFIG = Path(__file__).parent / "config"


class Redis(Broker):
    name = "redis"
    title = "Redis"
    port_settings = {"main": {"client": "REDIS_PORT"}}
    start_timeout = 20.0

    def prepare(self, folder: Path, ports: dict[str, int], instance: str) -> list[Program]:
        data = folder / install.debian().data
        data.mkdir(exist_ok=True)
        overlay = {
            "bind": HOST,
            "port": ports["client"],
            "dir": f'"{data}"',
            "logfile": f'"{self.log_file(folder)}"',
            "daemonize": "no",
        }
        text = (CONFIG / "redis.conf").read_text() + "\n# --- this machine\n"
        (folder / "redis.conf").write_text(text + "".join(f"{name} {value}\n" for name, value in overlay.items()))
        return [program(folder / "redis.conf", ports["client"])]

    def answers(self, port: int, timeout: float) -> None:
        probes.resp(port, timeout, "PING")

    def confirm(self, port: int, timeout: float) -> None:
        """A write that is answered: it is in the append-only file's buffer when the reply comes."""
        probes.resp(port, timeout, "SET", "workbook:ready", "1")
        probes.resp(port, timeout, "DEL", "workbook:ready")

    def version(self, server: Server) -> str:
        return info(server.port)["redis_version"]

    def url(self, port: int, db: str = "0") -> str:
        return f"redis://{HOST}:{port}/{db}"


def program(config: Path, port: int) -> Program:
    """A redis-server on a configuration file. It rewrites its title to `redis-server 127.0.0.1:PORT`."""
    binary = install.debian().redis_server
    env = {"PATH": "/usr/bin:/bin", "HOME": str(config.parent), "LC_ALL": "C.UTF-8"}
    return Program("server", [str(binary), str(config)], env, (str(config), f"{HOST}:{port}"))


def info(port: int, section: str = "server", timeout: float = 2.0) -> dict[str, str]:
    """The fields of INFO."""
    lines = probes.resp(port, timeout, "INFO", section).splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


class Private:
    """A Redis of one's own, on a free port, with its data in a folder: a handle and a context manager.

    `options` are configuration directives (`appendonly="yes"`); without any, nothing is written to disk. It is no
    daemon: stop it with `down`, or leave the block. `start` brings it back on the same port and data after a `kill`.
    """

    def __init__(self, folder: str | Path, **options: str):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = any_free()
        self.options = {"save": '""', **options}
        self.log_path = self.folder / "redis.log"
        self._process: subprocess.Popen | None = None
        self._configure()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def _configure(self) -> None:
        """Once: what CONFIG REWRITE has written there since is what the next start reads."""
        directives = {"bind": HOST, "port": self.port, "dir": f'"{self.folder}"', "logfile": f'"{self.log_path}"', **self.options}
        self._config = self.folder / "redis.conf"
        self._config.write_text("".join(f"{name.replace('_', '-')} {value}\n" for name, value in directives.items()))

    def start(self) -> None:
        """Start it and wait until it answers. Raises StartFailed."""
        what = program(self._config, self.port)
        self._process = subprocess.Popen(what.argv, env=what.env, cwd=self.folder, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        end = time.monotonic() + 10
        while True:
            with contextlib.suppress(probes.NoAnswer):
                probes.resp(self.port, 1.0, "PING")
                return
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise StartFailed(f"A private Redis did not start on port {self.port}; see {self.log_path}")
            time.sleep(0.003)

    def kill(self) -> None:
        """SIGKILL; what is on disk stays."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def down(self) -> None:
        """Stop it in good order; no fault when it is gone."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        if number != signal.SIGKILL:
            self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> "Private":
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
