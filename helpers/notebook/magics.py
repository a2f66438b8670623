"""`%%check`, `%%program` and `%check`: what the learner may write behind them."""

import argparse
import os
import re
import shlex
from dataclasses import dataclass

from helpers.bench.lab import GUARANTEES, Lab, UnknownLab, load

USAGE = {
    "%%check": "%%check LAB [--calm] [--seed N] [--guarantee G] [--scenario NAME]",
    "%check": "%check LAB [--calm] [--seed N] [--guarantee G] [--scenario NAME]",
    "%%program": "%%program LAB ROLE",
}
_AWAITED = re.compile(r"^(\s*)get_ipython\(\)\.run_(cell|line)_magic\('check'")


class Misuse(ValueError):
    """The magic line cannot be understood; the message says what to write."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class Request:
    """A magic line, understood. `arguments` go to `python -m helpers check LAB` as they are."""

    lab: Lab
    arguments: tuple[str, ...]
    role: str = ""


def awaited(lines: list[str]) -> list[str]:
    """An `input_transformers_post`: IPython has no async magics, so a check becomes an awaited call."""
    return [_AWAITED.sub(lambda m: f"{m[1]}await {m[0].lstrip()}", line) for line in lines]


def check_line(line: str, magic: str) -> Request:
    """Raises Misuse."""
    parser = _Parser(prog=magic, add_help=False, allow_abbrev=False)
    parser.add_argument("lab")
    parser.add_argument("--calm", action="store_true")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--guarantee", choices=GUARANTEES, default=None)
    parser.add_argument("--scenario", default=None)
    given = parser.read(line, magic)
    lab = _lab(given.lab)
    seed = given.seed
    if seed is None and (fixed := os.environ.get("WORKBOOK_SEED")):
        seed = int(fixed)
    arguments: list[str] = []
    if given.calm:
        arguments.append("--calm")
    if seed is not None:
        arguments += ["--seed", str(seed)]
    if given.guarantee:
        if given.guarantee not in lab.guarantees:
            raise Misuse(f"lab {lab.name} can be asked for: {', '.join(lab.guarantees)}")
        arguments += ["--guarantee", given.guarantee]
    if given.scenario:
        names = [s.name for s in lab.scenarios]
        if given.scenario not in names:
            raise Misuse(f"lab {lab.name} has no scenario {given.scenario!r}; there are: {', '.join(names)}")
        arguments += ["--scenario", given.scenario]
    if magic == "%%check" and len(lab.roles) > 1:
        raise Misuse(
            f"lab {lab.name} has {len(lab.roles)} programs: put each in a cell that begins with "
            + " or ".join(f"%%program {lab.name} {role}" for role in lab.roles)
            + f", then run %check {lab.name}"
        )
    return Request(lab, tuple(arguments))


def program_line(line: str) -> Request:
    """Raises Misuse."""
    parser = _Parser(prog="%%program", add_help=False, allow_abbrev=False)
    parser.add_argument("lab")
    parser.add_argument("role")
    given = parser.read(line, "%%program")
    lab = _lab(given.lab)
    if given.role not in lab.roles:
        raise Misuse(f"lab {lab.name} has no program {given.role!r}; it has: {', '.join(lab.roles)}")
    return Request(lab, (), given.role)


def _lab(name: str) -> Lab:
    try:
        return load(name)
    except UnknownLab as error:
        raise Misuse(str(error)) from None


class _Parser(argparse.ArgumentParser):
    def read(self, line: str, magic: str) -> argparse.Namespace:
        try:
            return self.parse_args(shlex.split(line, comments=True))
        except ValueError as error:
            raise Misuse(f"{error}\nusage: {USAGE[magic]}") from None

    def error(self, message: str) -> None:
        raise ValueError(message)
