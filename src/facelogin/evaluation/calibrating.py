"""From a data set to an engine's table: thresholds that hold for the worst-off group, too.

For each number of images and each rate the threshold is the one at which strangers within the worst
group match no more often than that, at the upper end of what the number of different pairs of
people behind the hits leaves possible. Where these are too few, everybody's figure is carried over
or an earlier table's stays, whichever is stricter; where there is neither, down to the default
target, and against one image down to where searches end, the last figure is lowered by the most
that any other number of images needed. All three are marked provisional. Then the table ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from math import floor

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.calibration import TARGET_FMR, Calibration, Point
from facelogin.domain.errors import BeyondCalibration, EvaluationRefused
from facelogin.domain.models import EngineRef
from facelogin.evaluation.comparisons import Side
from facelogin.evaluation.splits import MIN_PEOPLE, Pooled, one_by_one, pooled
from facelogin.evaluation.thresholds import FMRS, LOW_FMRS, Measured, measure, measure_low

MOST_IMAGES = 5
_ONE_PERSON = 0.997
"""The share of pairs of one person that ``one_person`` keeps together."""
_MIN_GENUINE = 1000
_MIN_GENUINE_FOR_MEAN = 100
"""Their root mean square is sure to 3 %."""
_USUAL_ONE_PERSON = 0.46


@dataclass(frozen=True, slots=True)
class Fitted:
    """A table, how many people had images enough for both sides, and groups too small to count."""

    calibration: Calibration
    people: Mapping[tuple[int, int], int]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a table says of where it comes from, and what no data set of pictures can say.

    ``burst_counts_as``: as in ``Calibration``.
    """

    engine: EngineRef
    data_set: str
    day: date
    burst_counts_as: int | None = None


