"""The picture of a run: one layout (model.py), drawn still (svg.py) and live (js/), saved as a page (export.py)."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = ("run", "picture", "pane", "whole", "page")
"""In the order in which they need each other."""


@cache
def code() -> str:
    """The live picture's script, one module: a page can carry it, and needs no loader and no build step."""
    return "\n".join((HERE / "js" / f"{name}.js").read_text() for name in SCRIPTS)
