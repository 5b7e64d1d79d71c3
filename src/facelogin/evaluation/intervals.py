"""How sure a rate is: Wilson's interval, and the rule of three where nothing happened."""

from __future__ import annotations

from math import sqrt

_Z = 1.959964
"""Of a two-sided interval at 95 %."""
MIN_HITS = 10
"""Fewer different events than this make no figure: the interval would span a factor of three."""

Interval = tuple[float, float]


def rate_interval(hits: int, trials: int) -> Interval:
    """Return the 95 % interval of a rate of independent trials.

    Wilson's score interval (E. B. Wilson, 1927); without a hit, or without a miss, the rule of
    three (J. A. Hanley and A. Lippman-Hand, 1983). Raises ValueError without trials.
    """
    if trials < 1 or not 0 <= hits <= trials:
        raise ValueError("a rate needs trials, and no more hits than these")
    if hits == 0:
        return 0.0, min(1.0, 3 / trials)
    if hits == trials:
        return max(0.0, 1 - 3 / trials), 1.0
    rate, per = hits / trials, _Z**2 / trials
    centre = (rate + per / 2) / (1 + per)
    reach = sqrt(rate * (1 - rate) * per + per**2 / 4) / (1 + per)
    return centre - reach, centre + reach
