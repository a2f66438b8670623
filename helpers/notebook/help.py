"""`hint()`, `solution()`, `reset()`: for the lab that was used last in this kernel."""

from collections import Counter
from pathlib import Path

from IPython.core.getipython import get_ipython
from IPython.display import Markdown, display

from helpers.bench.lab import Lab, all_names, load
from helpers.bench.regions import parse
from helpers.notebook import programs
from helpers.notebook.check import in_use

_given: Counter[str] = Counter()


def hint(lab: str | None = None) -> None:
    """The next of three hints, from a question to nearly the answer; after the third, all are shown again in turn."""
    found = _lab(lab)
    if found is None:
        return
    index = _given[found.name] % len(found.hints)
    _given[found.name] += 1
    more = "" if index + 1 == len(found.hints) else "  \n*Another: `hint()` once more.*"
    display(Markdown(f"**Hint {index + 1} of {len(found.hints)}.** {found.hints[index]}{more}"))


def solution(lab: str | None = None, *, confirm: bool = False) -> None:
    """The worked program with its reasons; without `confirm=True` it only says what it would do."""
    found = _lab(lab)
    if found is None:
        return
    if not confirm:
        left = len(found.hints) - _given[found.name]
        hints = f" You have {left} hint{'s' * (left != 1)} left: `hint()`." if left > 0 else ""
        display(Markdown(f"This shows the worked solution of lab {found.name}.{hints} To see it: `solution(confirm=True)`."))
        return
    for role in found.roles:
        path = found.solution_folder / found.file(role)
        program = parse(path.read_text(), path)
        reasons = "\n".join(f"- {region.title}" for region in program.regions)
        display(Markdown(f"**{role}**: what changes\n\n{reasons}\n\n```{'' if found.files else 'python'}\n{program.solution()}```"))
    others = "The other guarantees, and the" if found.kind == "orders" else "The"
    display(Markdown(f"{others} mistakes people make: [solution.ipynb](../../solutions/{found.name}/solution.ipynb)"))


def reset(lab: str | None = None) -> None:
    """The starter back, in a new cell below; the program so far is kept under a dated name."""
    found = _lab(lab)
    if found is None:
        return
    shell = get_ipython()
    for role in found.roles:
        starter = (found.folder / found.file(role)).read_text()
        magic = f"%%check {found.name}" if len(found.roles) == 1 else f"%%program {found.name} {role}"
        path = programs.path(found, role)
        kept = programs.keep(path)
        programs.write(path, f"# {magic}\n{starter}")
        print(f"{role}: the starter is back" + (f"; yours is kept as {kept.name}" if kept else ""))
        if len(found.roles) > 1:  # a kernel can put only one cell below
            display(Markdown(f"```{'' if found.files else 'python'}\n{magic}\n{starter}```"))
        elif shell is not None:
            shell.set_next_input(f"{magic}\n{starter}", replace=False)


def _lab(name: str | None) -> Lab | None:
    here = Path.cwd().name  # a lab's notebook lies in the lab's folder
    found = load(name) if name else in_use() or (load(here) if here in all_names() else None)
    if found is None:
        print("Which lab? Run a %%check cell first, or name it: hint(\"07\")")
    return found
