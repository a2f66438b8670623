"""One hand-written program holds both the solution and the starter: this reads its regions, strictly.

    # region task: acknowledge after the charge
    charge(order)
    channel.basic_ack(method.delivery_tag)
    # starter:
    #| channel.basic_ack(method.delivery_tag)
    #| charge(order)
    # endregion

In JavaScript the marks begin with `//` in place of `#`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_OPEN = re.compile(r"^(\s*)(?:#|//)\s*region\b(.*)$")
_STARTER = re.compile(r"^(\s*)(?:#|//)\s*starter\s*:\s*(.*)$")
_LINE = re.compile(r"^(\s*)(?:#|//)\|(?: (.*))?$")
_CLOSE = re.compile(r"^(\s*)(?:#|//)\s*endregion\b\s*(.*)$")


class BadRegion(ValueError):
    """A region that cannot be read. The message begins with `file:line:`."""


@dataclass
class Region:
    """`title` is the reason; `solution` and `starter` are lines with their indentation; `line` is where it opens."""

    title: str
    line: int
    indent: str
    solution: list[str] = field(default_factory=list)
    starter: list[str] = field(default_factory=list)
    starter_line: int = 0


@dataclass
class Program:
    """A parsed program: plain lines and regions, in the order of the file."""

    path: Path
    parts: list[str | Region]

    @property
    def regions(self) -> list[Region]:
        return [p for p in self.parts if isinstance(p, Region)]

    def solution(self) -> str:
        """The worked program, without the marks; a region's title stays as the comment that says why."""
        mark = "//" if self.path.suffix == ".js" else "#"
        return self._text(lambda r: [f"{r.indent}{mark} {r.title}", *r.solution])

    def starter(self) -> str:
        return self._text(lambda r: r.starter)

    def _text(self, of_region) -> str:
        lines: list[str] = []
        for part in self.parts:
            lines += of_region(part) if isinstance(part, Region) else [part]
        return "\n".join(lines).rstrip("\n") + "\n"


def parse(text: str, path: Path) -> Program:
    """The program in `text`. Raises BadRegion, also where the starter or the solution is not Python."""
    program = Program(path, list(_parts(text, path)))
    if path.suffix == ".py":
        for what, source in (("solution", program.solution()), ("starter", program.starter())):
            try:
                ast.parse(source)
            except SyntaxError as error:
                near = (error.text or "").strip()
                raise BadRegion(f"{path}:{_line_of(text, near)}: the {what} is not Python: {error.msg}: {near}") from None
    return program


def _parts(text: str, path: Path) -> Iterator[str | Region]:
    region: Region | None = None
    for number, line in enumerate(text.splitlines(), 1):
        def bad(message: str, number: int = number) -> BadRegion:
            return BadRegion(f"{path}:{number}: {message}")

        if opened := _OPEN.match(line):
            if region:
                raise bad(f"a region inside the region that opens in line {region.line}")
            kind, _, title = opened[2].strip().partition(":")
            if kind.strip() != "task" or not title.strip():
                raise bad("a region opens with «# region task: WHY», and the title is not empty")
            region = Region(title.strip(), number, opened[1])
        elif closed := _CLOSE.match(line):
            if not region:
                raise bad("«# endregion» without a region")
            if closed[2]:
                raise bad("nothing may follow «# endregion»")
            if not region.starter_line:
                raise bad(f"the region of line {region.line} has no «# starter:»")
            if not region.solution and not region.starter:
                raise bad(f"the region of line {region.line} is empty")
            _same_indent(region, closed[1], bad)
            yield region
            region = None
        elif started := _STARTER.match(line):
            if not region:
                raise bad("«# starter:» outside a region")
            if region.starter_line:
                raise bad(f"a second «# starter:» (the first is in line {region.starter_line})")
            if started[2]:
                raise bad("the starter's lines begin in the next line, each with «#| »")
            _same_indent(region, started[1], bad)
            region.starter_line = number
        elif held := _LINE.match(line):
            if not region or not region.starter_line:
                raise bad("a «#|» line outside the starter of a region")
            _same_indent(region, held[1], bad)
            region.starter.append((held[1] + held[2]).rstrip() if held[2] else "")
        elif region and region.starter_line:
            raise bad("in a starter each line begins with «#| »")
        elif region:
            region.solution.append(line)
        else:
            yield line
    if region:
        raise BadRegion(f"{path}:{region.line}: this region is never closed with «# endregion»")


def _same_indent(region: Region, indent: str, bad) -> None:
    if indent != region.indent:
        raise bad(f"indented otherwise than the «# region» of line {region.line}")


def _line_of(text: str, near: str) -> int:
    if near:
        for number, line in enumerate(text.splitlines(), 1):
            if near in line:
                return number
    return 1
