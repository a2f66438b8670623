"""Colours and shapes that every output of the workbook shares, in light and dark."""

from functools import cache
from pathlib import Path

LIGHT = {
    "ground": "#ffffff", "raised": "#f5f6f8", "line": "#d5dae1", "ink": "#1b2430", "soft": "#525e6d",
    "good": "#1a6b4f", "bad": "#b3261e", "twice": "#8f4a00", "doubt": "#4a4fa3", "link": "#0b57a4",
}
DARK = {
    "ground": "#15191f", "raised": "#1f252d", "line": "#3a434f", "ink": "#e8ebef", "soft": "#a9b3bf",
    "good": "#5fcf9f", "bad": "#ff8d80", "twice": "#ffb35c", "doubt": "#b0b5ff", "link": "#8ec5ff",
}


@cache
def style() -> str:
    """The style block. JupyterLab's own theme decides; elsewhere the system's preference does."""
    rules = Path(__file__).with_name("card.css").read_text()
    light, dark = _variables(LIGHT), _variables(DARK)
    head = (
        f".mqw{{{light}}}@media (prefers-color-scheme:dark){{.mqw{{{dark}}}}}"
        f'[data-jp-theme-light="true"] .mqw,.vscode-light .mqw{{{light}}}'
        f'[data-jp-theme-light="false"] .mqw,.vscode-dark .mqw{{{dark}}}'
        "[data-jp-theme-light] .mqw{--ground:var(--jp-layout-color0);--ink:var(--jp-content-font-color0)}"
    )
    return f"<style>{head}{' '.join(rules.split())}</style>"


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())
