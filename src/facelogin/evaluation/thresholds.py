"""The thresholds of one comparison by false-match rate: everybody's, and each group's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from facelogin.evaluation.comparisons import Histogram
from facelogin.evaluation.intervals import MIN_HITS
from facelogin.evaluation.rates import pairs_of_people
from facelogin.evaluation.splits import Pooled

FMRS = (1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5)
LOW_FMRS = (5e-6, 2e-6, 1e-6)
"""Rates for which no group of a few thousand pictures is large enough: over all pairs only."""
_DOUBT = 0.2
"""The probability that the true rate is above the target all the same: one-sided."""
_CERTAIN = 500
"""With so many pairs of people the margin is below 4 %, and chance is left alone."""

Key = tuple[str, int]
Thresholds = Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Thresholds by rate. A rate at which too few pairs of people lie so close is missing."""

    everybody: Thresholds
    groups: Mapping[Key, Thresholds]

    @property
    def worst(self) -> Thresholds:
        """The smallest threshold of any group and of everybody, where all of them have one."""
        every = (self.everybody, *self.groups.values())
        rates = [fmr for fmr in self.everybody if all(fmr in one for one in every)]
        return {fmr: min(one[fmr] for one in every) for fmr in rates}

    def share_of_everybody(self, fmr: float) -> float:
        """Return how much smaller the worst threshold is, at the lowest rate that has one.

        That is, of those not below ``fmr``; 1 without any group.
        """
        known = [rate for rate in self.worst if rate >= fmr]
        return self.worst[min(known)] / self.everybody[min(known)] if known else 1.0


def measure(pool: Pooled, groups: tuple[Key, ...]) -> Measured:
    """Return the thresholds of everybody and of these groups, each among its own."""
    closest = pool.comparison.closest()
    people = pool.crowd.left[closest.left], pool.crowd.right[closest.right]
    found = {}
    for column, number in groups:
        left, right = (labels[column] for labels in pool.labels)
        inside = (left[closest.left] == number) & (right[closest.right] == number)
        found[column, number] = _thresholds(
            pool.comparison.within[column, number],
            closest.distances[inside],
            (people[0][inside], people[1][inside]),
        )
    everybody = _thresholds(pool.comparison.impostors, closest.distances, people)
    return Measured(everybody, found)


def measure_low(pool: Pooled) -> Thresholds:
    """Return everybody's thresholds at the rates below those that groups are measured at."""
    closest = pool.comparison.closest()
    people = pool.crowd.left[closest.left], pool.crowd.right[closest.right]
    return _thresholds(pool.comparison.impostors, closest.distances, people, rates=LOW_FMRS)


def _thresholds(
    impostors: Histogram,
    distances: NDArray[np.float32],
    people: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    rates: Sequence[float] = FMRS,
) -> dict[float, float]:
    found: dict[float, float] = {}
    for fmr in rates:
        hits = int(np.searchsorted(distances, impostors.threshold(fmr)))
        if hits == len(distances) < impostors.total:
            found[fmr] = impostors.threshold(fmr)  # more hits than were kept as such
            continue
        pairs = pairs_of_people(people[0][:hits], people[1][:hits])
        if pairs < MIN_HITS:
            break
        found[fmr] = impostors.threshold(fmr * _allowed(pairs) / pairs)
    return found


def _allowed(expected: int) -> int:
    """Return how many hits are so few that their expected number is hardly too high.

    The largest number that a Poisson variable of that mean stays at or below with the probability
    of the doubt that is left.
    """
    if expected > _CERTAIN:
        return expected
    term = total = exp(-expected)
    count = 0
    while total <= _DOUBT:
        count += 1
        term *= expected / count
        total += term
    return max(count - 1, 0)
