"""Erases many records some at a time, so that whoever else writes need not wait for all of it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

AT_ONCE = 200
_REST_S = 0.001

Key = TypeVar("Key")


def erase_in_parts(
    find: Callable[[Key | None], list[Key]], erase: Callable[[list[Key]], int]
) -> int:
    """Erase everything that there is to find; return how much that was.

    ``find`` is given the last key found, None at first, and returns up to ``AT_ONCE`` that are not
    erased yet. ``erase`` erases those in one write and returns how many still were to be. Between
    two writes others have as much time as the last one took. What was erased before an error stays
    erased.
    """
    total, after = 0, None
    while found := find(after):
        begun_s = monotonic()
        total += erase(found)
        if len(found) < AT_ONCE:
            break
        after = found[-1]
        sleep(max(monotonic() - begun_s, _REST_S))
    return total
