"""What stands behind the magics is understood or refused in words."""

import pytest

from helpers.bench import lab as labs
from helpers.bench.lab import Lab, Scenario
from helpers.notebook import magics, programs
from helpers.notebook.check import _command
from helpers.notebook.magics import Misuse, Request, awaited, check_line, program_line

PAIR = Lab("a pair", "rabbitmq", ("producer", "consumer"), (Scenario("calm", "nothing goes wrong"),), ("a", "b", "c"), "an hour")


@pytest.fixture
def pair(monkeypatch, tmp_path):
    object.__setattr__(PAIR, "name", "91_pair")
    monkeypatch.setattr(magics, "load", lambda name: PAIR)
    monkeypatch.setattr(programs, "work", lambda: tmp_path)
    return PAIR


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("get_ipython().run_cell_magic('check', '07', 'x')\n", "await get_ipython().run_cell_magic('check', '07', 'x')\n"),
        ("get_ipython().run_line_magic('check', '13')\n", "await get_ipython().run_line_magic('check', '13')\n"),
        ("    get_ipython().run_line_magic('check', '13')\n", "    await get_ipython().run_line_magic('check', '13')\n"),
        ("get_ipython().run_cell_magic('checkers', '', '')\n", None),
        ("get_ipython().run_line_magic('load_ext', 'x')\n", None),
        ("print('check')\n", None),
    ],
)
def test_only_a_check_is_awaited(line, becomes):
    assert awaited([line]) == [becomes or line]


def test_options_go_to_the_bench_as_they_are(monkeypatch):
    monkeypatch.delenv("WORKBOOK_SEED", raising=False)
    request = check_line("07 --calm --seed 5 --guarantee at-most-once --scenario bad-day  # again", "%%check")
    assert request.lab.name == "07_rabbitmq_consumer"
    assert request.arguments == ("--calm", "--seed", "5", "--guarantee", "at-most-once", "--scenario", "bad-day")


def test_a_test_fixes_the_seed_and_a_learner_may_overrule_it(monkeypatch):
    monkeypatch.setenv("WORKBOOK_SEED", "4711")
    assert check_line("07", "%%check").arguments == ("--seed", "4711")
    assert check_line("07 --seed 5", "%%check").arguments == ("--seed", "5")


def test_a_lab_with_two_programs(pair, tmp_path):
    with pytest.raises(Misuse, match="%%program 91_pair producer"):
        check_line("91", "%%check")
    assert program_line("91 consumer").role == "consumer"
    with pytest.raises(Misuse, match="producer, consumer"):
        program_line("91 broker")
    for role in pair.roles:
        programs.save(pair, role, f"%%program 91 {role}", "x = 1\n")
    file = tmp_path / "labs" / "91_pair" / "consumer.py"
    assert file.read_text() == "# %%program 91 consumer\nx = 1\n"
    assert _command(Request(pair, ("--calm",))) == ["91_pair", "--producer", str(file.with_name("producer.py")), "--consumer", str(file), "--calm"]


def test_a_kept_program_never_overwrites_another(pair):
    names = set()
    for _ in range(3):
        path = programs.save(pair, "consumer", "%%program 91 consumer", "x = 1\n")
        names.add(programs.keep(path).name)
    assert len(names) == 3
    assert programs.keep(path) is None


def test_the_registry_is_what_the_magics_ask():
    assert magics.load is labs.load
