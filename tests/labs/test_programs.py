"""Every program of every lab meets the bench as a learner's would, through the command line, and gets what it deserves
(what that is: helpers/bench/every.py). The same as one table: `python -m helpers check --all -j 2`."""

import subprocess
import sys
from itertools import zip_longest

import pytest

from helpers import paths
from helpers.bench import every, node
from helpers.bench import lab as labs
from helpers.bench.programs import Program, listing


SHARED = ("rabbitmq", "kafka")
"""Brokers that must run already: of Redis each run has one of its own, and labs of configuration files start theirs."""


def marks(program: Program) -> list[pytest.MarkDecorator]:
    return [pytest.mark.node] if program.path.suffix == ".js" else []


def dealt() -> list[Program]:
    """One of each lab in turn: programs side by side want different brokers, and only one at a time may kill the spare."""
    hands = [list(listing(name)) for name in labs.all_names()]
    return [program for row in zip_longest(*hands) for program in row if program is not None]


PROGRAMS = [pytest.param(p, id=every.name_of(p), marks=marks(p)) for p in dealt()]


@pytest.mark.lab
@pytest.mark.program
@pytest.mark.broker
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_gets_what_it_deserves(program: Program, request: pytest.FixtureRequest):
    if (broker := labs.load(program.lab).broker) in SHARED:
        request.getfixturevalue(broker)
    try:
        report = every.check(program)
    except node.NoNode as error:
        pytest.skip(str(error))
    wrong = every.amiss(program, report)
    assert not wrong, f"{wrong}\n{every.told(report)}"


@pytest.mark.parametrize("name", labs.all_names())
def test_a_lab_has_what_a_lab_must_have(name: str):
    programs, lab = listing(name), labs.load(name)
    assert {p.role for p in programs if p.kind == "starter"} == set(lab.roles)
    solved = {p.guarantee or lab.guarantees[0] for p in programs if p.kind == "solution"}
    assert solved == set(lab.guarantees)
    assert len([p for p in programs if p.kind == "wrong"]) >= 3
    assert (lab.folder / "story.md").read_text().strip()
    assert len(lab.hints) == 3 and lab.hints[0].rstrip().endswith("?")


@pytest.mark.lab
@pytest.mark.broker
def test_one_table_of_them_all(rabbitmq):
    done = subprocess.run([sys.executable, "-m", "helpers", "check", "--all", "01", "-j", "2"], cwd=paths.ROOT,
                          capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    programs = listing("01")
    assert f"{len(programs)} checks, 0 wrong verdicts" in done.stdout
    assert len(done.stderr.splitlines()) == len(programs)
