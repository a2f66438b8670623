"""Every program that belongs to a lab, with what the bench must say of it."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helpers.bench.lab import Lab, all_names, load

RUNNERS = {".py": sys.executable, ".sh": "bash", ".js": "node", ".mjs": "node"}
_FIRST = re.compile(r"(?:#|//) (?P<expect>pass|fail)(?: (?P<name>\S+))?")
_SECOND = re.compile(r"(?:#|//) guarantee: (?P<guarantee>\S+)")
_WITH = re.compile(r"(?:#|//) with: (?P<file>\S+)")
_OR = re.compile(r"(?:#|//) or: (?P<also>\S+)")
_EXPECTED = {"wrong": "fail", "unusual": "pass"}


class BadHeader(ValueError):
    """A program's first lines do not say what is expected of it. The message begins with `file:line:`."""


@dataclass(frozen=True)
class Program:
    """`name`: the class (wrong) or the remark (unusual) in its first line; `guarantee`: None for the lab's first.
    `also`: a class that is as right, where the program's own threads decide between two. `beside`: in a lab of two programs, the
    file that plays the other role; None for the worked solution."""

    lab: str
    kind: Literal["starter", "solution", "wrong", "unusual"]
    role: str
    path: Path
    expect: Literal["pass", "fail"]
    name: str | None
    guarantee: str | None
    command: list[str]
    also: str = ""
    beside: Path | None = None


def listing(lab_name: str | None = None) -> list[Program]:
    """The programs of one lab, or of all. Raises UnknownLab, BadHeader."""
    names = [load(lab_name).name] if lab_name else all_names()
    return [program for name in names for program in _of(load(name))]


def _of(lab: Lab) -> Iterator[Program]:
    for role in lab.roles:
        yield Program(lab.name, "starter", role, path := lab.folder / lab.file(role), "fail", None, None, _command(path))
        for guarantee in lab.guarantees:
            path = lab.solution_folder / f"{role}.{guarantee}.py"
            if guarantee == lab.guarantees[0] or not path.exists():
                path = lab.solution_folder / lab.file(role)
            yield Program(lab.name, "solution", role, path, "pass", None, guarantee, _command(path))
        if (path := lab.solution_folder / f"{role}.js").exists():
            starter = lab.folder / path.name
            yield Program(lab.name, "starter", role, starter, "fail", None, None, _command(starter))
            yield Program(lab.name, "solution", role, path, "pass", None, None, _command(path))
    for kind, expected in _EXPECTED.items():
        for path in sorted((lab.solution_folder / kind).glob("*")):
            if path.suffix in RUNNERS or path.suffix in {Path(name).suffix for name in lab.files.values()}:
                yield _with_header(lab, kind, expected, path)


def _with_header(lab: Lab, kind: str, expected: str, path: Path) -> Program:
    first, *lines = [*path.read_text().splitlines(), "", "", ""]
    second = lines[0]
    told = _FIRST.fullmatch(first)
    if told is None or told["expect"] != expected or (expected == "fail" and not told["name"]):
        raise BadHeader(f"{path}:1: the first line must be «# {expected} …», it is «{first}»")
    asked = _SECOND.fullmatch(second)
    if asked and asked["guarantee"] not in lab.guarantees:
        raise BadHeader(f"{path}:2: {asked['guarantee']} is not asked in {lab.name}; there are: {', '.join(lab.guarantees)}")
    also = _OR.fullmatch(second)
    beside = next((path.parent / found["file"] for line in lines[:2] if (found := _WITH.fullmatch(line))), None)
    if beside is not None and not beside.is_file():
        raise BadHeader(f"{path}: the program beside it is missing: {beside}")
    role = next((role for role in lab.roles if path.stem.startswith(role)), lab.roles[-1])
    return Program(lab.name, kind, role, path, expected, told["name"], asked["guarantee"] if asked else None, _command(path),
                   also["also"] if also else "", beside)


def _command(path: Path) -> list[str]:
    return [*([RUNNERS[path.suffix]] if path.suffix in RUNNERS else []), str(path)]
