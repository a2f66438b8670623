"""The command of a declared program: its words and its environment, filled in for each process that is started."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from helpers.bench.own.declaration import BadDeclaration, Declaration, fill, split
from helpers.bench.program import Command

ORDERS = "orders.jsonl"
"""The file in a run's folder that holds all its orders, one a line."""


@dataclass(frozen=True)
class Template(Command):
    """`argv` and `extra` hold names in braces (declaration.NAMES)."""

    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    kind: str = "queue"

    def placed(self, env: Mapping[str, str]) -> tuple[Command, Mapping[str, str]]:
        names = names_in(env, self.kind)
        argv = [fill(word, names) for word in self.argv]
        return replace(self, argv=argv), {**env, **{name: fill(text, names) for name, text in self.extra.items()}}


def names_in(env: Mapping[str, str], kind: str) -> dict[str, str]:
    """What stands for each name in braces, from the variables that every program of the bench is given."""
    url = env["PLACE_URL"]
    host, _, port = url.rpartition("@")[2].removeprefix("redis://").partition("/")[0].partition(":")
    return {"url": url, "host": host, "port": port, "vhost": url.rpartition("/")[2], kind: env["PLACE"],
            "group": env.get("GROUP", ""), "consumer": env.get("CONSUMER", ""), "exchange": env.get("EXCHANGE", ""),
            "shop": env.get("SHOP_URL", ""), "state": env.get("STATE_DIR", ""),
            "orders": str(Path(env["STATE_DIR"]).parent / ORDERS) if env.get("STATE_DIR") else ""}


def command(own: Declaration, text: str, what: str) -> Template:
    """Raises BadDeclaration where there is nothing of that name to run."""
    words = split(text, what)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    first = words[0]
    found = shutil.which(first if os.sep not in first else str(own.folder / first), path=path)
    if found is None and "{" not in first:
        raise BadDeclaration(f"{what}: no such command: {first}"
                             + (" (no shell is used: give its own name and words)" if any(c in text for c in "|;&<>$") else ""))
    file = next((own.folder / word for word in words if (own.folder / word).is_file()), None)
    # `python` is the one that runs the bench, whatever else is on the way.
    return Template([found or first, *words[1:]], own.folder, file, own.grace, dict(own.env), own.kind)
