"""What a hook may ask for the unit whose event it was shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Before:
    """Flush everything earlier, do not forward this unit, then call fn()."""

    fn: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class After:
    """Forward the unit, flush it, then call fn()."""

    fn: Callable[[], Any]


class _Drop:
    """Swallow the unit; the decoder keeps the protocol in step."""

    def __repr__(self) -> str:
        return "DROP"


DROP = _Drop()
Action = Before | After | _Drop
