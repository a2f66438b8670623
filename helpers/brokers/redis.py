"""Redis: the shared server, and private ones that start in milliseconds for one lab run."""

from pathlib import Path

from . import install, probes
from .base import HOST, Broker, Program, Server

CONFIG = Path(__file__).parent / "config"


class Redis(Broker):
    name = "redis"
    title = "Redis"
    port_settings = {"main": {"client": "REDIS_PORT"}}
    start_timeout = 20.0

    def prepare(self, folder: Path, ports: dict[str, int], instance: str) -> list[Program]:
        (folder / "data").mkdir(exist_ok=True)
        overlay = {
            "bind": HOST,
            "port": ports["client"],
            "dir": f'"{folder / "data"}"',
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
