"""A Docker engine of the tests' own, and images under the official names, made of the native packages.

The engine keeps to one folder and changes no rule of the machine's firewall: containers are reached through the ports that
its proxy publishes. The images hold what `make setup` has unpacked, at the same paths, and run as root: they stand in for the
official ones so that docker-compose.yml can be run, and say nothing about the official images' own entry points.
"""

import contextlib
import functools
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from helpers.brokers import install, kafka, pins
from helpers.setup.debs import Apt

STATIC = {"docker-compose": "usr/libexec/docker/cli-plugins/docker-compose", "bash-static": "usr/bin/bash-static",
          "busybox-static": "usr/bin/busybox"}
COMMANDS = "sh cat cp mkdir ls id sleep dirname basename readlink rm touch tr sed grep cut uname hostname ps kill awk expr test env su"

RABBITMQ = """#!/bin/sh
export PATH={bin}:/usr/bin:/bin HOME=/var/lib/rabbitmq LC_ALL=C.UTF-8 RUNNING_UNDER_SYSTEMD=1
export RABBITMQ_MNESIA_BASE=/var/lib/rabbitmq/mnesia RABBITMQ_LOGS=- RABBITMQ_PID_FILE=/var/lib/rabbitmq/pid
export RABBITMQ_CONFIG_FILE=/etc/rabbitmq/rabbitmq.conf RABBITMQ_CONFIG_FILES=/etc/rabbitmq/conf.d
export RABBITMQ_ENABLED_PLUGINS_FILE=/etc/rabbitmq/enabled_plugins RABBITMQ_CONF_ENV_FILE=/etc/rabbitmq/rabbitmq-env.conf
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-start_epmd false"
{epmd} -daemon
exec {home}/sbin/rabbitmq-server
"""
REDIS = """#!/bin/sh
shift
cd /data && exec {server} "$@"
"""
KAFKA = """#!/bin/sh
export CLUSTER_ID LD_LIBRARY_PATH={libraries}
run="{java}"
$run kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker --mounted-configs-dir /mnt/shared/config \\
    --final-configs-dir /opt/kafka/config || exit 1
exec $run kafka.Kafka /opt/kafka/config/server.properties
"""
LOG4J = ("Configuration: {Properties: {Property: []}, Appenders: {Console: {name: STDOUT, PatternLayout: {pattern: '%m%n'}}}, "
         "Loggers: {Root: {level: WARN, AppenderRef: [{ref: STDOUT}]}, Logger: [{name: kafka, level: WARN}]}}\n")


def missing() -> str:
    """What keeps an engine from being started here; "" when nothing does."""
    if os.geteuid() != 0:
        return "only root can start a Docker engine"
    if not shutil.which("dockerd"):
        return "no dockerd on this machine (Debian: docker.io)"
    return ""


@contextlib.contextmanager
def engine(folder: Path) -> Iterator[dict[str, str]]:
    """A running engine; the environment in which `docker` and `docker compose` speak to it. Nothing of it is left behind."""
    socket, log = folder / "docker.sock", folder / "dockerd.log"
    command = ["dockerd", "--host", f"unix://{socket}", "--data-root", str(folder / "data"), "--exec-root", str(folder / "run"),
               "--pidfile", str(folder / "pid"), "--bridge", "none", "--iptables=false", "--ip6tables=false"]
    client = next(path for path in ("/usr/bin/docker", shutil.which("docker")) if path and Path(path).exists())
    env = {"DOCKER_HOST": f"unix://{socket}", "DOCKER_CONFIG": str(folder / "config"),
           "PATH": f"{Path(client).parent}:{os.environ['PATH']}"}
    _plugin(folder)
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        _until_answers({**os.environ, **env}, server, log)
        yield env
    finally:
        server.terminate()
        server.wait(30)
        _until_gone(folder)
        _unmount(folder)
        shutil.rmtree(folder / "data", ignore_errors=True)


def _plugin(folder: Path) -> None:
    """Docker's compose, version 2, from Debian's packages: a single static binary."""
    place = folder / "config" / "cli-plugins" / "docker-compose"
    place.parent.mkdir(parents=True)
    _take("docker-compose", place)


