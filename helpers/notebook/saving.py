"""What is left out of a notebook when it is saved: widgets, which are nothing without the kernel that made them.

Reopened without it, JupyterLab would say "model not found" in place of the text that says the same
(JupyterLab shows the richest form of an output that it knows, and does not fall back).
"""

from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"


def without_widgets(notebook: dict[str, Any]) -> None:
    """Take the widget out of each output that has another form too, and the saved state out of the metadata."""
    notebook.get("metadata", {}).pop("widgets", None)
    for cell in notebook.get("cells", ()):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if WIDGET in data and len(data) > 1:
                del data[WIDGET]


def before_saving(model: dict[str, Any], **_: Any) -> None:
    """A `pre_save_hook` (Jupyter Server documentation, "File save hooks")."""
    if model.get("type") == "notebook" and (model.get("content") or {}).get("nbformat") == 4:
        without_widgets(model["content"])
