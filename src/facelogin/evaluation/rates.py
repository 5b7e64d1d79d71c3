"""From compared pairs to error rates: what is accepted at which threshold, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelogin.evaluation.comparisons import Closest, Comparison
from facelogin.evaluation.intervals import MIN_HITS, Interval, rate_interval

FMRS = (1e-2, 1e-3, 1e-4, 1e-5)
_RESAMPLED = 200
_SEED = 20_240_229


@dataclass(frozen=True, slots=True)
class AtFmr:
    """The share of genuine pairs accepted where that share of impostor pairs is.

    ``ci`` is the middle 95 % of what comes out where people, not pairs, are drawn anew.
    ``pairs_of_people``: how many different ones are behind the hits, None: more than were kept.
    """

    fmr: float
    tar: float
    threshold: float
    ci: Interval
    pairs_of_people: int | None


@dataclass(frozen=True, slots=True)
class TooFew:
    """No figure: too few different pairs of people lie so close."""

    fmr: float
    pairs_of_people: int


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """Both error rates at a given threshold, with intervals as of independent pairs."""

    threshold: float
    fmr: float
    fmr_ci: Interval
    false_matches: int
    fnmr: float | None
    fnmr_ci: Interval | None


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is behind the rows of a comparison: the person of each row on either side.

    ``itself``: both sides are one, each pair counted once.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    itself: bool


def tars(
    comparison: Comparison, crowd: Crowd, fmrs: Sequence[float] = FMRS
) -> list[AtFmr | TooFew]:
    """Return the share of genuine pairs accepted at each false-match rate."""
    closest = comparison.closest()
    people = crowd.left[closest.left], crowd.right[closest.right]
    own = crowd.left[comparison.genuine_rows[:, 0]]
    return [_tar(comparison, crowd, closest, people, own, fmr) for fmr in fmrs]


def at_threshold(
    threshold: float,
    *,
    genuine: NDArray[np.float32],
    false_matches: int,
    impostors: int,
    splits: int = 1,
) -> AtThreshold | None:
    """Return both error rates there; None where there is no impostor pair.

    Pairs pooled over ``splits`` are the same people again: intervals are as of one split.
    """
    if impostors < 1:
        return None
    refused = int(np.sum(genuine > threshold))

    def interval(hits: int, trials: int) -> Interval:
        return rate_interval(round(hits / splits), max(trials // splits, 1))

    return AtThreshold(
        threshold=threshold,
        fmr=false_matches / impostors,
        fmr_ci=interval(false_matches, impostors),
        false_matches=false_matches,
        fnmr=refused / len(genuine) if len(genuine) else None,
        fnmr_ci=interval(refused, len(genuine)) if len(genuine) else None,
    )


def pairs_of_people(left: NDArray[np.int64], right: NDArray[np.int64]) -> int:
    """Return how many different pairs of people these are, either way round."""
    if not len(left):
        return 0
    most = int(max(left.max(), right.max())) + 1
    return len(np.unique(np.minimum(left, right) * most + np.maximum(left, right)))


def _tar(
    comparison: Comparison,
    crowd: Crowd,
    closest: Closest,
    people: tuple[NDArray[np.int64], NDArray[np.int64]],
    own: NDArray[np.int64],
    fmr: float,
) -> AtFmr | TooFew:
    threshold = comparison.impostors.threshold(fmr)
    hits = int(np.searchsorted(closest.distances, threshold))
    known = hits < len(closest.distances) or hits == comparison.impostors.total
    different = pairs_of_people(people[0][:hits], people[1][:hits])
    if known and different < MIN_HITS:
        return TooFew(fmr, different)
    genuine = comparison.genuine
    drawn = _resampled(comparison, crowd, closest, people, own, fmr)
    return AtFmr(
        fmr=fmr,
        tar=float(np.mean(genuine <= threshold)),
        threshold=threshold,
        ci=(float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))),
        pairs_of_people=different if known else None,
    )


def _resampled(
    comparison: Comparison,
    crowd: Crowd,
    closest: Closest,
    people: tuple[NDArray[np.int64], NDArray[np.int64]],
    own: NDArray[np.int64],
    fmr: float,
) -> list[float]:
    """Return the rate for crowds in which each person is drawn as often as chance wants it.

    Each such crowd has its own threshold. Only the closest pairs are kept, so where a crowd's
    threshold lies beyond them, the farthest of them stands for it.
    """
    order = np.argsort(comparison.genuine)
    genuine, owner = comparison.genuine[order], own[order]
    count = int(max(crowd.left.max(), crowd.right.max())) + 1
    rows = [np.bincount(side, minlength=count) for side in (crowd.left, crowd.right)]
    near = min(len(closest.distances), int(4 * fmr * comparison.impostors.total) + 100)
    pooled = comparison.impostors.total / max(_pairs(np.ones(count), rows, itself=crowd.itself), 1)
    rng, rates = np.random.default_rng(_SEED), []
    for _ in range(_RESAMPLED):
        times = rng.multinomial(count, np.full(count, 1 / count)).astype(float)
        below = np.cumsum(times[people[0][:near]] * times[people[1][:near]])
        allowed = fmr * pooled * _pairs(times, rows, itself=crowd.itself)
        at = min(int(np.searchsorted(below, allowed, side="right")), near - 1)
        weights = times[owner]
        accepted = int(np.searchsorted(genuine, closest.distances[at]))
        if weights.sum() > 0:
            rates.append(float(weights[:accepted].sum() / weights.sum()))
    return rates


def _pairs(times: NDArray[np.float64], rows: list[NDArray[np.int64]], *, itself: bool) -> float:
    """Return how many impostor pairs there are where each person is there so many times."""
    left, right = times * rows[0], times * rows[1]
    both = float(left.sum() * right.sum() - (left * right).sum())
    return both / 2 if itself else both
