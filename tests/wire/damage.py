"""Recorded conversations, hurt: bits flipped, pieces lost, repeated, thrown in."""

import random
from collections.abc import Sequence


def hurt(conversation: Sequence[tuple], rng: random.Random, most: int) -> list[tuple]:
    """A copy with one to `most` injuries. Each piece is a tuple whose last item is its bytes."""
    pieces = [(*piece[:-1], bytearray(piece[-1])) for piece in conversation]
    for _ in range(rng.randint(1, most)):
        data = rng.choice(pieces)[-1]
        at = rng.randrange(len(data) or 1)
        match rng.randrange(4):
            case 0 if data:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at:at + rng.randint(1, 20)]
            case 2:
                data[at:at] = data[at:at + rng.randint(1, 20)]
            case _:
                data[at:at] = rng.randbytes(rng.randint(1, 30))
    return [(*piece[:-1], bytes(piece[-1])) for piece in pieces]
