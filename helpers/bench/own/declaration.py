"""What the owner of a program says of it: a small TOML file, options, or both."""

import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

BROKERS = ("rabbitmq", "kafka", "redis")
ROLES = ("consumer", "producer")
KINDS = {"queue": "rabbitmq", "topic": "kafka", "stream": "redis", "list": "redis"}
"""What an option names, and the broker that has it."""

NAMES = ("url", "host", "port", "vhost", "queue", "topic", "stream", "list", "group", "consumer", "exchange", "shop", "state",
         "orders")
"""What may stand in braces in `run`, `enqueue` and the environment."""

_NAME = re.compile(r"\{([a-z_]+)\}")
_SHELL = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1"})
_EFFECT = re.compile(r"http(?::(?P<path>/.*))?|exit|file:(?P<file>.+)|sqlite:(?P<db>.+):(?P<table>[A-Za-z_]\w*)")


class BadDeclaration(ValueError):
    """It cannot be used as it is; the message says what to write."""


class Misfit(Exception):
    """The program, or what fills its queue, does not fit what was declared; the message says what was found."""


@dataclass(frozen=True)
class Declaration:
    """Names of `place` and `group` may be "": then each run has one of its own, to be had as `{queue}`, `{group}` and so on.

    kind:        what `place` is: "queue", "topic", "stream" or "list".
    run, enqueue: commands; split as a shell splits words, never given to a shell.
    declared_by: who makes the queue, or the group: the bench, the program (which is started first then), or `enqueue`.
    effect:      what counts as done, of a producer as promised. "http" or "http:/PATH": a POST, PUT or PATCH to `{shop}`; "file:PATH": a line;
                 "sqlite:PATH:TABLE": a row; "exit": the program ends with 0, and so promises all orders in `{orders}`.
    id:          the member of a message's JSON body that holds the order's id, in messages that the bench publishes.
    push:        the end of a list at which the bench adds.
    hold:        seconds; how often the client commits by itself (auto.commit.interval.ms), at most.
    patience:    seconds for which it may stand still while there is something to do; a third of it, where it has let go of
                 everything.
    grace:       seconds that it has to end after SIGTERM.
    folder:      where commands are run, and what relative paths begin from.
    """

    broker: str
    role: Literal["consumer", "producer"]
    run: str
    kind: Literal["queue", "topic", "stream", "list"]
    place: str = ""
    group: str = ""
    exchange: str = ""
    routing_key: str = ""
    queue_type: Literal["classic", "quorum"] = "classic"
    partitions: int = 3
    push: Literal["left", "right"] = "left"
    declared_by: Literal["bench", "program", "enqueue"] = "bench"
    enqueue: str = ""
    effect: str = ""
    id: str = "id"
    orders: int = 24
    hold: float = 0.0
    patience: float = 15.0
    grace: float = 10.0
    deadline: float = 120.0
    title: str = ""
    name: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.cwd)

    def __hash__(self) -> int:
        return hash((self.name, self.run))

    @property
    def watched(self) -> re.Match[str] | None:
        """Where the effect is looked for, if not at the shop's door."""
        found = _EFFECT.fullmatch(self.effect)
        return found if found and not found[0].startswith(("http", "exit")) else None

    @property
    def path(self) -> str | None:
        """Where a call to the service begins that counts; None where no call does."""
        found = _EFFECT.fullmatch(self.effect)
        return (found["path"] or "/") if found and found[0].startswith("http") else None


_TEXT = {f.name for f in fields(Declaration) if f.type in ("str", str)} - {"place", "kind"}
_CHOICES = {"broker": BROKERS, "role": ROLES, "queue_type": ("classic", "quorum"), "push": ("left", "right"),
            "declared_by": ("bench", "program", "enqueue")}
_NUMBERS = {"partitions": (1, 24), "orders": (12, 200), "hold": (0, 60), "patience": (2, 300), "grace": (1, 60),
            "deadline": (5, 900)}
KEYS = sorted({*_TEXT, *_CHOICES, *_NUMBERS, *KINDS, "env"} - {"place"})


