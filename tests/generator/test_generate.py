"""Generated files: complete, stable, and the same as what is committed."""

import json

import nbformat
import pytest

from helpers.bench import generate as generator
from helpers.bench import mistakes_page
from helpers.bench.catalogue import Mistake
from helpers.bench.lab_notebook import split


def write(files):
    for path, text in files.items():
        path.write_text(text)


def book(files, name):
    return nbformat.reads(next(t for p, t in files.items() if p.name == name), as_version=4)


def test_twice_the_same(lab):
    first = generator.generate(lab)
    write(first)
    assert generator.generate(lab) == first


def test_the_starter_and_the_cell_hold_the_same_program(lab):
    files = generator.generate(lab)
    cells = {c.id: c for c in book(files, "lab.ipynb").cells}
    for role in lab.roles:
        starter = files[lab.folder / f"{role}.py"]
        assert "done = None" in starter and "region" not in starter
        cell = cells["check" if len(lab.roles) == 1 else f"program-{role}"]
        assert cell.source.split("\n", 1)[1] + "\n" == starter


def test_every_cell_says_where_it_comes_from(lab):
    files = generator.generate(lab)
    for name in ("lab.ipynb", "solution.ipynb"):
        for cell in book(files, name).cells:
            assert cell.metadata.workbook["from"]


def test_the_notebook_tells_what_the_bench_does_and_what_must_hold(lab):
    text = "\n".join(c.source for c in book(generator.generate(lab), "lab.ipynb").cells)
    for said in ("killed, and told again", "at most once", "`QUEUE`", "five minutes", "hint()", "## The situation"):
        assert said in text
    assert "`TOPIC`" not in text


def test_the_solution_shows_reasons_other_guarantees_and_mistakes(lab):
    cells = book(generator.generate(lab), "solution.ipynb").cells
    text = "\n".join(c.source for c in cells)
    for said in ("Count after the work", "Because.", "--guarantee at-most-once", "<code>never-ack</code>", "idle-poller"):
        assert said in text
    if len(lab.roles) == 1:
        assert [c.id for c in cells if c.id.startswith("wrong-") and c.id.endswith("-check")] == ["wrong-a-check", "wrong-c-check"]


def test_outputs_of_unchanged_cells_are_kept_and_of_changed_ones_dropped(lab):
    write(generator.generate(lab))
    path = lab.folder / "lab.ipynb"
    node = json.loads(path.read_text())
    for cell in node["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["kept\n"]}]
            cell["execution_count"] = 3
    path.write_text(json.dumps(node))
    program = lab.solution_folder / f"{lab.roles[-1]}.py"
    program.write_text(program.read_text().replace("done = None", "done = 0"))
    again = {c.id: c for c in book(generator.generate(lab), "lab.ipynb").cells}
    assert again["facts"].outputs[0].text == "kept\n"
    changed = "check" if len(lab.roles) == 1 else f"program-{lab.roles[-1]}"
    assert again[changed].outputs == [] and again[changed].execution_count is None


def test_check_names_what_is_stale(lab, monkeypatch, capsys):
    monkeypatch.setattr(generator, "load", lambda name: lab)
    assert generator.main(check=True, names=[lab.name]) == 1
    assert "stale" in capsys.readouterr().out
    assert generator.main(names=[lab.name]) == 0
    assert generator.main(check=True, names=[lab.name]) == 0


def test_a_bad_source_is_named_and_nothing_is_written(lab, monkeypatch, capsys):
    monkeypatch.setattr(generator, "load", lambda name: lab)
    (lab.solution_folder / f"{lab.roles[0]}.py").write_text("# region task: x\n")
    assert generator.main(names=[lab.name]) == 1
    assert f"{lab.roles[0]}.py:1: " in capsys.readouterr().err
    assert not (lab.folder / "lab.ipynb").exists()


def test_a_wrong_program_without_its_class_is_named(lab):
    (lab.solution_folder / "wrong" / "d.py").write_text("print(1)\n")
    with pytest.raises(ValueError, match=r"d\.py:1: the first line must be"):
        generator.generate(lab)


def test_the_story_is_split_at_its_headings_only():
    head, sections = split("# T\n\nOpening.\n\n```\n## no\n```\n\n## One\n\na\n\n## Two\n\nb\n")
    assert head == "Opening.\n\n```\n## no\n```"
    assert sections == ["## One\n\na", "## Two\n\nb"]


def test_the_page_of_mistakes_has_an_anchor_for_each_name():
    mistake = Mistake(
        name="auto-ack", title="Automatic acknowledgement", severity="cause", aliases=("prefetch-does-not-save",),
        labs=("07_rabbitmq_consumer",), exposes="killed in the middle", sentence="It forgets.", fix="Acknowledge.", why="",
        brokers=("rabbitmq",),
    )
    text = mistakes_page.page({"auto-ack": mistake})
    assert '<a id="auto-ack"></a>' in text and "prefetch-does-not-save" in text and "It forgets." in text


def test_what_is_committed_is_what_the_generator_writes(capsys):
    assert generator.main(check=True) == 0, capsys.readouterr().out
