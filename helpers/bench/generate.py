"""Writes what is derived: starters, lab and solution notebooks, the pages of mistakes and of interview questions. `--check`
says what is stale."""

import sys
from collections.abc import Sequence
from pathlib import Path

from helpers import paths
from helpers.bench import cells, lab_notebook, mistakes_page, solution_notebook
from helpers.bench.lab import Lab, all_names, load
from helpers.bench.regions import BadRegion, Program, parse
from helpers.study import interview_page

INTERVIEW = paths.ROOT / "docs" / "interview.md"
MISTAKES = paths.ROOT / "docs" / "mistakes.md"


def generate(lab: Lab) -> dict[Path, str]:
    """Every generated file of `lab`, path -> content; writes nothing.

    Outputs of notebook cells that have not changed are kept. Raises BadRegion, FileNotFoundError, ValueError.
    """
    programs = {role: _read(lab.solution_folder / lab.file(role)) for role in lab.roles}
    others = _other_guarantees(lab, programs)
    out = {lab.folder / lab.file(role): program.starter() for role, program in programs.items()}
    for path in (lab.solution_folder / f"{role}.js" for role in lab.roles):
        if path.exists():  # for those who come from Node.js: in the terminal, beside the notebook's
            out[lab.folder / path.name] = _read(path).starter()
    book = lab.folder / "lab.ipynb"
    out[book] = cells.notebook(lab_notebook.cells(lab, lab_notebook.story_of(lab), programs), book)
    solved = lab.solution_folder / "solution.ipynb"
    out[solved] = cells.notebook(solution_notebook.cells(lab, programs, others, _titles()), solved)
    return out


def mistakes() -> dict[Path, str]:
    """The page of mistakes; empty while there is no catalogue."""
    catalogue = _catalogue()
    return {MISTAKES: mistakes_page.page(catalogue)} if catalogue else {}


def main(check: bool = False, names: Sequence[str] = ()) -> int:
    """Write (or, with `check`, only compare) the files of the named labs, or of all and the pages.

    Returns 0, or 1 where a file is stale (`check`) or a source cannot be read.
    """
    try:
        wanted = {} if names else mistakes() | {INTERVIEW: interview_page.page()}
        for name in names or all_names():
            wanted |= generate(load(name))
    except (BadRegion, FileNotFoundError, LookupError, ValueError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{'stale' if check else 'written'}: {_short(path)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path])
    if check and stale:
        print("run: python -m helpers generate", file=sys.stderr)
    return int(check and bool(stale))


def _read(path: Path) -> Program:
    return parse(path.read_text(), path)


def _other_guarantees(lab: Lab, default: dict[str, Program]) -> dict[str, dict[str, Program]]:
    """Where the dial asks for another program; a role without one of its own uses the default's."""
    out = {}
    for guarantee in lab.guarantees[1:]:
        own = {role: lab.solution_folder / f"{role}.{guarantee}.py" for role in lab.roles}
        if any(path.exists() for path in own.values()):
            out[guarantee] = {role: _read(path) if path.exists() else default[role] for role, path in own.items()}
    return out


def _catalogue() -> dict:
    try:
        from helpers.bench.catalogue import CATALOGUE
    except ImportError:
        return {}
    return CATALOGUE


def _titles() -> dict[str, str]:
    return {name: mistake.title for name, mistake in _catalogue().items()}


def _short(path: Path) -> Path:
    return path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path
