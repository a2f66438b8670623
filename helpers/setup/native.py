"""The native brokers, from registries to a patched tree in the shared cache: Debian's packages, Java, Kafka's jars."""

import platform
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from helpers import paths
from helpers.brokers import install, pins

from . import cache, children, unpack
from .debs import Apt, version_of
from .say import SetupError, say

NEEDED_MB = 900
"""Room for the downloads, the unpacked trees and what is temporary."""

ERL = """#!/bin/sh
# Debian's own `erl` has its root compiled in; this one starts the tree it lies in.
export ROOTDIR={erlang} EMU=beam PROGNAME=erl
BINDIR=$(echo "$ROOTDIR"/erts-*/bin); export BINDIR
exec "$BINDIR/erlexec" "$@"
"""


def package_names() -> list[str]:
    """The Debian packages to fetch on this machine."""
    debian = pins.versions()["debian"]
    java = [] if platform.machine() == "x86_64" else debian["java"]
    return debian["libraries"] + debian["redis"] + debian["rabbitmq"] + java


def fetch_debian(suite: str) -> None:
    """Fetch and unpack the packages of a suite; they still have to be patched."""
    folder = install.debian_folder(suite)
    apt = Apt.of(suite)
    apt.update()
    packages = apt.download(package_names())
    versions = dict(version_of(package) for package in packages)
    line = pins.versions()["lines"]["rabbitmq"]
    if not versions["rabbitmq-server"].startswith(f"{line}."):
        say("packages", f"note: Debian {suite} has RabbitMQ {versions['rabbitmq-server']}, the pages speak of {line}; "
            "where behaviour differs they ask the broker")  # fmt: skip
    say("packages", f"unpacking RabbitMQ {versions['rabbitmq-server']} and Redis {versions['redis-server']}")
    with cache.fresh(folder) as making:
        root = making / "root"
        root.mkdir()
        unpack.unpack_all(packages, root)
        unpack.relocate(root)
        cache.write_json(making / "versions.json", {"codename": apt.codename(), "versions": versions})
    shutil.rmtree(apt.folder, ignore_errors=True)


def patch_debian(suite: str) -> None:
    """Patch an unpacked suite where it lies, try it, and mark it whole."""
    folder = install.debian_folder(suite)
    root = folder / "root"
    count = unpack.patch(root, tool("patchelf"))
    shims = folder / "bin"
    shims.mkdir(exist_ok=True)
    (shims / "erl").write_text(ERL.format(erlang=root / "usr/lib/erlang"))
    (shims / "erl").chmod(0o755)
    try_out([str(root / "usr/bin/redis-server"), "--version"])
    try_out([str(shims / "erl"), "-noshell", "-eval", "halt(0)."])
    cache.finish(folder, cache.read_json(folder / "versions.json"))
    say("packages", f"{count} programs bound to their own libraries; RabbitMQ and Redis are ready")


def try_out(command: list[str]) -> None:
    """Raise SetupError when a program does not run here."""
    run = children.run(command)
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
    for suite in suites:
        try:
            fetch_debian(suite)
            tools_ready()
            patch_debian(suite)
            return
        except SetupError as fault:
            first_fault = first_fault or fault
            cache.discard(install.debian_folder(suite))
            if suite != suites[-1]:
                say("packages", f"Debian {suite} cannot be used: {str(fault).splitlines()[0]}; trying {suites[-1]}")
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
