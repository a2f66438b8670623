"""The native brokers, from registries to a patched tree in the shared cache: a suite's packages, Java, Kafka's jars."""

import os
import platform
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from helpers import paths
from helpers.brokers import install, pins

from . import cache, children, debs, unpack
from .debs import Apt, version_of
from .say import SetupError, say

NEEDED_MB = 900
"""Room for the downloads, the unpacked trees and what is temporary."""

OURS = re.compile(r"redis-|rabbitmq-|erlang-|openjdk-")
LIBRARY = re.compile(r"lib|lua-")
"""What the closure names beside these (adduser, logrotate, cron) serves an installation, and nothing is installed here."""


def debian_packages(apt: Apt) -> list[str]:
    """What to fetch of Debian testing or stable: a list that is known to be enough, the C library first."""
    debian = pins.versions()["debian"]
    return debian["libraries"] + debian["redis"] + debian["rabbitmq"] + java_package(apt)


def own_packages(apt: Apt) -> list[str]:
    """What to fetch of the machine's own suite: what the brokers depend on and the machine has not installed.

    The brokers themselves always, for those that are installed belong to somebody else's service.
    """
    needed = apt.closure(["redis-server", "rabbitmq-server", *java_package(apt)])
    there = debs.installed()
    missing = [name for name in needed if OURS.match(name) or (LIBRARY.match(name) and name not in there)]
    if "libc6" in missing:
        own = install.title(install.OWN)
        raise SetupError(f"{own} as apt knows it is not what this machine runs: its libc6 is not installed.")
    return missing


def java_package(apt: Apt) -> list[str]:
    """The Java package to fetch, where PyPI has none for this machine."""
    if platform.machine() == "x86_64":
        return []
    names = pins.versions()["debian"]["java"]
    return [apt.available(names) or names[0]]


def fetch_debian(suite: str) -> None:
    """Fetch and unpack the packages of a suite; they still have to be patched."""
    folder = install.debian_folder(suite)
    apt = Apt.of(suite)
    apt.update()
    packages = apt.download(own_packages(apt) if suite == install.OWN else debian_packages(apt))
    versions = dict(version_of(package) for package in packages)
    note_versions(install.title(suite), versions)
    say("packages", f"unpacking RabbitMQ {versions['rabbitmq-server']} and Redis {versions['redis-server']}")
    with cache.fresh(folder) as making:
        root = making / "root"
        root.mkdir()
        unpack.unpack_all(packages, root)
        unpack.relocate(root)
        cache.write_json(making / "versions.json", {"codename": apt.codename(), "versions": versions})
    shutil.rmtree(apt.folder, ignore_errors=True)


def note_versions(title: str, versions: dict[str, str]) -> None:
    """Say where a suite has another release line than the pages speak of."""
    lines = pins.versions()["lines"]
    for broker in ("RabbitMQ", "Redis"):
        package, line = f"{broker.lower()}-server", lines[broker.lower()]
        if not versions[package].startswith(f"{line}."):
            say("packages", f"note: {title} has {broker} {versions[package]}, the pages speak of {line}; "
                "where behaviour differs they ask the broker")  # fmt: skip


def patch_debian(suite: str) -> None:
    """Patch an unpacked suite where it lies, try it, and mark it whole."""
    folder = install.debian_folder(suite)
    root = folder / "root"
    count = unpack.patch(root, tool("patchelf"), own_loader=suite != install.OWN)
    shims = folder / "bin"
    shims.mkdir(exist_ok=True)
    install.write_erl(root / "usr/lib/erlang", shims / "erl")
    try_out([str(root / "usr/bin/redis-server"), "--version"])
    try_out([str(shims / "erl"), "-noshell", "-eval", "ok = crypto:start(), halt(0)."])
    cache.finish(folder, cache.read_json(folder / "versions.json"))
    say("packages", f"{count} programs bound to their libraries; RabbitMQ and Redis are ready")


def try_out(command: list[str]) -> None:
    """Raise SetupError when a program does not run here."""
    run = children.run(command, env={**os.environ, "ERL_CRASH_DUMP_SECONDS": "0"})
    if run.returncode:
        raise SetupError(f"{command[0]} does not run on this machine: {(run.stderr or run.stdout).strip()[-400:]}")


def tool(name: str) -> str:
    """Path of a program that a wheel has put into .venv."""
    for folder in (paths.VENV / "bin", Path(sys.executable).parent):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise SetupError(f"{name} is missing from {paths.VENV}: remove that folder and run `make setup` again.")
    return found


def debian_is_whole() -> bool:
    """Whether the first suite asked for, or one to fall back on, is set up."""
    return any(cache.is_complete(install.debian_folder(suite)) for suite in install.suites())


def make_debian(tools_ready) -> None:
    """Set up the first suite that can be had; a fault of one that was not chosen by hand leads to the next.

    `tools_ready()` waits until patchelf is there. Raises SetupError when no suite works.
    """
    suites = install.suites()
    for suite in suites:
        if cache.is_complete(install.debian_folder(suite)):
            return
    first_fault = None
    for suite, after in zip(suites, [*suites[1:], None], strict=True):
        try:
            fetch_debian(suite)
            tools_ready()
            patch_debian(suite)
            return
        except SetupError as fault:
            first_fault = first_fault or fault
            cache.discard(install.debian_folder(suite))
            if after:
                words = str(fault).splitlines()
                say("packages", f"{install.title(suite)} cannot be used: {' '.join(words[:2])}; trying {install.title(after)}")
    raise first_fault


def is_whole() -> bool:
    """Whether everything that the native brokers need is in the cache."""
    return debian_is_whole() and cache.is_complete(install.java_folder()) and cache.is_complete(install.kafka_folder())


def make(tools_ready) -> None:
    """Bring all of it into the cache; one set-up at a time, clones wait for each other."""
    from . import kafka_native

    with cache.locked("brokers"):
        if is_whole():
            return
        cache.need_space(NEEDED_MB)
        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(make_debian, tools_ready)]

            def java_and_kafka() -> None:
                tools_ready()
                kafka_native.make_java()
                kafka_native.make_kafka()

            if platform.machine() != "x86_64":
                runs[0].result()  # Java comes with the Debian packages there
            runs.append(pool.submit(java_and_kafka))
            for run in as_completed(runs):
                if run.exception():
                    children.stop_all()
                    raise run.exception()
