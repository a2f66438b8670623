"""Runs a check from a cell: saves the program, follows the bench, shows the verdict; leaves nothing behind."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from helpers.bench.lab import Lab
from helpers.bench.report import Report
from helpers.notebook import programs, reading, results
from helpers.notebook.magics import Misuse, Request, check_line, program_line
from helpers.notebook.process import Bench
from helpers.notebook.progress import Progress

_running: Bench | None = None


class Stopped(KeyboardInterrupt):
    """The learner interrupted the check. A cell that fails stops «Run all», as an interrupt should."""

    def _render_traceback_(self) -> list[str]:
        return ["Stopped. The bench and your program are gone; nothing is left running."]


async def check_cell(shell: InteractiveShell, line: str, cell: str | None) -> None:
    """`%%check` (with a cell) and `%check` (without). A cell without a program is told so."""
    magic = "%check" if cell is None else "%%check"
    request = check_line(line, magic)
    if cell is not None and not cell.strip():
        raise Misuse("the cell holds no program: reset() brings the starter back")
    if cell is not None:
        programs.save(request.lab, request.lab.roles[0], f"%%check {line}".rstrip(), cell)
    missing = [role for role in _wanted(request) if not programs.path(request.lab, role).exists()]
    if missing:
        raise Misuse("\n".join(f"there is no {r} yet: run a cell that begins with %%program {request.lab.name} {r}" for r in missing))
    in_use(request.lab)
    await _run(shell, request)


def _wanted(request: Request) -> Sequence[str]:
    """The roles whose programs the check runs: in a lab of configuration files `--scenario` names one of them."""
    if request.lab.kind == "configure" and "--scenario" in request.arguments:
        return [role for role in request.lab.roles if role in request.arguments]
    return request.lab.roles


def program_cell(line: str, cell: str) -> None:
    """`%%program`: saves one of several programs of a lab."""
    request = program_line(line)
    programs.save(request.lab, request.role, f"%%program {line}".rstrip(), cell)
    in_use(request.lab)
    print(f"saved: {request.role} of lab {request.lab.name}. Check it with: %check {request.lab.name}")


_in_use: Lab | None = None


def in_use(lab: Lab | None = None) -> Lab | None:
    """The lab that `hint()`, `solution()` and `reset()` mean; with an argument, set it."""
    global _in_use
    _in_use = lab or _in_use
    return _in_use


async def _run(shell: InteractiveShell, request: Request) -> None:
    global _running
    if _running is not None:
        raise Misuse("a check is running in this notebook: wait for it, or interrupt it (press I twice)")
    results.forget(request.lab)
    progress = Progress(request.lab)
    bench = _running = Bench(_command(request))
    report: Report | None = None
    try:
        async for batch in bench.batches():
            for line in batch:
                if line.get("type") == "report":
                    report = Report.from_dict(line["report"])
                else:
                    progress.take(line)
            progress.show()
        status = await bench.wait()
    except (asyncio.CancelledError, KeyboardInterrupt):
        bench.stop()
        progress.stopped()
        raise Stopped from None
    finally:
        bench.stop()
        _running = None
    if report is None:
        progress.broken(status, list(bench.complaints))
        return
    result = results.Result(report, _notes(report, shell.user_ns))
    results.remember(result)
    reading.checked(report)
    progress.done(result)


def _command(request: Request) -> Sequence[str]:
    roles = request.lab.roles
    files = [str(programs.path(request.lab, role)) for role in roles]
    if len(roles) == 1:
        return [request.lab.name, *files, *request.arguments]
    there = set(_wanted(request))
    named = [part for role, file in zip(roles, files, strict=True) if role in there for part in (f"--{role}", file)]
    return [request.lab.name, *named, *request.arguments]


def _notes(report: Report, names: dict[str, Any]) -> list[str]:
    """What only the notebook can know: the missing name stands in another cell."""
    notes = []
    for program in report.programs:
        missing = re.search(r"NameError: name '(\w+)' is not defined", program.error or "")
        if missing and missing[1] in names:
            notes.append(
                f"{missing[1]} exists in this notebook, but the cell is a whole program: it runs in a process of its "
                f"own and sees none of the notebook's variables. Define or import {missing[1]} inside the cell."
            )
    return notes
