"""Labs of wishes in a real kernel: a cell that holds a program, cells that hold whole configuration files."""

import pytest

from helpers import paths
from helpers.bench.lab import load
from helpers.bench.regions import parse

pytestmark = pytest.mark.broker

FACTS = "from helpers.notebook import last\nprint(last({lab!r}).facts())"


def solved(lab: str, role: str) -> str:
    path = load(lab).solution_folder / load(lab).file(role)
    return parse(path.read_text(), path).solution()


def test_a_topology_in_a_cell(kernel):
    starter = (load("01").folder / "setup.py").read_text()
    shown = kernel.run(f"%%check 01 --seed 7\n{starter}")
    assert not shown.error and "mqw-card fail" in shown.html and "wishes do not hold" in shown.html
    assert kernel.run(FACTS.format(lab="01")).text.startswith("fail: ")
    assert "mqw-card pass" in kernel.run(f"%%check 01\n{solved('01', 'setup')}").html


def test_a_name_of_the_notebook_is_missing_in_the_program(kernel):
    kernel.run("exchange = 'orders'")
    shown = kernel.run("%%check 01\nprint(exchange)\n")
    assert "mqw-card error" in shown.html and "none of the notebook" in shown.html


def test_one_file_alone_is_saved_and_examined(kernel, tmp_path):
    told = kernel.run("%check 00_configure --scenario redis").error
    assert "there is no redis yet" in told and "rabbitmq" not in told
    said = kernel.run(f"%%program 00_configure redis\n{solved('00', 'redis')}").text
    assert said.startswith("saved: redis of lab 00_configure")
    files = list(tmp_path.rglob("labs/00_configure/redis.conf"))
    assert len(files) == 1 and files[0].read_text().startswith("# %%program 00_configure redis\n")
    shown = kernel.run("%check 00_configure --scenario redis")
    assert "mqw-card pass" in shown.html and "<h4>redis.conf</h4>" in shown.html
    assert kernel.run(FACTS.format(lab="00")).text == "pass: 5 of 5 wishes hold\n"


def test_hint_solution_and_reset_know_configuration_files(kernel, tmp_path):
    kernel.run(f"%%program 00_configure kafka\n{solved('00', 'kafka')}")
    assert "Hint 1 of 3" in kernel.run("hint()").last["text/markdown"]
    assert not kernel.run("solution(confirm=True)").error
    assert "kafka: the starter is back; yours is kept as server.kept-" in kernel.run("reset()").text
    back = next(tmp_path.rglob("labs/00_configure/server.properties")).read_text()
    assert (paths.LABS / "00_configure" / "server.properties").read_text() in back
