"""Where the unpacked brokers lie in the shared cache; `helpers.setup` puts them there, nothing here downloads."""

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from helpers import paths

from . import host, pins, settings
from .errors import BrokerError, NotInstalled

COMPLETE = "complete.json"
"""Written into a cache folder as its very last file: without it, the folder is half-finished."""

OWN = "own"
"""The suite that this machine itself was installed from, in place of one of Debian's by name."""


def complete(folder: Path) -> dict | None:
    """What was recorded when the folder was finished; None for a folder that is missing or half-finished."""
    try:
        return json.loads((folder / COMPLETE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def suites() -> list[str]:
    """Suites to take RabbitMQ and Redis from, best first; RABBITMQ_SUITE chooses one by hand.

    Only on Debian are Debian's suites taken: elsewhere it is the distribution's own, which Debian ends with.
    """
    known = [*pins.versions()["debian"]["suites"], OWN]
    chosen = settings.get("RABBITMQ_SUITE")
    if chosen and chosen not in known:
        raise BrokerError(f"RABBITMQ_SUITE={chosen} is unknown. Set one of: {', '.join(known)}.")
    return [chosen] if chosen else known if host.this().name == "debian" else [OWN]


def release(suite: str) -> str:
    """A name that changes when what lies behind `own` does: `testing`, or `own-ubuntu-noble`."""
    if suite != OWN:
        return suite
    machine = host.this()
    return "-".join(filter(None, (OWN, machine.name, machine.codename)))


def title(suite: str) -> str:
    """`Debian testing`, or `Ubuntu noble` for the machine's own."""
    return host.this().title if suite == OWN else f"Debian {suite}"


def debian_folder(suite: str) -> Path:
    """Where the packages of a suite are unpacked and bound to their libraries."""
    return paths.CACHE / f"debian-{release(suite)}-{platform.machine()}-r{pins.versions()['debian']['recipe']}"


def kafka_folder() -> Path:
    """Kafka's jars and its formatted data folder."""
    return paths.CACHE / f"kafka-{pins.versions()['lines']['kafka']}-{pins.jar_lock_digest()}"


def java_folder() -> Path:
    """The Java runtime, a copy of its own so that its class archive does not depend on one clone's .venv."""
    return paths.CACHE / f"java-25-{platform.machine()}"


@dataclass(frozen=True)
class Debian:
    """The unpacked packages of one suite."""

    root: Path
    suite: str
    versions: dict[str, str]

    @property
    def data(self) -> str:
        """Name of a data folder: an older release cannot read what a newer one wrote, so each has its own."""
        return f"data-{release(self.suite)}"

    @property
    def erlang(self) -> Path:
        return self.root / "usr/lib/erlang"

    @property
    def rabbitmq_home(self) -> Path:
        return next(self.root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*"))

    @property
    def epmd(self) -> Path:
        return next(self.root.glob("usr/lib/erlang/erts-*/bin/epmd"))

    @property
    def redis_server(self) -> Path:
        return next(path for path in (self.root / "usr/bin/redis-server", self.root / "usr/bin/redis-check-rdb") if path.exists())


ERL = """#!/bin/sh
# Debian's own `erl` has its root compiled in; this one starts the tree it lies in.
export ROOTDIR={erlang} EMU=beam PROGNAME=erl
BINDIR=$(echo "$ROOTDIR"/erts-*/bin); export BINDIR
exec "$BINDIR/erlexec" "$@"
"""


def write_erl(erlang: Path, *places: Path) -> None:
    """An `erl` for the tree of that root, at each of the places, and where a node that starts another one looks for it (a
    cluster's does, to find the others)."""
    text = ERL.format(erlang=erlang)
    for place in (*places, *erlang.glob("erts-*/bin/erl")):
        if not place.exists() or place.read_text() != text:
            making = place.with_name(f".{place.name}-{os.getpid()}")
            making.write_text(text)
            making.chmod(0o755)
            making.replace(place)


def debian() -> Debian:
    """The first suite that is set up, in the order of `suites()`.

    Raises NotInstalled when none is.
    """
    for suite in suites():
        folder = debian_folder(suite)
        record = complete(folder)
        if record is not None:
            return Debian(folder / "root", suite, record.get("versions", {}))
    raise NotInstalled("RabbitMQ and Redis are not set up on this machine yet. Run `make setup` first.")


def source(binary: str) -> str:
    """Where the program of a running server came from: `Debian testing`; empty for one that lies in no suite's folder."""
    for suite in (*pins.versions()["debian"]["suites"], OWN):
        if Path(binary).is_relative_to(debian_folder(suite).resolve()):
            return title(suite)
    return ""


def java() -> Path:
    """The `java` that runs Kafka. Raises NotInstalled without one."""
    folder = java_folder()
    if complete(folder) is None:
        raise NotInstalled("Java for Kafka is not set up on this machine yet. Run `make setup` first.")
    return folder / "bin" / "java"


def kafka() -> Path:
    """The folder with `libs/` and `template/`. Raises NotInstalled without it."""
    folder = kafka_folder()
    if complete(folder) is None:
        raise NotInstalled("Kafka is not set up on this machine yet. Run `make setup` first.")
    return folder
