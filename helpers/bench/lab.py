"""What a lab is, as data, and the registry that finds labs by name."""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from helpers import paths
from helpers.bench.faults import Fault

if TYPE_CHECKING:
    from helpers.bench.own.declaration import Declaration

Guarantee = Literal["at-most-once", "at-least-once", "effectively-once"]
GUARANTEES: tuple[Guarantee, ...] = ("at-most-once", "at-least-once", "effectively-once")


class UnknownLab(LookupError):
    """No lab of that name; the message lists the names there are."""


@dataclass(frozen=True)
class Scenario:
    """One run of the program(s): what goes wrong, and under which guarantees it is asked.

    name:  kebab-case, unique in the lab.
    title: one line for the learner, e.g. "killed after the charge, before the acknowledgement".
    redrive: once all is settled the shop is mended, and the bench puts the dead letters back into the lab's queue.
    sent:   in place of the lab's own (see Lab).
    draw:   the faults are drawn for each check, by its seed: in place of `faults`.
    """

    name: str
    title: str
    faults: Sequence[Fault] = ()
    guarantees: Sequence[Guarantee] = GUARANTEES
    redrive: bool = False
    sent: Sequence[int] = ()
    draw: Callable[[random.Random], Sequence[Fault]] | None = None


@dataclass(frozen=True)
class Expect:
    """What must go with each message of a lab's producer, and is looked for where the message arrives.

    name:  as in stage.Arrived.meta: "content_type", "delivery_mode"; a header: "headers.schema".
    words: what must stand there, as told to the learner.
    of:    order -> the value that must stand there; None: anything but nothing.
    holds: what else must be true of the value found (see `since_1970`).
    """

    name: str
    words: str
    of: Callable[[Mapping[str, Any]], Any] | None = None
    holds: Callable[[Any], bool] | None = None


def since_1970(unit: float) -> Callable[[Any], bool]:
    """Whether a value is a time of this century, counted from 1970 in units of so many to a second."""
    def holds(value: Any) -> bool:
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return text.isdecimal() and 9e8 < int(text) / unit < 4.1e9
    return holds


@dataclass(frozen=True)
class Lab:
    """A lab. `name` and `folder` are set by the registry.

    broker:     "rabbitmq" | "kafka" | "redis"; "all" where the learner configures each of them.
    roles:      ("consumer",), ("producer",) or ("producer", "consumer"): the programs the learner writes.
    orders:     how many orders a scenario holds.
    guarantees: those a learner may ask for; the first is the default.
    queue_type: for consumer labs on RabbitMQ: the type of the queue that the bench declares.
    declares:   for labs on RabbitMQ: QUEUE is only a name; the programs declare it.
    bindings:   for producer labs on RabbitMQ: routing keys by which the queue is bound to EXCHANGE, a topic exchange.
    partitions: for labs on Kafka: of TOPIC.
    output:     for labs on Kafka: what counts is a record in OUTPUT_TOPIC, as a reader of committed records sees it; no charge.
    aborted:    for labs on Kafka: how many orders stand in TOPIC that belong to an aborted transaction, and never were.
    ordered:    the orders of a customer must be charged in the order of their `n` (the first charge of each counts); they are
                spread evenly over four customers.
    spread:     they are spread so, whatever their order.
    topic_config: for labs on Kafka: configuration of TOPIC (`{"max.message.bytes": "65536"}`).
    redis_options: for labs on Redis: directives of the run's own server; `{"appendonly": "yes", "appendfsync": "always"}` where what it
                answered must survive a kill (everysec answers before it writes, while an fsync goes on).
    peer:       for consumer labs on Redis: how many entries a peer in the group has read before, and never comes back for.
    channel:    for producer labs on Redis: somebody listens on CHANNEL, and finds in the list MISSED what was told while away.
    table:      what counts is a row of this table in the shop's database (SHOP_DB, SQLite), no charge; and the program tells the
                bench where it stands (`point`).
    sent:       for consumer labs: the orders by `n`, as the bench publishes them; one that stands twice is sent twice, as by
                a producer that missed a confirm. Empty: each once, in order.
    extra:      further fields of an order, each with the values it is drawn from.
    expects:    for producer labs: the metadata that must arrive. An order with a `format` ("json", "xml") must arrive in it.
    dead_letters: for retry labs: DEAD_LETTERS is the place for orders that the shop refuses, or that failed max_attempts times.
    max_attempts: after so many attempts an order is to be given up; 0: no lab of that kind.
    deadline:   seconds after which a scenario is ended, whatever happens; those until a program's first word do not count.
    usual:      how long it usually takes a learner, in words.
    hints:      three, from a question to nearly the answer.
    kind:       "orders": the program is run through scenarios. Otherwise nothing is charged, and what the learner's work
                has set up is examined against the wishes: by a program ("topology"), or by configuration files ("configure").
    wishes:     what is asked (helpers.bench.exam), in the order in which the first that fails is the cause.
    given:      for "topology": variables that hold names of the run's own, each with what it names.
    files:      for "configure": the file of each role.
    own:        a program that never heard of the workbook, as its owner declares it (helpers.bench.own); no lab of the course.
    """

    title: str
    broker: Literal["rabbitmq", "kafka", "redis", "all"]
    roles: tuple[str, ...]
    scenarios: Sequence[Scenario]
    hints: tuple[str, str, str]
    usual: str
    orders: int = 24
    guarantees: Sequence[Guarantee] = ("at-least-once",)
    queue_type: Literal["classic", "quorum"] = "quorum"
    declares: bool = False
    bindings: Sequence[str] = ()
    partitions: int = 3
    output: bool = False
    aborted: int = 0
    ordered: bool = False
    spread: bool = False
    topic_config: Mapping[str, str] = field(default_factory=dict)
    redis_options: Mapping[str, str] = field(default_factory=dict)
    peer: int = 0
    channel: bool = False
    table: str = ""
    sent: Sequence[int] = ()
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict)
    expects: Sequence[Expect] = ()
    dead_letters: bool = False
    max_attempts: int = 0
    deadline: float = 30.0
    kind: Literal["orders", "topology", "configure"] = "orders"
    wishes: Sequence[Any] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    own: Declaration | None = None
    name: str = field(default="", compare=False)
    folder: Path = field(default=Path(), compare=False)

    @property
    def solution_folder(self) -> Path:
        return paths.SOLUTIONS / self.name

    @property
    def effect(self) -> str:
        """The word for what is counted."""
        if self.output:
            return "invoiced"
        if self.own and self.own.watched and "consumer" in self.roles:
            return "written"
        return "charged" if "consumer" in self.roles else "arrived"

    @property
    def draws(self) -> bool:
        """Whether what goes wrong is drawn anew in each check."""
        return any(scenario.draw for scenario in self.scenarios)

    def drawn(self, seed: int) -> "Lab":
        """The same lab with the faults that this seed draws."""
        if not self.draws:
            return self
        scenarios = [replace(s, faults=tuple(s.draw(random.Random(f"{seed}/{self.name}/{s.name}/faults")))) if s.draw else s
                     for s in self.scenarios]
        return replace(self, scenarios=scenarios)

    def file(self, role: str) -> str:
        """The name of the file that the learner writes for a role."""
        return self.files.get(role, f"{role}.py")


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
