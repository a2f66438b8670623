"""Kafka: one node in KRaft mode, started natively on a small Java with an archive of loaded classes."""

import re
import shutil
from pathlib import Path

from . import install, pins, probes
from .base import HOST, Broker, Program, Server

CONFIG = Path(__file__).parent / "config"
READY_TOPIC = "_workbook.ready"
"""The topic of the first confirmed message."""

OVERLAY = """
# --- this machine
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{client}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
"""
JVM = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class Kafka(Broker):
    name = "kafka"
    title = "Kafka"
    port_settings = {
        "main": {"client": "KAFKA_PORT", "controller": "KAFKA_CONTROLLER_PORT"},
        "spare": {"client": "KAFKA_SPARE_PORT", "controller": "KAFKA_SPARE_CONTROLLER_PORT"},
    }

    def prepare(self, folder: Path, ports: dict[str, int], instance: str) -> list[Program]:
        """A new data folder is copied from the one formatted at set-up."""
        data = folder / "data"
        if not (data / "meta.properties").exists():
            shutil.rmtree(data, ignore_errors=True)
            making = folder / "data.new"
            shutil.rmtree(making, ignore_errors=True)
            shutil.copytree(install.kafka() / "template", making)
            making.rename(data)
        archive = install.kafka() / "classes.jsa"
        extra = [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off,cds+dynamic=off"] if archive.exists() else []
        return [program(folder, data, ports, self.log_file(folder), extra)]

    def answers(self, port: int, timeout: float) -> None:
        probes.kafka_answers(port, timeout)

    def confirm(self, port: int, timeout: float) -> None:
        probes.kafka_confirmed(port, timeout, READY_TOPIC)

    def version(self, server: Server) -> str:
        """The protocol carries no version: it is what the broker wrote into its own log when it started."""
        probes.kafka_answers(server.port, 2.0)
        found = re.findall(r"Kafka version: ([\w.]+)", server.logs(lines=100_000))
        return found[-1] if found else pins.versions()["lines"]["kafka"]

    def url(self, port: int) -> str:
        """The bootstrap address."""
        return f"{HOST}:{port}"


def write_config(folder: Path, data: Path, ports: dict[str, int], log: Path) -> None:
    """server.properties and log4j2.yaml."""
    overlay = OVERLAY.format(**ports, data=data)
    (folder / "server.properties").write_text((CONFIG / "kafka.properties").read_text() + overlay)
    (folder / "log4j2.yaml").write_text((CONFIG / "kafka-log4j2.yaml").read_text().replace("{log}", str(log)))


def command(folder: Path, jars: Path, *arguments: str, extra: list[str] | None = None) -> list[str]:
    """A Java command on Kafka's class path; its order is the lock's, for the class archive depends on it."""
    names = (jars / "classpath").read_text().split()
    path = ":".join(str(jars / "libs" / name) for name in names)
    return [str(install.java()), *JVM, *(extra or []), f"-Dlog4j2.configurationFile={folder / 'log4j2.yaml'}", "-cp", path,
            *arguments]  # fmt: skip


def program(folder: Path, data: Path, ports: dict[str, int], log: Path, extra: list[str], jars: Path | None = None) -> Program:
    """The broker on the configuration that is written into `folder`."""
    write_config(folder, data, ports, log)
    argv = command(folder, jars or install.kafka(), "kafka.Kafka", str(folder / "server.properties"), extra=extra)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return Program("server", argv, env, (str(folder / "server.properties"),))
