"""How often the same comes round in a run: from some number on, it would for ever."""

from collections import Counter

HOT_LOOP = 400
"""Returns of one order to its queue after which a run has shown enough."""

REFUSED_ATTEMPTS = 25
"""Attempts to charge an order that the shop has refused for good, after which a run has shown enough."""

FAILED_ATTEMPTS = 40
"""Attempts to charge an order that the shop never will, where it is to be given up after a few."""


class Rounds:
    """By order.

    returns:   to its queue. came_back: published, and returned as unroutable.
    refused_attempts, failed_attempts: to charge it, answered with 422, with another error.
    """

    def __init__(self):
        self.returns: Counter[str] = Counter()
        self.came_back: Counter[str] = Counter()
        self.refused_attempts: Counter[str] = Counter()
        self.failed_attempts: Counter[str] = Counter()

    @property
    def too_many(self) -> bool:
        return (_most(self.returns) > HOT_LOOP or _most(self.refused_attempts) > REFUSED_ATTEMPTS
                or _most(self.came_back) > HOT_LOOP)

    @property
    def never_given_up(self) -> bool:
        """Where orders are to be given up after a few attempts."""
        return _most(self.failed_attempts) > FAILED_ATTEMPTS


def _most(counted: Counter[str]) -> int:
    return max(counted.values(), default=0)
