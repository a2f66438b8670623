"""Writes the notebook of a lab's worked solution: the reasons, the other guarantees, and what people write instead."""

import re
from dataclasses import dataclass
from pathlib import Path

from helpers.bench.cells import COMPARED, Cell, code, markdown
from helpers.bench.faults import Join
from helpers.bench.lab import Lab
from helpers.bench.lab_notebook import SAID, check_cells, number, told_of
from helpers.bench.regions import Program

CHECKED = 2
"""How many of the wrong programs get a cell that runs them."""
LANGUAGES = {".py": "python", ".js": "javascript", ".mjs": "javascript", ".go": "go", ".sh": "sh",
             ".conf": "ini", ".properties": "properties"}


@dataclass(frozen=True)
class Sample:
    """A wrong or an unusual program: `expected` is what its first line promises (`fail CLASS`, `pass [REMARK]`)."""

    path: Path
    expected: str
    source: str

    @property
    def named(self) -> str:
        return self.expected.split(" ", 1)[1] if " " in self.expected else ""


def samples(folder: Path, word: str) -> list[Sample]:
    """The programs of `folder`. Raises ValueError where a first line does not begin with `# WORD`."""
    out = []
    for path in sorted(p for p in folder.glob("*") if p.suffix in LANGUAGES):
        first, _, rest = path.read_text().partition("\n")
        found = re.fullmatch(rf"\s*(?:#|//)\s*({word}(?: \S+)?)\s*", first)
        if not found:
            raise ValueError(f"{path}:1: the first line must be «# {word} …», it is «{first}»")
        out.append(Sample(path, found[1], rest.strip("\n") + "\n"))
    return out


def cells(lab: Lab, programs: dict[str, Program], others: dict[str, dict[str, Program]], titles: dict[str, str]) -> list[Cell]:
    """`others`: guarantee -> role -> program. `titles`: a mistake's class -> its title in words."""
    folder = lab.solution_folder
    origin = f"solutions/{lab.name}"
    out = [markdown("title", _title(lab), "the generator")]
    out.append(markdown("changes", _changes(programs), origin))
    why = folder / "why.md"
    if why.exists():
        out.append(markdown("why", why.read_text().strip(), f"{origin}/why.md"))
    out.append(code("load", "from helpers.notebook import last\n\n%load_ext helpers.notebook", "the generator"))
    out += check_cells(lab, {r: p.solution() for r, p in programs.items()}, origin)
    out.append(_facts(lab))
    for guarantee, of_role in others.items():
        out.append(markdown(guarantee, f"## The same, {SAID[guarantee]}\n\n{_reasons(of_role)}", origin))
        options = f" --guarantee {guarantee}"
        out += check_cells(lab, {r: p.solution() for r, p in of_role.items()}, origin, f"{guarantee}-", options)
        out.append(_facts(lab, f"{guarantee}-"))
    out += _wrong(lab, samples(folder / "wrong", "fail"), titles)
    out += _unusual(lab, samples(folder / "unusual", "pass"))
    out.append(markdown("onward", f"## Onward\n\n- [Back to the lab](../../labs/{lab.name}/lab.ipynb)\n- [Every mistake the bench can name](../../docs/mistakes.md)", "the generator"))
    return out


def _facts(lab: Lab, prefix: str = "", what: str = "") -> Cell:
    return code(f"{prefix}facts", f'print(last("{lab.name}").{what or _of_a_pass(lab)})', "the generator", COMPARED)


def _of_a_pass(lab: Lab) -> str:
    """A pass is told of its last run. Where two processes share a Redis stream in it, each takes over by the clock what the
    other has held for long, and the bench holds a charge until the second has started: how many both have charged hangs on the
    machine."""
    told = told_of(lab)
    shared = lab.broker == "redis" and lab.kind == "orders" and any(isinstance(f, Join) for f in lab.scenarios[-1].faults)
    return f"{told}(doubles=False)" if shared and told == "facts" else f"{told}()"


def _title(lab: Lab) -> str:
    return (
        f"# Lab {number(lab.name)}, solved: {lab.title}\n\n"
        f"*You learn more from your own attempt: [the lab](../../labs/{lab.name}/lab.ipynb) has three hints.*"
    )


def _changes(programs: dict[str, Program]) -> str:
    parts = ["## What changes, and why"]
    for role, program in programs.items():
        for region in program.regions:
            where = f" ({role})" if len(programs) > 1 else ""
            parts.append(f"### {region.title[0].upper()}{region.title[1:]}{where}")
            language = LANGUAGES[program.path.suffix]
            parts.append("The starter:\n" + _block(_dedent(region.starter, region.indent), language))
            parts.append("The solution:\n" + _block(_dedent(region.solution, region.indent), language))
    return "\n\n".join(parts)


def _reasons(programs: dict[str, Program]) -> str:
    return "\n".join(f"- {region.title}" for program in programs.values() for region in program.regions)


def _dedent(lines: list[str], indent: str) -> str:
    return "\n".join(line.removeprefix(indent) for line in lines) or "(nothing)"


def _block(source: str, language: str = "python") -> str:
    fence = "```"
    while fence in source:
        fence += "`"
    return f"{fence}{language}\n{source.rstrip()}\n{fence}"


def _folded(title: str, body: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _wrong(lab: Lab, wrong: list[Sample], titles: dict[str, str]) -> list[Cell]:
    if not wrong:
        return []
    origin = f"solutions/{lab.name}/wrong"
    folded = [
        _folded(f"<code>{s.path.stem}</code>: {titles.get(s.named, s.named)} (<code>{s.named}</code>)", _block(s.source, LANGUAGES[s.path.suffix]))
        for s in wrong
    ]
    each = "Each of these runs, and each loses, doubles or stalls." if lab.kind == "orders" else "People write each of these."
    out = [markdown("wrong", f"## What people write instead\n\n{each} The bench names them all.\n\n" + "\n".join(folded), origin)]
    runnable = [s for s in wrong if s.path.suffix == ".py" and not s.source.startswith("# guarantee:")] if len(lab.roles) == 1 else []
    for sample in _first_of_each_class(runnable)[:CHECKED]:
        ident = f"wrong-{sample.path.stem}".replace("_", "-")[:50]
        title = titles.get(sample.named, sample.named)
        out.append(markdown(f"{ident}-title", f"### Run one: {title}", f"{origin}/{sample.path.name}"))
        cell, = check_cells(lab, {lab.roles[0]: sample.source}, origin, f"{ident}-")
        cell["metadata"]["workbook"]["from"] = f"{origin}/{sample.path.name}"
        out += [cell, _facts(lab, f"{ident}-", "judgement()")]
    return out


def _first_of_each_class(wrong: list[Sample]) -> list[Sample]:
    return list({s.named: s for s in reversed(wrong)}.values())[::-1]


def _unusual(lab: Lab, unusual: list[Sample]) -> list[Cell]:
    if not unusual:
        return []
    folded = [
        _folded(f"<code>{s.path.name}</code>" + (f" (passes, with the remark <code>{s.named}</code>)" if s.named else ""),
                _block(s.source, LANGUAGES[s.path.suffix]))
        for s in unusual
    ]
    seen = "what happened on the connection" if lab.kind == "orders" else "what stands in the broker"
    return [markdown("unusual", f"## Unusual, and right\n\nThese pass: the bench looks at {seen}, "
                     "not at how it was written.\n\n" + "\n".join(folded), f"solutions/{lab.name}/unusual")]
