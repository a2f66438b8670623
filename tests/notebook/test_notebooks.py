"""Every shipped notebook runs under nbval, and what its prose says of a run is so."""

import json
import re
import subprocess
import sys

import nbformat
import pytest

from helpers import paths
from helpers.bench.cells import COMPARED, SHOWN
from helpers.notebook.refresh import normalise, shipped

START = paths.NOTEBOOKS / "00_start_here.ipynb"
NAMES = [str(p.relative_to(paths.ROOT)) for p in shipped()]


@pytest.mark.parametrize("name", NAMES)
def test_each_result_is_compared_and_each_output_is_there(name):
    node = nbformat.read(paths.ROOT / name, as_version=4)
    cells = [c for c in node.cells if c.cell_type == "code"]
    for before, after in zip(cells, cells[1:], strict=False):
        if before.source.startswith(("%%check", "%check ")):
            assert SHOWN in before.metadata.tags
            assert COMPARED in after.metadata.get("tags", []), f"nothing is compared after {before.id}"
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        assert cell.outputs or not tags, f"{cell.id} has no output: python -m helpers.notebook.refresh {name}"
        assert cell.execution_count


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_notebook_is_normal_and_small_and_tells_no_machine(name):
    text = (paths.ROOT / name).read_text()
    node = nbformat.reads(text, as_version=4)
    again = nbformat.from_dict(json.loads(json.dumps(node)))
    normalise(again)
    assert again == node
    assert str(paths.ROOT) not in text and "/tmp/" not in text
    assert len(text) < 300_000


def test_links_lead_somewhere():
    for name in NAMES:
        path = paths.ROOT / name
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", cell.source):
                    assert "://" in target or (path.parent / target).exists(), f"{name}: {target}"


@pytest.mark.broker
def test_one_word_changed_and_it_is_kept(rabbitmq, tmp_path):
    """00_start_here, "Keep it"."""
    cell = next(c for c in nbformat.read(START, as_version=4).cells if c.id == "first").source
    assert cell.count("AUTO_ACK = True") == 1
    magic, program = cell.split("\n", 1)
    file = tmp_path / "consumer.py"
    file.write_text(program.replace("AUTO_ACK = True", "AUTO_ACK = False"))
    _, lab, *options = magic.split()
    done = subprocess.run([sys.executable, "-m", "helpers", "check", lab, str(file), *options, "--json"],
                          capture_output=True, text=True, cwd=paths.ROOT, stdin=subprocess.DEVNULL)
    report = json.loads(done.stdout)
    assert report["verdict"] == "pass" and len(report["orders"]["charged"]) == 24
    assert [report["numbers"][o] for o in report["orders"]["duplicated"]] == [7]
