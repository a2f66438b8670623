"""What every lesson promises: its parts, its predictions before the runs, its sources; and that a cell may be run twice."""

import ast
import builtins
import re

import nbformat
import pytest
from nbclient import NotebookClient

from helpers import brokers, paths
from helpers.brokers import provider
from helpers.notebook.workspace import configure

LESSONS = ["01_concepts", "02_setup", "03_producers", "04_consumers", "05_failures", "06_delivery_guarantees",
           "07_choosing_a_broker", "08_benefits_measured", "09_in_production", "10_interview", "11_capstone"]
CONFIG = paths.ROOT / "helpers" / "brokers" / "config"
CALL = re.compile(r"^\s*(predict|score)\(\"([\w-]+)\"", re.M)


def read(lesson):
    return nbformat.read(paths.NOTEBOOKS / f"{lesson}.ipynb", as_version=4)


def prose(lesson):
    return "\n\n".join(c.source for c in read(lesson).cells if c.cell_type == "markdown")


@pytest.mark.parametrize("lesson", LESSONS)
def test_it_has_its_parts(lesson):
    text = prose(lesson)
    assert text.startswith(f"# {int(lesson[:2])} · ")
    for part in ("**Aim.**", "**What you will do.**", "| **Time** |", "| **Before** |"):
        assert part in text, part
    recap = text.split("## Recap")[1].split("\n## ")[0]
    assert len(re.findall(r"^\d\. ", recap, re.M)) == 5
    questions = text.split("## Three questions")[1]
    assert len(re.findall(r"^\*\*\d\.\*\*", questions, re.M)) == questions.count("<details><summary>Answer</summary>") == 3
    assert "../labs/" in text and "../docs/mistakes.md#" in text


def test_the_first_page_comes_to_a_recap_and_questions_too():
    """It begins with a run; what the other lessons put at their head comes after it."""
    text = prose("00_start_here")
    assert len(re.findall(r"^\d\. ", text.split("## Recap")[1].split("\n## ")[0], re.M)) == 5
    questions = text.split("## Three questions")[1]
    assert len(re.findall(r"^\*\*\d\.\*\*", questions, re.M)) == questions.count("<summary>Answer</summary>") == 3
    asked = [name for kind, name in CALL.findall("\n".join(c.source for c in read("00_start_here").cells)) if kind == "predict"]
    assert len(asked) >= 4


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_mistake_that_it_names_is_on_the_page(lesson):
    page = (paths.ROOT / "docs" / "mistakes.md").read_text()
    for name in re.findall(r"docs/mistakes\.md#([\w-]+)", prose(lesson)):
        assert f'<a id="{name}"></a>' in page, name


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_prediction_stands_before_the_run_that_scores_it(lesson):
    calls = CALL.findall("\n".join(c.source for c in read(lesson).cells if c.cell_type == "code"))
    asked = [name for kind, name in calls if kind == "predict"]
    assert len(asked) >= 4 and len(set(asked)) == len(asked)
    assert all(name.startswith(f"{lesson[3:]}-") for name in asked)
    for name in asked:
        assert calls.index(("predict", name)) < calls.index(("score", name))
    assert {name for kind, name in calls if kind == "score"} == set(asked)


@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_is_found_that_could_not_be_said(lesson):
    """A guess from the choices could have been right; else `score` says so."""
    outputs = [o.get("text", "") for c in read(lesson).cells if c.cell_type == "code" for o in c.outputs]
    assert not [text for text in outputs if "could not be predicted" in text or "was not asked" in text]


def test_the_interviews_runs_need_nothing_but_the_tools():
    """So they may be taken in any order: a name is the cell's own, or was made by `place` or a cell of tools."""
    made, (tools, runs) = {"__builtins__", *dir(builtins)}, ([], [])
    for cell in [c for c in read("10_interview").cells if c.cell_type == "code"]:
        (tools if cell.id == "place" or cell.id.startswith("tools-") else runs).append(cell)
    for cell in tools:
        made |= names(cell.source)[0]
    for cell in runs:
        here, used = names(cell.source)
        # a cell that compares is the second half of the run before it
        before = names(runs[runs.index(cell) - 1].source)[0] if cell.id.endswith("-check") else set()
        assert used <= made | here | before, f"{cell.id}: {used - made - here - before}"


