"""work/ gets what is new and never loses what the learner wrote."""

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from helpers import paths
from helpers.bench.cells import code, notebook
from helpers.notebook import workspace


@pytest.fixture
def clone(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name in ("LABS", "SOLUTIONS", "NOTEBOOKS", "WORK", "STATE"):
        monkeypatch.setattr(paths, name, tmp_path / name.lower())
    monkeypatch.setattr(workspace, "configure", lambda: None)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "labs" / "07_x").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    write(tmp_path, "1")
    (tmp_path / "labs" / "07_x" / "lab.py").write_text("LAB = 0\n")
    (tmp_path / "labs" / "07_x" / "consumer.py").write_text("starter\n")
    return tmp_path


def write(clone, source):
    cell = code("a", source, "here")
    cell["outputs"] = [nbformat.v4.new_output("stream", text="shipped\n")]
    for path in ("notebooks/00.ipynb", "labs/07_x/lab.ipynb"):
        (clone / path).write_text(notebook([cell]))


def first(path):
    return nbformat.read(path, as_version=4).cells[0]


def test_what_is_new_is_laid_without_outputs_and_trusted(clone):
    assert workspace.lay() == []
    laid = clone / "work" / "notebooks" / "00.ipynb"
    assert first(laid).source == "1" and first(laid).outputs == []
    assert not (clone / "work" / "labs" / "07_x" / "lab.py").exists()
    folder = clone / "state" / "jupyter"
    notary = NotebookNotary(db_file=str(folder / workspace.SIGNATURES), secret_file=str(folder / workspace.SECRET))
    assert notary.check_signature(nbformat.read(laid, as_version=4))


def test_what_the_learner_only_ran_is_renewed_and_what_they_wrote_is_kept(clone):
    workspace.lay()
    ran, wrote = clone / "work/notebooks/00.ipynb", clone / "work/labs/07_x/lab.ipynb"
    node = nbformat.read(ran, as_version=4)
    node.cells[0].outputs = [nbformat.v4.new_output("stream", text="mine\n")]
    nbformat.write(node, ran)
    node.cells[0].source = "my own"
    nbformat.write(node, wrote)
    workspace.lay()
    assert first(ran).outputs and first(wrote).source == "my own"
    write(clone, "2")
    said = []
    assert workspace.lay(said.append) == [wrote]
    assert first(ran).source == "2" and first(wrote).source == "my own"
    assert first(wrote.with_name("lab.new.ipynb")).source == "2"
    assert any("kept as you have it: work/labs/07_x/lab.ipynb" in line for line in said)
    assert workspace.lay() == []


def test_a_program_in_work_is_the_learner_s(clone):
    workspace.lay()
    mine = clone / "work/labs/07_x/consumer.py"
    mine.write_text("mine\n")
    (clone / "labs/07_x/consumer.py").write_text("starter 2\n")
    assert workspace.lay() == [mine] and mine.read_text() == "mine\n"


def test_a_broken_notebook_of_the_learner_s_is_kept(clone):
    workspace.lay()
    mine = clone / "work/notebooks/00.ipynb"
    mine.write_text("{ not json")
    write(clone, "2")
    workspace.lay()
    assert mine.read_text() == "{ not json"


def test_the_environment_is_configured_once(tmp_path):
    workspace.configure(tmp_path)
    file = tmp_path / "etc" / "ipython" / "ipython_kernel_config.py"
    before = file.stat().st_mtime_ns
    workspace.configure(tmp_path)
    assert file.stat().st_mtime_ns == before
    compile(file.read_text(), str(file), "exec")
    assert (tmp_path / "etc" / "jupyter" / "labconfig").exists()


def test_configuration_files_are_starters_too(clone):
    (clone / "labs" / "07_x" / "redis.conf").write_text("port 1\n")
    (clone / "labs" / "07_x" / "server.properties").write_text("num.partitions=1\n")
    workspace.lay()
    laid = {path.name for path in (clone / "work" / "labs" / "07_x").iterdir()}
    assert {"consumer.py", "redis.conf", "server.properties"} <= laid and "lab.py" not in laid
