"""Every program of every lab meets the bench as a learner's would, through the command line, and gets what it deserves.

Starters fail with a cause. Solutions pass for their guarantee. Wrong programs fail with exactly the class in their first
line. Unusual programs pass, with exactly the remark in their first line or none.
"""

import json
import os
import shlex
import subprocess
import sys

import pytest

from helpers import paths
from helpers.bench import lab as labs
from helpers.bench.programs import Program, listing
from helpers.bench.report import EXIT_CODES, Report

TIMEOUT = 240
"""Seconds: far more than the deadlines of all scenarios of a program that is stopped at the first one that fails."""


def name_of(program: Program) -> str:
    name = f"{program.lab[:2]}-{program.kind}-{program.path.stem}"
    return f"{name}-{program.guarantee}" if program.kind in ("starter", "solution") and program.guarantee else name


def marks(program: Program) -> list[pytest.MarkDecorator]:
    return [pytest.mark.node] if program.path.suffix == ".js" else []


PROGRAMS = [pytest.param(p, id=name_of(p), marks=marks(p)) for p in listing()]


def arguments(program: Program) -> list[str]:
    """The program's part of the command line; in a lab of two programs the other one is the worked solution."""
    lab = labs.load(program.lab)
    if len(lab.roles) > 1:
        others = [f"--{role}={lab.solution_folder / role}.py" for role in lab.roles if role != program.role]
        return [f"--{program.role}={program.path}", *others]
    if program.path.suffix == ".py":
        return [str(program.path)]
    return ["--run", shlex.join(map(str, program.command))]


def check(program: Program, env: dict[str, str]) -> Report:
    guarantee = ["--guarantee", program.guarantee] if program.guarantee else []
    command = [sys.executable, "-m", "helpers", "check", program.lab, *arguments(program), *guarantee, "--json"]
    done = subprocess.run(command, cwd=paths.ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode in EXIT_CODES.values(), f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    report = Report.from_dict(json.loads(done.stdout))
    assert report.exit_code == done.returncode
    return report


def told(report: Report) -> str:
    """What to look at when a verdict is not the expected one."""
    lines = [f"{report.verdict} in {report.scenario}: {report.reason}", f"again: {report.again}", f"kept:  {report.run_dir}"]
    for finding in report.findings:
        lines.append(f"{finding.severity} {finding.name}: {finding.sentence}")
        lines += [f"    {moment.at} {moment.text}" for moment in finding.proof]
    lines += [f"    | {line}" for p in report.programs for line in p.output_tail.splitlines()[-8:]]
    return "\n".join(lines)


@pytest.mark.lab
@pytest.mark.broker
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_gets_what_it_deserves(program: Program, request: pytest.FixtureRequest):
    request.getfixturevalue(labs.load(program.lab).broker)
    env = {"NODE_PATH": request.getfixturevalue("node_path")} if program.path.suffix == ".js" else {}
    report = check(program, env)
    causes = [f.name for f in report.findings if f.severity == "cause"]
    remarks = [f.name for f in report.findings if f.severity == "remark"]
    assert report.verdict == program.expect, told(report)
    if program.expect == "pass":
        assert causes == [], told(report)
        assert remarks == ([program.name] if program.name else []), told(report)
        assert [s.name for s in report.scenarios] == scenarios(program), told(report)
    elif program.kind == "starter":
        assert len(causes) == 1, told(report)
    else:
        assert causes == [program.name], told(report)


def scenarios(program: Program) -> list[str]:
    """The scenarios that the program had to go through: those of the guarantee asked."""
    lab = labs.load(program.lab)
    guarantee = program.guarantee or lab.guarantees[0]
    return [s.name for s in lab.scenarios if guarantee in s.guarantees]


@pytest.mark.parametrize("name", labs.all_names())
def test_a_lab_has_what_a_lab_must_have(name: str):
    programs, lab = listing(name), labs.load(name)
    assert {p.role for p in programs if p.kind == "starter"} == set(lab.roles)
    solved = {p.guarantee or lab.guarantees[0] for p in programs if p.kind == "solution"}
    assert solved == set(lab.guarantees)
    assert len([p for p in programs if p.kind == "wrong"]) >= 3
    assert (lab.folder / "story.md").read_text().strip()
    assert len(lab.hints) == 3 and lab.hints[0].rstrip().endswith("?")