@functools.cache
def _packages() -> dict[str, Path]:
    """Debian's packages that hold the static programs."""
    apt = Apt.of("stable")
    apt.update()
    return {file.name.split("_")[0]: file for file in apt.download(list(STATIC))}


def _take(package: str, place: Path) -> None:
    """Copy the static program of a package."""
    reading = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(_packages()[package])], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=reading.stdout, mode="r|") as archive:
        for member in archive:
            if member.name.removeprefix("./") == STATIC[package]:
                place.write_bytes(archive.extractfile(member).read())
                place.chmod(0o755)
    reading.wait()
    assert place.exists(), f"{package} has no {STATIC[package]}"


def _until_answers(env: dict[str, str], server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        if subprocess.run(["docker", "info"], env=env, capture_output=True).returncode == 0:
            return
        time.sleep(0.2)
    raise RuntimeError(f"the engine does not answer:\n{log.read_text()[-2000:]}")


def _until_gone(folder: Path) -> None:
    """The last containers' keepers end a moment after the engine."""
    end = time.monotonic() + 15
    while here := [p for p in psutil.process_iter(["cmdline"]) if str(folder / "run") in " ".join(p.info["cmdline"] or ())]:
        if time.monotonic() > end:
            raise RuntimeError(f"the engine left {here}")
        time.sleep(0.1)


def _unmount(folder: Path) -> None:
    for line in reversed(Path("/proc/mounts").read_text().splitlines()):
        if (where := line.split()[1]).startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", where], check=False)


def build(folder: Path, env: dict[str, str]) -> None:
    """The three images, under the names that docker-compose.yml asks for."""
    root, debian, jars = folder / "root", install.debian(), install.kafka()
    kept = [install.debian_folder(debian.suite), install.kafka_folder(), install.java_folder()]
    for name in ("usr/bin", "usr/lib", "etc/rabbitmq/conf.d", "etc/kafka/docker", "opt/kafka/config", "mnt/shared/config", "tmp", "proc", "dev", "sys",
                 "data", "var/lib/rabbitmq", "var/lib/kafka/data", "root", "run", "var/tmp"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (root / link).symlink_to("usr/bin" if "bin" in link else "usr/lib")
    for package in ("bash-static", "busybox-static"):
        _take(package, root / STATIC[package])
    for name in COMMANDS.split():
        (root / "usr/bin" / name).symlink_to("busybox")
    (root / "usr/bin/bash").symlink_to("bash-static")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/nsswitch.conf").write_text("passwd: files\nhosts: files\n")
    for name in ("rabbitmq.conf", "rabbitmq-env.conf"):
        (root / "etc/rabbitmq" / name).touch()
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (root / "etc/kafka/docker" / name).write_text(LOG4J)
        (root / "opt/kafka/config" / name).write_text(LOG4J)
    (root / "etc/kafka/docker/server.properties").write_text("node.id=9\n")
    (loader,) = debian.root.glob("usr/lib64/ld-linux-*") if (debian.root / "usr/lib64").exists() else debian.root.glob("lib64/ld-linux-*")
    (root / "usr/lib" / loader.name).symlink_to(loader)
    java = " ".join(kafka.command(Path("/opt/kafka/config"), jars))
    starts = {
        "rabbitmq": RABBITMQ.format(bin=kept[0] / "bin", home=debian.rabbitmq_home, epmd=debian.epmd),
        "redis": REDIS.format(server=debian.redis_server),
        "kafka": KAFKA.format(java=java, libraries=loader.resolve().parent),
    }
    for name, text in starts.items():
        (root / f"start-{name}").write_text(text)
        (root / f"start-{name}").chmod(0o755)
    archive = folder / "root.tar"
    with tarfile.open(archive, "w") as out:
        out.add(root, ".")
        for each in kept:
            out.add(each, f".{each}")
    shutil.rmtree(root)
    everything = {**os.environ, **env}
    for name, tag in pins.versions()["images"].items():
        changes = [f'ENTRYPOINT ["/start-{name}"]', "CMD []"]
        options = [text for change in changes for text in ("--change", change)]
        subprocess.run(["docker", "import", *options, str(archive), tag], env=everything, check=True, capture_output=True)
    archive.unlink()
