"""How sure one can be of a rate, from how often something happened."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959963984540054
"""Of the normal distribution: 95 % lie within so many deviations."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` of ``of``, with 95 % bounds."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The rate itself; 0 where there was nothing to count."""
        return self.count / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        """The lower end of Wilson's interval (1927)."""
        return max(0.0, self._middle() - self._half()) if self.of and self.count else 0.0

    @property
    def high(self) -> float:
        """The upper end of Wilson's interval; where nothing was counted, the rule of three's.

        The rule of three (Hanley and Lippman-Hand, 1983): of n without one, at most 3/n at 95 %.
        """
        if not self.of:
            return 1.0
        if not self.count:
            return min(1.0, 3 / self.of)
        if self.count == self.of:
            return 1.0  # which the interval's sum misses by its last digit
        return min(1.0, self._middle() + self._half())

    def _middle(self) -> float:
        return (self.value + _Z**2 / (2 * self.of)) / (1 + _Z**2 / self.of)

    def _half(self) -> float:
        spread = self.value * (1 - self.value) / self.of + _Z**2 / (4 * self.of**2)
        return _Z / (1 + _Z**2 / self.of) * math.sqrt(spread)
