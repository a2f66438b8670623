"""Small figures for lessons: one look, readable on a light and on a dark ground, with words for those who cannot see them.

    with plots.figure("Bytes of one order: JSON 128, XML 210") as (fig, ax):
        ax.barh(["JSON", "XML"], [128, 210], color=plots.COLOURS[0])
        ax.set_xlabel("bytes")
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import matplotlib
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK = "#76797f"
"""Text, axes, ticks: 4.3 to 1 on white as on JupyterLab's dark ground, so that no theme has to be known."""
FAINT = "#76797f55"
COLOURS = ("#3f82c9", "#c1690c", "#2b8a66", "#8f68c6", "#d2493f")
"""Blue, orange, green, violet, red: each 3 to 1 or more on both grounds. Tell series apart by a label or MARKERS too."""
MARKERS = ("o", "s", "^", "D", "v")

STYLE = {
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "text.color": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False, "grid.color": FAINT, "axes.axisbelow": True,
    "axes.titlesize": 10, "axes.titlelocation": "left", "axes.labelsize": 10, "xtick.labelsize": 9.5, "ytick.labelsize": 9.5,
    "font.size": 10, "font.family": "sans-serif", "legend.frameon": False, "legend.fontsize": 9.5, "lines.linewidth": 1.8,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS) + matplotlib.cycler(marker=MARKERS),
    "svg.fonttype": "none", "svg.hashsalt": "workbook", "axes.formatter.use_mathtext": True,
    "axes.formatter.min_exponent": 4,  # a log axis says 100, and not ten to the second
}


@contextmanager
def figure(words: str, width: float = 6.4, height: float = 2.4, **subplots: object) -> Iterator[tuple[Figure, Axes]]:
    """A figure to draw in; leaving the block shows it. `words` say what it shows, for readers who get no picture.

    `width` and `height` in inches (72 px each); `subplots` go to Figure.subplots (`ncols=2` yields two axes).
    """
    with matplotlib.rc_context(STYLE):
        drawn = Figure(figsize=(width, height), layout="constrained")
        yield drawn, drawn.subplots(**subplots)
        display({"image/svg+xml": svg(drawn, words), "text/plain": words}, raw=True)


def svg(drawn: Figure, words: str) -> str:
    """The figure as one SVG element: the same each time, on no ground, named by `words`."""
    FigureCanvasSVG(drawn)
    target = io.StringIO()
    drawn.savefig(target, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, transparent=True)
    text = target.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    head = f'<svg role="img" aria-label="{escape(words)}"'
    text = text.replace("<svg", head, 1).replace(">", f"><title>{escape(words)}</title>", 1)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def label_bars(ax: Axes, form: str = "{:,.0f}") -> None:
    """Write each bar's value at its end, with room for it."""
    for bars in ax.containers:
        ax.bar_label(bars, fmt=lambda value: form.format(value), padding=4, fontsize=9.5)
    ax.margins(x=0.14) if ax.containers and ax.containers[0].orientation == "horizontal" else ax.margins(y=0.16)
