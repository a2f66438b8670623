"""Settings from the process environment and `.env`: ports and choices made by hand (the environment wins)."""

import os
import re
from pathlib import Path

from helpers import paths

from .errors import BrokerError

DEFAULT_PORTS = {
    "RABBITMQ_PORT": 5672,
    "RABBITMQ_MANAGEMENT_PORT": 15672,
    "RABBITMQ_DIST_PORT": 25672,
    "RABBITMQ_EPMD_PORT": 25673,
    "RABBITMQ_SPARE_PORT": 5682,
    "RABBITMQ_SPARE_MANAGEMENT_PORT": 15682,
    "RABBITMQ_SPARE_DIST_PORT": 25682,
    "RABBITMQ_SPARE_EPMD_PORT": 25683,
    "KAFKA_PORT": 9092,
    "KAFKA_CONTROLLER_PORT": 9093,
    "KAFKA_SPARE_PORT": 9192,
    "KAFKA_SPARE_CONTROLLER_PORT": 9193,
    "REDIS_PORT": 6379,
    "JUPYTER_PORT": 8888,
}
"""Every port of the workbook. epmd has one of its own: 4369 may belong to another Erlang on the machine."""

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def env_file() -> Path:
    """The `.env` in use: the clone's own, or what WORKBOOK_ENV names (the tests' private one)."""
    return Path(os.environ.get("WORKBOOK_ENV") or paths.ROOT / ".env")


def parse(text: str) -> dict[str, str]:
    """Settings of a `.env` text: `NAME=value`, `export NAME=value`, quotes, comments; other lines are passed over.

    The rules are those that Docker Compose applies to plain values (Compose documentation, "Env file syntax"),
    without interpolation.
    """
    found = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line.strip())
        if not match:
            continue
        name, value = match.groups()
        if value[:1] in ("'", '"') and value.rfind(value[0]) > 0:
            value = value[1 : value.rfind(value[0])]
        else:
            value = re.split(r"(?:^|\s)#", value, maxsplit=1)[0].strip()
        found[name] = value
    return found


def from_file() -> dict[str, str]:
    """What `.env` says; empty without the file."""
    try:
        return parse(env_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def get(name: str, default: str | None = None) -> str | None:
    """The setting from the environment, else from `.env`, else the default. An empty value counts as unset."""
    return os.environ.get(name) or from_file().get(name) or default


def chosen_by_hand(name: str) -> bool:
    """Whether somebody set it, in the environment or in `.env`."""
    return get(name) is not None


def port(name: str) -> int:
    """The port of that name.

    Raises BrokerError where the setting is no port number.
    """
    text = get(name) or str(DEFAULT_PORTS[name])
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise BrokerError(f"{name}={text} is no port. Set a number from 1 to 65535 in {env_file()}.")
    return int(text)


def write(values: dict[str, str | int]) -> None:
    """Set values in `.env`: lines of the same name are replaced, all others kept. Written anew and renamed."""
    file = env_file()
    kept = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    for name, value in values.items():
        kept = [line for line in kept if not re.match(rf"\s*(?:export\s+)?{name}\s*=", line)]
        kept.append(f"{name}={value}")
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    fresh.write_text("\n".join(kept) + "\n", encoding="utf-8")
    fresh.replace(file)
