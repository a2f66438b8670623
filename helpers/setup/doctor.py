"""`doctor`: looks at everything the workbook stands on, and says the next step for each fault."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers import brokers, paths
from helpers.brokers import install, ports, process, provider, settings

from .say import SetupError


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `step` says what to do; empty where all is well."""

    what: str
    seen: str
    step: str = ""


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", f"{version} ({sys.executable})", "" if sys.version_info >= (3, 11) else "install Python 3.11 or newer")
    from . import environment

    if environment.installed(False):
        yield Finding("environment", f"{paths.VENV} holds the pinned requirements")
    elif environment.PYTHON.exists():
        yield Finding("environment", ".venv differs from requirements.txt, or was not made by `make setup`", "make setup")
    else:
        yield Finding("environment", "no .venv", "make setup")


def tools() -> Iterator[Finding]:
    if provider.chosen() == "compose":
        from helpers.brokers.compose import engine_fault

        fault = engine_fault()
        yield Finding("Docker", fault or "the engine and compose answer", "start Docker, or set BROKERS=native in .env" if fault else "")
        return
    yield archives()
    for what, look in (("RabbitMQ, Redis", install.debian), ("Java", install.java), ("Kafka", install.kafka)):
        try:
            found = look()
            yield Finding(what, str(found) if isinstance(found, Path) else described(found))
        except brokers.BrokerError as fault:
            yield Finding(what, str(fault).split(". ")[0], "make setup")


def archives() -> Finding:
    """Whether apt knows the archive that the brokers are to come from, and how it is signed."""
    from . import apt_sources, native

    suite = install.suites()[0]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            lines = apt_sources.lines(suite, Path(scratch), "native", apt_sources.targets())
        except SetupError as fault:
            done = native.debian_is_whole()
            word = ", which apt does not know here; it is not needed, for all is set up" if done else ""
            return Finding("packages from", install.title(suite) + word, "" if done else str(fault))
    return Finding("packages from", f"{install.title(suite)}: {lines[0].split('] ')[1]}{', …' if lines[1:] else ''}")


def described(found: install.Debian) -> str:
    """Versions, suite and place of the unpacked packages."""
    versions = f"{found.versions.get('rabbitmq-server', '?')}, {found.versions.get('redis-server', '?')}"
    return f"{versions} from {install.title(found.suite)}, in {found.root}"


def registries() -> Iterator[Finding]:
    """Asked through their own clients; only needed until everything is set up."""
    from . import environment, native

    done = environment.installed(False) and (provider.chosen() == "compose" or native.is_whole())
    step = "" if done else "look at the network or the proxy"
    word = "not reachable, and not needed: all is set up" if done else "not reachable"
    if environment.PYTHON.exists():
        ask = [str(environment.PYTHON), "-m", "pip", "--disable-pip-version-check", "--retries", "0", "--timeout", "5", "index", "versions",
               "iniconfig"]  # fmt: skip
        good = succeeds(ask)
        yield Finding("Python registry", "answers pip" if good else word, "" if good else step)
    if shutil.which("apt-get") and provider.chosen() == "native":
        from .debs import reachable

        good = reachable()
        yield Finding("package mirror", "answers apt" if good else word, "" if good else step)


def succeeds(command: list[str]) -> bool:
    """Whether a command ends well within ten seconds."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def disk() -> Iterator[Finding]:
    for folder in (paths.ROOT, paths.CACHE):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(there).free // 2**20
        writable = os.access(there, os.W_OK)
        step = "" if free > 1000 and writable else "free some space" if writable else f"make {there} writable, or set WORKBOOK_CACHE"
        yield Finding("disk", f"{folder}: {free} MB free{'' if writable else ', not writable'}", step)


def port_findings() -> Iterator[Finding]:
    ours = brokers.our_pids()
    for name in settings.DEFAULT_PORTS:
        number = settings.port(name)
        if ports.free(number):
            continue
        holder = ports.owner(number)
        jupyter = name == "JUPYTER_PORT"
        if holder is not None and holder in ours or provider.chosen() == "compose":
            continue
        word = "" if jupyter else f"stop it, or set another {name} in {settings.env_file()}"
        yield Finding("port", f"{name}={number} is taken by {ports.describe_owner(number)}", word)
    yield Finding("ports", "looked at: " + ", ".join(f"{settings.port(name)}" for name in settings.DEFAULT_PORTS))


def broker_findings() -> Iterator[Finding]:
    for each in brokers.status():
        note = f" ({each.note})" if each.note else ""
        step = {"stopped": "", "paused": f"python -m helpers resume {each.name}"}.get(each.state, "")
        if each.note or each.state == "starting":
            step = f"python -m helpers restart {each.name}; its log: python -m helpers logs {each.name}"
        version = f", {each.version}" + (f" from {each.source}" if each.source else "") if each.version else ""
        yield Finding(each.name, f"{each.state}{version}{note}", step)


def leftovers() -> Iterator[Finding]:
    clean = True
    for file in sorted(paths.STATE.glob("brokers/*/*.pid.json")):
        record = process.read(file)
        if record is None or not record.alive():
            clean = False
            yield Finding("stale pid", f"{file} names a process that is gone; the next `up` clears it")
    for folder in sorted(paths.CACHE.glob("*/")) if paths.CACHE.exists() else []:
        if folder.name.endswith(".new") or (install.complete(folder) is None and folder.name.startswith(("debian-", "kafka-", "java-"))):
            clean = False
            yield Finding("half-finished", str(folder), "make setup (it makes it anew)")
    if clean:
        yield Finding("leftovers", "none")


LOOKS = (python, tools, registries, disk, port_findings, broker_findings, leftovers)


def main() -> int:
    """Print what was seen; 1 when there is anything to do."""
    faults = 0
    for look in LOOKS:
        try:
            found = list(look())
        except brokers.BrokerError as fault:
            found = [Finding(look.__name__, "cannot be looked at", str(fault))]
        for each in found:
            faults += bool(each.step)
            print(f"{'FAULT' if each.step else 'ok':<6} {each.what:<16} {each.seen}", flush=True)
            if each.step:
                print(f"{'':<23} next: {each.step}", flush=True)
    print("\nEverything is in order." if not faults else f"\n{faults} to look at.")
    return 1 if faults else 0
