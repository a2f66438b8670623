"""What a wish is: one thing that is asked of a set-up, and what was found where it does not hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from helpers.bench.catalogue import CATALOGUE
from helpers.bench.report import Finding, Moment, WishRecord


@dataclass(frozen=True)
class Found:
    """Why a wish does not hold.

    mistake:  its class (helpers.bench.catalogue).
    sentence: what was found, against what was asked.
    proof:    the broker's own answers or log lines, one each.
    fix:      what to do; empty for the catalogue's.
    """

    mistake: str
    sentence: str
    proof: tuple[str, ...] = ()
    fix: str = ""

    def finding(self) -> Finding:
        mistake = CATALOGUE[self.mistake]
        return Finding(mistake.name, mistake.severity, mistake.title, self.sentence, self.fix or mistake.fix, mistake.page,
                       proof=[Moment(None, line) for line in self.proof])


class Wish:
    """One wish; subclasses are frozen dataclasses, and hold only what is asked.

    `title` tells it to the learner. `examine` is a pure function of what the examination has seen (the class named in
    `sees`): None where the wish holds. It may raise NotSeen where the examination did not come so far.
    """

    of: ClassVar[str] = ""
    """The role whose file it is about, where there are several."""

    @property
    def name(self) -> str:
        """kebab-case, unique among the wishes of a lab."""
        words = [self.of, re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower(), *self._words()]
        return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-")

    def _words(self) -> tuple[str, ...]:
        return ()

    @property
    def title(self) -> str:
        raise NotImplementedError

    def examine(self, seen: Any) -> Found | None:
        raise NotImplementedError


class NotSeen(Exception):
    """The examination did not come so far that a wish could be examined."""


def record(wish: Wish, seen: Any) -> WishRecord:
    """The wish, examined; `seen` None: the examination never came so far."""
    try:
        found = wish.examine(seen) if seen is not None else None
    except NotSeen:
        seen = found = None
    holds = None if seen is None else found is None
    return WishRecord(wish.name, wish.title, holds, found.finding() if found else None, wish.of)


def listed(words: Any) -> str:
    """"a", "a and b", "a, b and c"; "nothing" for none."""
    words = list(words)
    if len(words) < 2:
        return words[0] if words else "nothing"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def several(count: int, one: str) -> str:
    return f"{count} {one}" + "s" * (count != 1)


def settings(values: Mapping[str, Any]) -> str:
    """"a=1, b=2" for a proof."""
    return ", ".join(f"{name}={value}" for name, value in values.items()) or "none"


def last_words(start: Any) -> tuple[str, ...]:
    """The last line that a program printed, as a line of a proof."""
    lines = [line.strip() for line in start.program.output.splitlines() if line.strip()]
    return tuple(f"your program: {line[:300]}" for line in lines[-1:])
