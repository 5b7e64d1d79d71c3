"""How many bytes of requests a worker holds at once, and whose: pure bookkeeping."""

from __future__ import annotations

from collections import Counter

from facelogin.domain.fair_queue import Lane


class HeldBytes:
    """Shares out ``most`` bytes.

    The strangers of one site hold a half at the most, all strangers together three quarters: what
    is left is for devices that have signed in before.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[Lane] = Counter()

    @property
    def total(self) -> int:
        """How many bytes are held now."""
        return self._held.total()

    def take(self, lane: Lane, size: int) -> bool:
        """Take so many bytes, if there are as many for this lane; return whether there were."""
        if self.total + size > self._most:
            return False
        if not lane.known:
            strangers = sum(held for one, held in self._held.items() if not one.known)
            if (
                2 * (self._held[lane] + size) > self._most
                or 4 * (strangers + size) > 3 * self._most
            ):
                return False
        self._held[lane] += size
        return True

    def give_back(self, lane: Lane, size: int) -> None:
        """Give back what was taken."""
        self._held[lane] -= size
        if not self._held[lane]:
            del self._held[lane]
