"""A check: a lab's scenarios one after the other, until one does not pass; the report, kept with all its artefacts."""

import asyncio
import os
import random
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from helpers import brokers, paths
from helpers.bench import exam, keepsake, node
from helpers.bench.own.declaration import Misfit
from helpers.bench.lab import Guarantee, Lab, Scenario
from helpers.bench.program import Command
from helpers.bench.programs import RUNNERS
from helpers.bench.report import Report
from helpers.bench.series import Series, Tell

KEEP_RUNS = 20
"""How many runs of a lab are kept."""


class WrongUse(Exception):
    """The call does not fit the lab; the message says what would."""


def command_for(file: Path) -> Command:
    """How to run a learner's file: by its suffix (helpers.bench.programs.RUNNERS), else as an executable.

    Raises WrongUse where there is no such file, or nothing to run it with.
    """
    file = Path(file).resolve()
    if not file.is_file():
        raise WrongUse(f"no such file: {file}")
    runner = RUNNERS.get(file.suffix)
    if runner is None and not os.access(file, os.X_OK):
        raise WrongUse(f"do not know how to run {file.name}: give the command with --run, or make the file executable")
    return Command(_found([*([runner] if runner else []), str(file)]), file.parent, file)


def configuration(file: Path) -> Command:
    """A file that is not run, but that a broker is started from. Raises WrongUse where there is none."""
    file = Path(file).resolve()
    if not file.is_file():
        raise WrongUse(f"no such file: {file}")
    return Command([], file.parent, file)


def command_line(text: str) -> Command:
    """A command given as text: split as a shell splits words, never given to a shell. Raises WrongUse."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise WrongUse(f"--run {text!r}: {error}") from None
    if not words:
        raise WrongUse("--run needs a command")
    return Command(_found(words), Path.cwd())


def _found(words: list[str]) -> list[str]:
    if shutil.which(words[0]) is None:
        raise WrongUse(f"no such command: {words[0]}")
    return words


async def check(lab: Lab, commands: Mapping[str, Command], *, guarantee: Guarantee | None = None, seed: int | None = None,
                calm: bool = False, only: str | None = None, again: str = "", tell: Tell = lambda message: None) -> Report:
    """Run the lab's programs through its scenarios. Leaves nothing running but the brokers.

    Raises WrongUse for a guarantee, role or scenario that the lab does not have. A broker or bench that fails makes the
    report `unknown` with `bench_failed`.
    """
    guarantee = guarantee or lab.guarantees[0]
    seed = random.SystemRandom().randrange(1, 100_000) if seed is None else seed
    lab = lab.drawn(seed)
    scenarios = _scenarios(lab, guarantee, only)
    if set(commands) != set(lab.roles):
        raise WrongUse(f"{lab.name} needs a program for: {', '.join(lab.roles)}")
    started = time.monotonic()
    folder = _new_folder(lab)
    _keep_programs(folder, commands)
    report = Report(lab.name, lab.title, seed, guarantee, {"name": lab.broker}, "unknown", "", calm=calm,
                    run_dir=str(folder), again=f"{again} --seed {seed}".strip(),
                    effect=lab.effect)
    tell({"type": "begin", "lab": lab.name, "seed": seed, "guarantee": guarantee, "run_dir": str(folder),
          "scenarios": [{"name": s.name, "title": s.title} for s in scenarios]})

    def note(text: str) -> None:
        tell({"type": "note", "text": text})

    await asyncio.to_thread(_provide_node_packages, commands, note)
    try:
        if lab.kind != "orders":
            await exam.examine(lab, commands, report, folder, tell, [s.name for s in scenarios])
        else:
            await Series(lab, scenarios, commands, report, folder, tell).play()
    except Misfit as error:
        report.verdict, report.reason = "error", str(error)
    except (brokers.BrokerError, OSError) as error:
        report.bench_failed, report.verdict = True, "unknown"
        report.reason = f"The bench or a broker failed: {error}"
    report.seconds = round(time.monotonic() - started, 2)
    report.save(folder / "report.json")
    if lab.draws:
        (folder / "report.md").write_text(keepsake.page(report))
    return report


def _scenarios(lab: Lab, guarantee: str, only: str | None) -> list[Scenario]:
    if guarantee not in lab.guarantees:
        raise WrongUse(f"{lab.name} can be asked for: {', '.join(lab.guarantees)}")
    scenarios = [s for s in lab.scenarios if guarantee in s.guarantees]
    if only is not None:
        found = [s for s in scenarios if s.name == only]
        if not found:
            raise WrongUse(f"no scenario {only!r}; for {guarantee} there are: {', '.join(s.name for s in scenarios)}")
        scenarios = found
    return scenarios


def _provide_node_packages(commands: Mapping[str, Command], note: Callable[[str], None]) -> None:
    """Programs in Node.js find the clients' packages, unless they bring their own by NODE_PATH or a node_modules of theirs."""
    if "NODE_PATH" not in os.environ and node.wanted(word for command in commands.values() for word in command.argv):
        try:
            os.environ["NODE_PATH"] = node.modules(note)
        except node.NoNode as reason:
            note(str(reason))


def _new_folder(lab: Lab) -> Path:
    """`.workbook/runs/<lab>/<time>`, the oldest beyond KEEP_RUNS removed."""
    runs = paths.RUNS / lab.name
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(p for p in runs.iterdir() if p.is_dir())[:-KEEP_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
    stamp = datetime.now().strftime("%Y-%m-%dT%H-%M-%S")
    for k in range(1000):
        folder = runs / (stamp if k == 0 else f"{stamp}.{k:03}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise OSError(f"cannot make a folder for this run in {runs}")


def _keep_programs(folder: Path, commands: Mapping[str, Command]) -> None:
    for role, command in commands.items():
        target = folder / "program" / role
        target.mkdir(parents=True)
        if command.file is not None:
            shutil.copy2(command.file, target / command.file.name)
        else:
            (target / "command.txt").write_text(shlex.join(command.argv) + "\n")