def names(source):
    """Those that it binds, anywhere, and those that it uses."""
    nodes = list(ast.walk(ast.parse(source)))
    found = [n for n in nodes if isinstance(n, ast.Name)]
    bound = {n.id for n in found if not isinstance(n.ctx, ast.Load)} | {n.arg for n in nodes if isinstance(n, ast.arg)}
    bound |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ExceptHandler)}
    bound |= {(a.asname or a.name).split(".")[0] for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
    return bound, {n.id for n in found if isinstance(n.ctx, ast.Load)}


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_cells_are_short(lesson):
    for cell in read(lesson).cells:
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if line.strip()]
            longest = 26 if cell.source.startswith("%%writefile") else 16  # a program of its own is whole
            assert len(lines) <= longest, f"{cell.id}: {len(lines)} lines"
            assert all(len(line) <= 104 for line in lines), f"{cell.id}: too wide for a screen"


@pytest.mark.parametrize(("file", "separator"), [("rabbitmq.conf", " = "), ("kafka.properties", "="), ("redis.conf", " ")])
def test_every_line_of_a_configuration_is_explained(file, separator):
    text = prose("02_setup")
    for line in (CONFIG / file).read_text().splitlines():
        if line and not line.startswith("#"):
            assert f"`{line.split(separator)[0]}`" in text, f"02_setup does not explain {line} of {file}"


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_each_cell_may_be_run_twice(brokers_up, lesson, tmp_path, monkeypatch):
    configure()
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    node = read(lesson)
    client = NotebookClient(node, timeout=60, resources={"metadata": {"path": str(paths.NOTEBOOKS)}})
    with client.setup_kernel():
        for index, cell in enumerate(node.cells):
            if cell.cell_type != "code":
                continue
            client.execute_cell(cell, index)
            once = compared(cell)
            client.execute_cell(cell, index)
            assert compared(cell) == once, f"{cell.id} says something else the second time"


@pytest.mark.broker
@pytest.mark.slow
def test_a_nack_loop_ends_on_one_version_and_goes_on_on_the_other(brokers_up, tmp_path, monkeypatch):
    """The optional cell of lesson 5, switched on."""
    if provider.chosen() != "native":
        pytest.skip("the older RabbitMQ comes from Debian's packages")
    configure()
    monkeypatch.setenv("WORKBOOK_WORK", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    node = read("05_failures")
    wanted = ("place", "rabbit-tools", "rounds", "side-by-side", "end")
    node.cells = [cell for cell in node.cells if cell.id in wanted]
    (side,) = [cell for cell in node.cells if cell.id == "side-by-side"]
    side.source = side.source.replace("SIDE_BY_SIDE = False", "SIDE_BY_SIDE = True")
    node.cells[-1].source = "place.close()"
    NotebookClient(node, timeout=240, resources={"metadata": {"path": str(paths.NOTEBOOKS)}}).execute()
    told = "".join(output.get("text", "") for output in side.outputs)
    assert re.search(r"RabbitMQ 4\.0\.\d+ +basic_nack +ends after 21", told), told
    assert re.search(r"RabbitMQ 4\.0\.\d+ +basic_reject +ends after 21", told), told
    assert re.search(r"yours +basic_reject +ends after 21", told), told
    version = tuple(map(int, brokers.server("rabbitmq").version().split(".")[:2]))
    assert ("yours           basic_nack   goes on after 300" in told) == (version >= (4, 3)), told


def compared(cell):
    if "nbval-check-output" not in cell.metadata.get("tags", []):
        return None
    return "".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)
