"""An order's id: a token that can be found in a message without knowing its format."""

import random
import re
from collections.abc import Iterable

PATTERN = re.compile(rb"ord-[0-9a-z]{10}")
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


def draw(rng: random.Random, count: int) -> list[str]:
    """`count` distinct ids such as "ord-7f3kq2mz4r"."""
    ids: dict[str, None] = {}
    while len(ids) < count:
        ids["ord-" + "".join(rng.choices(_ALPHABET, k=10))] = None
    return list(ids)


def find(*places: bytes | str | Iterable[bytes | str] | None) -> str | None:
    """The first order id in the given places, looked through in order (headers, properties, payload); None if there is none."""
    for place in places:
        if place is None:
            continue
        parts = (place,) if isinstance(place, (bytes, str)) else place
        for part in parts:
            raw = part.encode("utf-8", "replace") if isinstance(part, str) else bytes(part)
            if match := PATTERN.search(raw):
                return match.group().decode()
    return None


def find_all(*places: bytes | str) -> list[str]:
    """Every order id in the given places, each once."""
    raw = (place.encode("utf-8", "replace") if isinstance(place, str) else place for place in places)
    return list(dict.fromkeys(match.group().decode() for place in raw for match in PATTERN.finditer(place)))
