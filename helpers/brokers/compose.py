"""Runs brokers in containers through docker-compose.yml, for machines without apt, and where the images are wanted."""

import json
import shutil
import subprocess
import time

from helpers import paths

from . import probes
from .base import Broker, Progress, Server, Status, silent
from .errors import BrokerError, NotInstalled, NotRunning, StartFailed

FILE = paths.ROOT / "docker-compose.yml"


def engine_fault() -> str | None:
    """What keeps Docker from being used here; None when the engine and compose answer."""
    if not shutil.which("docker"):
        return "docker is not installed"
    for command, fault in (
        (["docker", "compose", "version"], "docker has no compose plugin (version 2)"),
        (["docker", "info", "--format", "{{.ServerVersion}}"], "the Docker engine does not answer"),
    ):
        try:
            run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=15)
        except (OSError, subprocess.TimeoutExpired):
            return fault
        if run.returncode:
            return f"{fault}: {run.stderr.strip()[-200:]}"
    return None


def compose(*arguments: str, timeout: float = 300) -> str:
    """Run `docker compose` on our file; its output.

    Raises NotInstalled without Docker, BrokerError when it fails.
    """
    command = ["docker", "compose", "-f", str(FILE), "--project-directory", str(paths.ROOT), "--profile", "spares", *arguments]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError:
        raise NotInstalled("docker is not installed. Install Docker with compose, or set BROKERS=native in .env.") from None
    except subprocess.TimeoutExpired:
        raise BrokerError(f"docker compose {arguments[0]} took longer than {timeout:.0f} s; is the engine well?") from None
    if run.returncode:
        raise BrokerError(f"docker compose {arguments[0]} failed:\n{run.stderr.strip()[-800:]}")
    return run.stdout


class ComposeServer(Server):
    """A service of docker-compose.yml; the spare of a broker is a service of its own, `rabbitmq-spare`."""

    provider = "compose"

    @property
    def service(self) -> str:
        return self.name if self.instance == "main" else f"{self.name}-{self.instance}"

    def _container(self) -> dict | None:
        """The service's container as `docker compose ps` sees it."""
        for line in compose("ps", "--all", "--format", "json", self.service, timeout=20).splitlines():
            found = json.loads(line)
            for each in found if isinstance(found, list) else [found]:
                if each.get("Service") == self.service:
                    return each
        return None

    def running(self) -> bool:
        container = self._container()
        return container is not None and container.get("State") in ("running", "paused")

    def pids(self) -> list[int]:
        """None of this user's: containers belong to the engine."""
        return []

    def status(self, ask: bool = True) -> Status:
        container = self._container()
        letter = (container or {}).get("State", "stopped")
        state = {"running": "running", "paused": "paused", "restarting": "starting", "created": "starting"}.get(letter, "stopped")
        version, note = None, ""
        if state == "running" and ask:
            try:
                version = self.broker.version(self)
            except probes.NoAnswer as fault:
                state, note = "starting", str(fault)
        return Status(self.name, self.instance, self.provider, state, version, (container or {}).get("Image", ""), None,
                      self._memory_mb(state), self.port, None, note)  # fmt: skip

    def _memory_mb(self, state: str) -> float | None:
        if state != "running":
            return None
        run = subprocess.run(
            ["docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", self._container()["ID"]], capture_output=True, text=True
        )
        used = run.stdout.split("/")[0].strip()
        for unit, factor in (("GiB", 1024), ("MiB", 1), ("KiB", 1 / 1024)):
            if used.endswith(unit):
                return round(float(used[: -len(unit)]) * factor, 1)
        return None

    def up(self, progress: Progress | None = None) -> None:
        say, began = progress or silent, time.monotonic()
        container = self._container()
        if container and container.get("State") == "paused":
            self.resume()
        if not container or container.get("State") != "running":
            say(f"{self.title}: starting a container (the image is fetched the first time)")
            try:
                compose("up", "-d", "--no-deps", self.service, timeout=1200)
            except BrokerError as fault:
                if "port is already allocated" in str(fault) or "address already in use" in str(fault):
                    raise StartFailed(f"{fault}\nSet another {self.broker.port_settings['main']['client']} in .env.") from fault
                raise
        self.wait_ready(120)
        say(f"{self.title} is ready ({time.monotonic() - began:.1f} s)")

    def down(self) -> None:
        """Stop and remove the container; its named volume stays."""
        compose("rm", "--stop", "--force", self.service)

    def _act(self, verb: str, *arguments: str) -> None:
        if not self.running():
            raise NotRunning(f"{self.title} is not running. Start it: python -m helpers up {self.name}")
        compose(verb, *arguments, self.service)

    def kill(self) -> None:
        self._act("kill", "-s", "SIGKILL")

    def pause(self) -> None:
        self._act("pause")

    def resume(self) -> None:
        self._act("unpause")

    def logs(self, lines: int = 50) -> str:
        return compose("logs", "--no-color", "--no-log-prefix", "--tail", str(lines), self.service, timeout=30)

    @property
    def log_path(self) -> str:
        """The engine keeps the log; this is how to read it."""
        return f"docker compose logs {self.service}"
