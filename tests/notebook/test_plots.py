"""A lesson's figure: the same each time, readable on both grounds, with its words."""

import re
from xml.etree import ElementTree

import pytest

from helpers.notebook import plots

LIGHT, DARK = "#ffffff", "#111111"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def drawing(monkeypatch) -> dict:
    shown = []
    monkeypatch.setattr(plots, "display", lambda data, raw: shown.append(data))
    with plots.figure("Bytes <of> one order: JSON 128, XML 210") as (_, ax):
        ax.barh(["JSON", "XML"], [128, 210], color=plots.COLOURS[0])
        plots.label_bars(ax)
        ax.set_xlabel("bytes")
    (data,) = shown
    return data


@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_ink_and_colours_can_be_read_on_both_grounds(ground):
    assert contrast(plots.INK, ground) >= 4.2
    assert all(contrast(colour, ground) >= 3 for colour in plots.COLOURS)


def test_the_drawing_is_small_and_the_same_each_time_and_has_no_ground(monkeypatch):
    first, second = drawing(monkeypatch)["image/svg+xml"], drawing(monkeypatch)["image/svg+xml"]
    assert first == second and len(first) < 20_000
    tree = ElementTree.fromstring(first)
    assert "Bytes <of> one order" in tree.attrib["aria-label"]
    inks = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", first))
    assert inks <= {plots.INK, *plots.COLOURS}, "black or white ink vanishes on one of the grounds"
    assert {"JSON", "XML", "bytes", "128", "210"} <= {(t.text or "").strip() for t in tree.iter() if t.tag.endswith("text")}


def test_the_words_stand_beside_it_and_an_error_shows_nothing(monkeypatch):
    assert drawing(monkeypatch)["text/plain"].startswith("Bytes <of>")
    shown = []
    monkeypatch.setattr(plots, "display", lambda data, raw: shown.append(data))
    with pytest.raises(ZeroDivisionError), plots.figure("none"):
        1 / 0
    assert not shown
