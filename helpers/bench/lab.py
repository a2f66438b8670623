"""What a lab is, as data, and the registry that finds labs by name."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from helpers import paths
from helpers.bench.faults import Fault

Guarantee = Literal["at-most-once", "at-least-once", "effectively-once"]
GUARANTEES: tuple[Guarantee, ...] = ("at-most-once", "at-least-once", "effectively-once")


class UnknownLab(LookupError):
    """No lab of that name; the message lists the names there are."""


@dataclass(frozen=True)
class Scenario:
    """One run of the program(s): what goes wrong, and under which guarantees it is asked.

    name:  kebab-case, unique in the lab.
    title: one line for the learner, e.g. "killed after the charge, before the acknowledgement".
    """

    name: str
    title: str
    faults: Sequence[Fault] = ()
    guarantees: Sequence[Guarantee] = GUARANTEES


@dataclass(frozen=True)
class Lab:
    """A lab. `name` and `folder` are set by the registry.

    broker:     "rabbitmq" | "kafka" | "redis".
    roles:      ("consumer",), ("producer",) or ("producer", "consumer"): the programs the learner writes.
    orders:     how many orders a scenario holds.
    guarantees: those a learner may ask for; the first is the default.
    queue_type: for consumer labs on RabbitMQ: the type of the queue that the bench declares.
    spare:      True where a scenario kills the broker: the lab then runs on the spare one.
    deadline:   seconds after which a scenario is ended, whatever happens.
    usual:      how long it usually takes a learner, in words.
    hints:      three, from a question to nearly the answer.
    """

    title: str
    broker: Literal["rabbitmq", "kafka", "redis"]
    roles: tuple[str, ...]
    scenarios: Sequence[Scenario]
    hints: tuple[str, str, str]
    usual: str
    orders: int = 24
    guarantees: Sequence[Guarantee] = ("at-least-once",)
    queue_type: Literal["classic", "quorum"] = "quorum"
    spare: bool = False
    deadline: float = 30.0
    name: str = field(default="", compare=False)
    folder: Path = field(default=Path(), compare=False)

    @property
    def solution_folder(self) -> Path:
        return paths.SOLUTIONS / self.name


@cache
def load(name: str, root: Path = paths.LABS) -> Lab:
    """The lab in `root/name/lab.py` (its variable `LAB`). Raises UnknownLab.

    A short form ("07", "7") is understood where it is unambiguous.
    """
    names = all_names(root)
    if name not in names:
        wanted = name.zfill(2) if name.isdigit() else name
        fits = [n for n in names if n.startswith(wanted)]
        if len(fits) != 1:
            raise UnknownLab(f"no lab named {name!r}; there are: {', '.join(names) or 'none'}")
        name = fits[0]
    source = root / name / "lab.py"
    spec = importlib.util.spec_from_file_location(f"labs_{name}", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lab: Lab = module.LAB
    object.__setattr__(lab, "name", name)
    object.__setattr__(lab, "folder", source.parent)
    return lab


def all_names(root: Path = paths.LABS) -> list[str]:
    """The names of all labs, in reading order."""
    return sorted(p.parent.name for p in root.glob("*/lab.py"))
