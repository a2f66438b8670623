"""The picture of a run: one layout (model.py), drawn still (svg.py) and live (timeline.js), saved as a page (export.py)."""

from pathlib import Path

HERE = Path(__file__).parent
