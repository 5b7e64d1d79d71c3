"""Whether 32 bytes can be a random key, or were plainly made up by somebody."""

from __future__ import annotations

from itertools import pairwise

_LEAST_DISTINCT = 17
_PRINTABLE = range(0x20, 0x7F)


def weakness_of(secret: bytes) -> str | None:
    """Return what shows that these 32 bytes are no random number, as half a sentence, else None.

    A random key is refused once in 5e13: all of its bytes are printable with a chance of (95/256)
    to the 32nd power, 2e-14; fewer than 17 of them are distinct with one of 2e-15.
    """
    distinct = len(set(secret))
    if distinct == 1:
        return "all its bytes are equal"
    steps = {(after - before) % 256 for before, after in pairwise(secret)}
    if len(steps) == 1:
        return "its bytes follow one another in equal steps"
    if distinct < _LEAST_DISTINCT:
        return f"it has only {distinct} distinct bytes"
    if all(byte in _PRINTABLE for byte in secret):
        return "it is a text"
    return None