def read(file: Path | None, options: Mapping[str, Any]) -> Declaration:
    """The declaration in `file` (None: there is none), with `options` in place of what stands there. Raises BadDeclaration."""
    said: dict[str, Any] = {}
    if file is not None:
        try:
            said = tomllib.loads(Path(file).read_text())
        except OSError as error:
            raise BadDeclaration(f"cannot read {file}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadDeclaration(f"{file} is not TOML: {error}") from None
    where = str(file) if file else "the options"
    env = {**_table(said, "env", where), **options.get("env", {})}
    said = {key.replace("-", "_"): value for key, value in said.items()} | {k: v for k, v in options.items() if v is not None}
    if any(kind in options for kind in KINDS if options.get(kind) is not None):
        said = {k: v for k, v in said.items() if k not in KINDS or options.get(k) is not None}
    said["env"] = env
    if unknown := sorted(set(said) - set(KEYS)):
        raise BadDeclaration(f"{where}: nothing is called {unknown[0]!r}; there are: {', '.join(KEYS)}")
    said["folder"] = Path(file).resolve().parent if file else Path.cwd()
    said.setdefault("name", Path(file).stem if file else "")
    return _checked(said, where)


def _checked(said: dict[str, Any], where: str) -> Declaration:
    _take_kind(said, where)
    said.setdefault("role", "consumer")
    if not said.get("run"):
        raise BadDeclaration(f"{where}: `run` is missing: add the command that starts your program, as in run = \"python worker.py\"")
    for key in _TEXT & set(said):
        if not isinstance(said[key], str):
            raise BadDeclaration(f"{where}: {key} must be a text, it is {said[key]!r}")
    for key, choices in _CHOICES.items():
        if key in said and said[key] not in choices:
            raise BadDeclaration(f"{where}: {key} is {said[key]!r}; it can be {', '.join(choices)}")
    for key, (least, most) in _NUMBERS.items():
        if key in said and (isinstance(said[key], bool) or not isinstance(said[key], (int, float))
                            or not least <= said[key] <= most):
            raise BadDeclaration(f"{where}: {key} is {said[key]!r}; it can be a number from {least} to {most}")
    if "declared_by" not in said and said.get("enqueue"):
        said["declared_by"] = "enqueue"
    if said.get("declared_by") == "enqueue" and not said.get("enqueue"):
        raise BadDeclaration(f"{where}: declared_by = \"enqueue\", but there is no `enqueue`")
    if said["role"] == "producer" and said.get("enqueue"):
        raise BadDeclaration(f"{where}: `enqueue` is for consumers; a producer sends by itself")
    said["effect"] = said.get("effect") or ("http" if said["role"] == "consumer" else "exit")
    own = Declaration(**said)
    if not _EFFECT.fullmatch(own.effect) or (own.effect == "exit" and own.role == "consumer"):
        more = ' or "exit"' if own.role == "producer" else ""
        raise BadDeclaration(f'{where}: effect is {own.effect!r}; it can be "http", "http:/PATH", "file:PATH", '
                             f'"sqlite:PATH:TABLE"{more}')
    for what, text in (("run", own.run), ("enqueue", own.enqueue), *((f"env.{k}", v) for k, v in own.env.items())):
        for name in _NAME.findall(text):
            if name not in NAMES:
                raise BadDeclaration(f"{where}: nothing is called {{{name}}} in {what}; there are: "
                                     + ", ".join(f"{{{n}}}" for n in NAMES))
            if name in KINDS and name != own.kind:
                raise BadDeclaration(f"{where}: {what} holds {{{name}}}, but it is declared for a {own.kind}: write {{{own.kind}}}")
    if (found := own.watched) and (other := set(_NAME.findall(found[0])) - {"state"}):
        raise BadDeclaration(f"{where}: in effect only {{state}} is replaced, not {{{min(other)}}}")
    for what, text in (("run", own.run), ("enqueue", own.enqueue)):
        if operator := next((word for word in split(text, what) if word in _SHELL), None):
            raise BadDeclaration(f"{where}: {what} holds {operator!r}, and no shell is used: write what is to happen into a script, "
                                 "and name that")
    words = split(own.run, "run")
    if not words:
        raise BadDeclaration(f"{where}: `run` is empty: write the command that starts your program")
    name = own.name or next((word for word in words if (own.folder / word).is_file()), words[0])
    return replace(own, name=_slug(name), title=own.title or own.run)


def _take_kind(said: dict[str, Any], where: str) -> None:
    """Which of queue, topic, stream and list is named: it says the broker too."""
    kinds = [kind for kind in KINDS if kind in said]
    broker = said.get("broker")
    if len(kinds) > 1:
        raise BadDeclaration(f"{where}: it names a {kinds[0]} and a {kinds[1]}; keep the one that the program works on")
    if not kinds:
        if broker not in BROKERS:
            raise BadDeclaration(f"{where}: name the `queue` (RabbitMQ), `topic` (Kafka), `stream` or `list` (Redis)")
        kinds = [next(kind for kind, of in KINDS.items() if of == broker)]
    kind = kinds[0]
    if broker is not None and broker != KINDS[kind]:
        raise BadDeclaration(f"{where}: a {kind} is a thing of {KINDS[kind]}, and the broker is {broker!r}")
    place = said.pop(kind, "")
    if not isinstance(place, str):
        raise BadDeclaration(f"{where}: {kind} must be a name, it is {place!r}")
    said |= {"broker": KINDS[kind], "kind": kind, "place": place}


def _table(said: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    value = said.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise BadDeclaration(f"{where}: [{name}] must be names with texts")
    return dict(value)


def split(text: str, what: str) -> list[str]:
    """Words of a command. Raises BadDeclaration."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BadDeclaration(f"{what} = {text!r}: {error}") from None


def fill(text: str, names: Mapping[str, str]) -> str:
    """The text with each `{name}` replaced; other braces are left alone."""
    return _NAME.sub(lambda m: names.get(m[1], m[0]), text)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", Path(text).stem.lower()).strip("-") or "program"
