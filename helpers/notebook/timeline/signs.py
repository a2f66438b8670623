"""What must be seen at once in the still picture: second charges, turns, refusals, the lost; and what is said of them."""

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from helpers.notebook.timeline import strip
from helpers.notebook.timeline.model import AT_BROKER, BROKER, FOLDED
from helpers.notebook.timeline.words import WORDS, named

if TYPE_CHECKING:
    from helpers.notebook.timeline.svg import Drawing

NARROW = 560
"""Pixels of a narrow plot: signs and labels are laid out so that they do not touch even there."""
LETTER = 6.6
"""Pixels that a letter of a label takes, about."""
MANY = 8
"""Lost orders above which their crosses are drawn smaller."""
MOST_RANGES = 5
"""Of lost orders that are named beside their crosses; more are only counted."""
TURN = "M-3.2 -2.4A4 4 0 1 0 0 -4M-3.6 -5.4L-3.2 -2.4L-.2 -2.8"
"""A turning arrow: delivered again."""
BOX = "M-3.5 -3.5H3.5V3.5H-3.5Z"


class Signs:
    """Signs that would touch are drawn small, so that a crowd stays a crowd and not a slab."""

    def __init__(self, drawing: "Drawing"):
        self._drawing, self._model = drawing, drawing.model
        self._room: dict[str, float] = {}

    def __iter__(self) -> Iterator[str]:
        drawing, late = self._drawing, []
        for x, _, order, lane, kind, _, note, number in self._model.events:
            if order < 0 or (drawing.lean and drawing.status[order] == "ok"):
                continue
            name, y, at = strip.named(self._model.orders[order]), drawing.level(lane), drawing.at(x)
            if kind == "charged" and number > 1:
                if self._free("two", x, y, 17):
                    digit = f'<text x="{at}" y="{y + 4:g}">{number}</text>'
                    late.append(self._circle("two", at, y, 8, f"{name}: charged again", digit))  # its number stays on top
            elif kind == "accepted" and lane == drawing.shop:
                if self._free("kept", x, y, 8):
                    yield self._circle("kept", at, y, 3, f"{name}: accepted")
            elif kind in ("charge_failed", "returned", "refused"):
                if self._free("failed", x, y, 9):
                    yield self._circle("failed", at, y, 3.5, f"{name}: {note or WORDS[kind]}")
            elif kind in ("delivered", "redelivered") and number:
                if self._free("turn", x, y, 12):
                    yield sign("turn", at, y, TURN, f"{name}: delivered again")
            elif kind in AT_BROKER and self._free("box", x, y, 3):
                yield sign("back-in", at, y, BOX, f"{name}: {WORDS[kind]}")
        yield from late
        r = 4 if len(self._model.crosses) > MANY else 5
        for order, x, lane in self._model.crosses:
            shape = f"M-{r} -{r}L{r} {r}M{r} -{r}L-{r} {r}"
            title = f"{strip.named(self._model.orders[order])}: lost"
            yield sign("cross", drawing.at(x), drawing.level(lane), shape, title)
        yield from self._said()

    def _free(self, kind: str, x: float, y: float, pixels: int) -> bool:
        """Whether the sign has room; one that has none becomes a dot among the lines."""
        at = self._drawing.x(x)
        if at - self._room.get(kind, -1) >= pixels / NARROW:
            self._room[kind] = at
            return True
        self._drawing.crowd[kind].append(f"M{self._drawing.unit(x)} {y:g}h0")
        return False

    def _circle(self, name: str, x: str, y: float, r: float, title: str, inside: str = "") -> str:
        return f'<g class="{name}"><title>{escape(title)}</title><circle cx="{x}" cy="{y:g}" r="{r}"/>{inside}</g>'

    def _said(self) -> Iterator[str]:
        drawing, model = self._drawing, self._model
        if model.crosses:
            xs = [drawing.x(x) for _, x, _ in model.crosses]
            numbers = [model.orders[k]["n"] for k, _, _ in model.crosses]
            told = named(numbers)
            text = f"{told if told.count(',') < MOST_RANGES else f'{len(numbers)} orders'} lost"
            lowest = max(drawing.level(lane) for *_, lane in model.crosses)
            yield label("said lost", (min(xs) + max(xs)) / 2, lowest + 19, text)
        if model.folded:
            row = next(row for row in reversed(model.events) if row[2] in model.folded and row[4] in FOLDED)
            orders = named([model.orders[k]["n"] for k in model.folded])
            text = f"{orders}: {sum(model.folded.values()):,} more of these"
            yield label("said again", drawing.x(row[0]), drawing.y[BROKER] - 13, text)


def sign(name: str, x: str, y: float, shape: str, title: str) -> str:
    """A shape around a place."""
    return (f'<svg x="{x}" y="{y:g}" overflow="visible"><title>{escape(title)}</title>'
            f'<path class="{name}" d="{shape}"/></svg>')


def label(name: str, x: float, y: float, text: str) -> str:
    """Text around a share of the width, that stays inside it."""
    half = len(text) * LETTER / 2 / NARROW
    anchor = "end" if x + half > 1 else "start" if x - half < 0 else "middle"
    return f'<text class="{name}" x="{x * 100:.2f}%" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
