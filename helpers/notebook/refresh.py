"""Runs committed notebooks anew and writes their outputs back, normalised: `python -m helpers.notebook.refresh [FILE…]`."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from helpers import paths
from helpers.bench.cells import text
from helpers.notebook.saving import without_widgets

SEED = "4711"
"""Of the runs that are shown to a reader on the web."""


def refresh(path: Path) -> None:
    """Run the notebook in its own folder, the learner's files elsewhere. Raises CellExecutionError."""
    node = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as work:
        os.environ |= {"WORKBOOK_SEED": SEED, "WORKBOOK_WORK": work, "JPY_SESSION_NAME": str(path)}
        NotebookClient(node, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    normalise(node)
    path.write_text(text(node))


def normalise(node: nbformat.NotebookNode) -> None:
    """Counts 1, 2, 3…; no times and no kernel's version; no name of a folder that is only on this machine."""
    count = 0
    node.metadata["language_info"] = {"name": "python"}
    without_widgets(node)
    for cell in node.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = count
            output.get("metadata", {}).clear()
            for holder, key in _texts(output):
                holder[key] = holder[key].replace(f"{paths.ROOT}/", "").replace(os.environ.get("WORKBOOK_WORK", "\0"), "work")


def _texts(output: nbformat.NotebookNode) -> Iterator[tuple[dict, str]]:
    if "text" in output:
        yield output, "text"
    yield from ((output["data"], key) for key in output.get("data", {}) if isinstance(output["data"][key], str))


def shipped() -> list[Path]:
    """Every notebook that the workbook ships."""
    return [*sorted(paths.NOTEBOOKS.glob("*.ipynb")), *sorted(paths.LABS.glob("*/lab.ipynb")),
            *sorted(paths.SOLUTIONS.glob("*/solution.ipynb"))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m helpers.notebook.refresh", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="FILE", help="a notebook of the workbook; none: all")
    chosen = [path.resolve() for path in parser.parse_args().notebooks] or shipped()
    strange = [path for path in chosen if path not in shipped()]
    if strange:
        parser.error(f"{strange[0]} is no notebook that the workbook ships")
    for path in chosen:
        print(path.relative_to(paths.ROOT), flush=True)
        refresh(path)


if __name__ == "__main__":
    main()
