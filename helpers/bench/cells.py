"""Cells and notebooks as text: stable ids, where a cell comes from, and the outputs of cells that did not change."""

import json
from pathlib import Path
from typing import Any

import nbformat

Cell = dict[str, Any]
SHOWN = "nbval-ignore-output"
"""Tag of a cell whose output differs from run to run (a card, a picture)."""
COMPARED = "nbval-check-output"
"""Tag of a cell whose output nbval compares."""


def markdown(ident: str, source: str, origin: str) -> Cell:
    return _cell("markdown", ident, source, origin)


def code(ident: str, source: str, origin: str, *tags: str) -> Cell:
    return {**_cell("code", ident, source, origin, *tags), "execution_count": None, "outputs": []}


def _cell(kind: str, ident: str, source: str, origin: str, *tags: str) -> Cell:
    metadata: dict[str, Any] = {"workbook": {"from": origin}}
    if tags:
        metadata["tags"] = list(tags)
    return {"cell_type": kind, "id": ident, "metadata": metadata, "source": source.strip("\n")}


def notebook(cells: list[Cell], existing: Path | None = None) -> str:
    """The notebook's text. A code cell that `existing` holds with the same id and source keeps its outputs, so that
    generating again never costs a run. Raises ValueError where two cells share an id."""
    kept = _kept(existing) if existing else {}
    ids = [cell["id"] for cell in cells]
    if len(set(ids)) != len(ids):
        raise ValueError(f"cell ids are not unique: {sorted({i for i in ids if ids.count(i) > 1})}")
    for cell in cells:
        old = kept.get((cell["id"], cell["source"]))
        if old and cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = old["outputs"], old["execution_count"]
    return text(
        nbformat.from_dict({
            "nbformat": 4, "nbformat_minor": 5, "cells": cells,
            "metadata": {
                "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
        })
    )


def text(node: nbformat.NotebookNode) -> str:
    """The one way in which this project writes a notebook. Raises nbformat.ValidationError."""
    nbformat.validate(node)
    return nbformat.writes(node, indent=1).rstrip("\n") + "\n"


def _kept(path: Path) -> dict[tuple[str, str], Cell]:
    try:
        old = nbformat.read(path, as_version=4)
    except (OSError, json.JSONDecodeError, nbformat.reader.NotJSONError, nbformat.ValidationError):
        return {}
    return {(c.get("id", ""), c["source"]): c for c in old.cells if c["cell_type"] == "code"}
