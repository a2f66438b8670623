"""A Kafka of one's own, for what must not be done to the shared one: started in a second or two, gone when asked. Three of
them make a cluster (clusters.py)."""

import contextlib
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import install, kafka, probes, tied
from .base import HOST
from .errors import StartFailed
from .ports import any_free


class PrivateKafka:
    """One node on free ports, with its data in `folder`. `settings` are lines of server.properties, dots as underscores;
    they replace the workbook's (`advertised_listeners="PLAINTEXT://kafka.internal:9092"`).

    It is no daemon: stop it with `down`. `start` brings it back on the same ports and data. `wait=False`: do not wait until
    it answers. Raises StartFailed; NotInstalled where Kafka is not native.
    """

    def __init__(self, folder: str | Path, *, controller: int | None = None, wait: bool = True, **settings: str):
        self.folder = Path(folder)
        data, ports = self.folder / "data", {"client": any_free(), "controller": controller or any_free()}
        self.port = ports["client"]
        self.log_path = self.folder / "kafka.log"
        if not data.exists():
            shutil.copytree(install.kafka() / "template", data)
        archive = install.kafka() / "classes.jsa"
        extra = [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off,cds+dynamic=off"] if archive.exists() else []
        self._what = kafka.program(self.folder, data, ports, self.log_path, extra)
        self._set(settings)
        self._process: subprocess.Popen | None = None
        self.start(wait)

    @property
    def bootstrap(self) -> str:
        """The address that it listens on, whatever it advertises."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, wait: bool = True) -> None:
        """Start it, on what data it has. Raises StartFailed."""
        self._process = subprocess.Popen(
            tied.to_me(self._what.argv), env=self._what.env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        if wait:
            self.wait()

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def down(self) -> None:
        """SIGKILL: nothing of it is wanted any more. No fault when it is gone."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _set(self, settings: dict[str, str]) -> None:
        file = self.folder / "server.properties"
        text = file.read_text()
        for name, value in settings.items():
            key = name.replace("_", ".")
            text = re.sub(rf"^{re.escape(key)}=.*\n", "", text, flags=re.M) + f"{key}={value}\n"
        file.write_text(text)

    def wait(self, limit: float = 40.0) -> None:
        """Until it answers. Raises StartFailed."""
        end = time.monotonic() + limit
        while True:
            with contextlib.suppress(probes.NoAnswer):
                probes.kafka_answers(self.port, 1.0)
                return
            if self.pid is None or time.monotonic() > end:
                self.down()
                raise StartFailed(f"A private Kafka did not start on port {self.port}; see {self.log_path}")
            time.sleep(0.05)
