"""What a mistake is: a class of observable behaviour, told in a verdict and on the page of mistakes."""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Mistake:
    """A class of observable behaviour.

    aliases:  human mistakes that look like this on the wire.
    exposes:  what the bench does that brings it to light.
    sentence: what happened, as told in a verdict; `{orders}` stands for the orders concerned, `{was/were}` for one word of two.
    fix:      what to do, in the imperative.
    why:      a few lines for the page of mistakes.
    pace:     it says how often and how soon an order was tried, and nothing of where another one was lost.
    """

    name: str
    title: str
    severity: Literal["cause", "remark"]
    brokers: tuple[str, ...]
    labs: tuple[str, ...]
    sentence: str
    fix: str
    exposes: str
    why: str
    aliases: tuple[str, ...] = ()
    pace: bool = False

    def tell(self, orders: str, many: bool = False) -> str:
        """The sentence about these orders; `{it/they}` in it stands for one word or the other."""
        sentence = re.sub(r"\{(\w*)/(\w*)\}", r"\2" if many else r"\1", self.sentence).replace("{orders}", orders)
        return sentence[0].upper() + sentence[1:]

    @property
    def page(self) -> str:
        return f"docs/mistakes.md#{self.name}"