def fit(
    side: Side,
    names: Mapping[str, Sequence[str]],
    origin: Origin,
    *,
    earlier: Calibration | None,
    splits: int,
    more: Side | None = None,
) -> Fitted:
    """Return the table from all images of a data set; ``names`` are those of each column's groups.

    ``earlier`` is the table whose figures stay where this data set is too small. ``more`` is a
    larger data set, ``side`` within it, for rates below the lowest that groups are measured at:
    everybody's, smaller by what the worst group needs, and all of them provisional. Raises
    EvaluationRefused where some number of images has no figure at all, or there are no pairs.
    """
    single = one_by_one(side)
    single.comparison.refuse_one_sided()
    keys = [(column, number) for column in names for number in range(len(names[column]))]
    with_a_say = tuple(key for key in keys if FMRS[0] in measure(single, (key,)).groups[key])
    ones = measure(single, with_a_say)
    cells: dict[tuple[int, int], tuple[Point, ...]] = {}
    people = {}
    for enrolled in range(1, MOST_IMAGES + 1):
        for probe in range(1, enrolled + 1):
            key = enrolled, probe
            pool = _pooled(side, key, splits, single)
            measured = ones if pool is single else measure(pool, with_a_say)
            one_less = (enrolled - 1, probe), (enrolled, probe - 1)
            fewer_images = [cells[other] for other in one_less if other in cells]
            known = _of(earlier, key)
            reach = FMRS[-1] if probe == 1 else TARGET_FMR
            found = _Found(tuple(cells.values()), fewer_images, known, reach)
            points = _points(pool, measured, ones, found)
            if more is not None and points and points[-1].fmr == FMRS[-1]:
                larger = _pooled(more, key, splits, None)
                points += _low_points(points[-1], measure_low(larger), ones, pool, fewer_images)
            cells[key] = points
            people[key] = pool.people
            if not cells[key]:
                raise EvaluationRefused(_too_small(key, side))
    table = Calibration(
        engine=origin.engine,
        cells=cells,
        one_person=_one_person(single, earlier),
        data_set=origin.data_set,
        fitted_on=origin.day,
        burst_counts_as=origin.burst_counts_as,
        days_apart=_days_apart(single, earlier),
        checked_down_to=None if more is None else FMRS[-1],
    )
    left_out = tuple(
        f"{column} {names[column][number]}"
        for column, number in keys
        if (column, number) not in with_a_say
    )
    return Fitted(table, people, left_out)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known when the points of a number of images are looked for.

    The cells before it, those of one image fewer on either side, the thresholds of an earlier
    table, and down to which rate there must be points: the default target, or, against one image,
    as far as a search (1:N) goes.
    """

    cells: Sequence[tuple[Point, ...]]
    fewer_images: Sequence[tuple[Point, ...]]
    earlier: Mapping[float, float]
    reach: float


def _pooled(side: Side, key: tuple[int, int], splits: int, single: Pooled | None) -> Pooled:
    if key == (1, 1):
        return single or one_by_one(side)
    return pooled(side, enrolled=key[0], probe=key[1], splits=splits)


def _points(
    pool: Pooled,
    measured: Measured,
    ones: Measured,
    so_far: _Found,
) -> tuple[Point, ...]:
    """Return the points of one number of images, never looser than those of fewer images."""
    points: list[Point] = []
    for fmr in FMRS:
        found = measured.worst.get(fmr)
        provisional = found is None
        if found is None:
            carried = _carried(measured, ones, fmr)
            known = [one for one in (carried, so_far.earlier.get(fmr)) if one is not None]
            found = min(known, default=_scaled(points, fmr, so_far))
        if found is None:
            break
        of_fewer = [p.threshold for cell in so_far.fewer_images for p in cell if p.fmr == fmr]
        of_higher = [point.threshold for point in points[-1:]]
        threshold = floor(min(found, *of_fewer, *of_higher, 2) * 1e4) / 1e4
        points.append(Point(fmr, threshold, provisional=provisional))
    return _with_fnmr(points, pool)


def _scaled(points: Sequence[Point], fmr: float, so_far: _Found) -> float | None:
    """Return the last threshold, smaller by the most that any other number of images needed.

    None below the rate that this number of images is to reach.
    """
    if not points or fmr < so_far.reach:
        return None
    last, steps = points[-1], []
    for cell in so_far.cells:
        at = {point.fmr: point.threshold for point in cell}
        if last.fmr in at and fmr in at:
            steps.append(at[fmr] / at[last.fmr])
    return last.threshold * min(steps) if steps else None


def _low_points(
    last: Point,
    everybody: Mapping[float, float],
    ones: Measured,
    pool: Pooled,
    fewer_images: Sequence[tuple[Point, ...]],
) -> tuple[Point, ...]:
    """Return the points below ``last``, where no group was measured: all provisional."""
    points = [last]
    for fmr in LOW_FMRS:
        if fmr not in everybody:
            break
        carried = everybody[fmr] * ones.share_of_everybody(fmr)
        of_fewer = [p.threshold for cell in fewer_images for p in cell if p.fmr == fmr]
        if fewer_images and not of_fewer:
            break
        threshold = floor(min(carried, *of_fewer, points[-1].threshold) * 1e4) / 1e4
        points.append(Point(fmr, threshold, provisional=True))
    return _with_fnmr(points[1:], pool)


def _carried(measured: Measured, ones: Measured, fmr: float) -> float | None:
    """Return everybody's threshold, smaller by what single images show that the worst group needs.

    And no larger than any group's own, where it has one.
    """
    if fmr not in measured.everybody:
        return None
    everybody = measured.everybody[fmr]
    own = [group[fmr] for group in measured.groups.values() if fmr in group]
    return min(everybody, everybody * ones.share_of_everybody(fmr), *own)


def _with_fnmr(points: Sequence[Point], pool: Pooled) -> tuple[Point, ...]:
    if pool.people < MIN_PEOPLE:
        return tuple(points)
    genuine: NDArray[np.float32] = pool.comparison.genuine
    return tuple(
        replace(point, fnmr=round(float(np.mean(genuine > point.threshold)), 5)) for point in points
    )


def _of(earlier: Calibration | None, key: tuple[int, int]) -> dict[float, float]:
    """Return the thresholds of an earlier table at those of the rates that it reaches."""
    found: dict[float, float] = {}
    if earlier is None:
        return found
    for fmr in FMRS:
        with suppress(BeyondCalibration):
            found[fmr] = earlier.threshold(target_fmr=fmr, enrolled=key[0], probe=key[1])
    return found


def _one_person(single: Pooled, earlier: Calibration | None) -> float:
    genuine = single.comparison.genuine
    if len(genuine) >= _MIN_GENUINE:
        return round(float(np.quantile(genuine, _ONE_PERSON)), 3)
    return earlier.one_person if earlier else _USUAL_ONE_PERSON


def _days_apart(single: Pooled, earlier: Calibration | None) -> float | None:
    genuine = single.comparison.genuine
    if len(genuine) >= _MIN_GENUINE_FOR_MEAN:
        return round(float(np.sqrt(np.mean(genuine.astype(np.float64) ** 2))), 3)
    return earlier.days_apart if earlier else None


def _too_small(key: tuple[int, int], side: Side) -> str:
    counts = np.bincount(side.people)
    enough = int(np.sum(counts >= max(key)))
    return (
        f"This data set is too small for {key[0]} enrolled and {key[1]} shown images: of "
        f"{len(counts)} people {enough} have {max(key)} images, and there is no earlier table of "
        "this engine whose figures could stay."
    )
