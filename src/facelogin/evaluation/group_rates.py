"""The error rates of each group: at everybody's thresholds, its strangers from within."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facelogin.evaluation.comparisons import Comparison, Side
from facelogin.evaluation.rates import AtFmr, AtThreshold, TooFew, at_threshold


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one group at the thresholds for everybody, and among themselves.

    ``at_global`` is at the thresholds where all people together have that false-match rate,
    ``shipped`` at the engine's own for one image against one.
    """

    images: int
    people: int
    genuine_pairs: int
    impostor_pairs: int
    at_global: Mapping[float, AtThreshold]
    shipped: AtThreshold | None


def rates_by_group(
    side: Side,
    comparison: Comparison,
    names: Mapping[str, Sequence[str]],
    rates: Sequence[AtFmr | TooFew],
    shipped: float,
) -> dict[str, dict[str, Group]]:
    """Return the rates of every group of every column, at these thresholds for everybody."""
    thresholds = {rate.fmr: rate.threshold for rate in rates if isinstance(rate, AtFmr)}
    return {
        column: {
            name: _group(side, comparison, (column, number), thresholds, shipped)
            for number, name in enumerate(names[column])
        }
        for column in names
    }


def _group(
    side: Side,
    comparison: Comparison,
    key: tuple[str, int],
    thresholds: Mapping[float, float],
    shipped: float,
) -> Group:
    members, rows = side.labels[key[0]] == key[1], comparison.genuine_rows
    genuine = comparison.genuine[members[rows[:, 0]] & members[rows[:, 1]]]
    within = comparison.within[key]

    def at(threshold: float) -> AtThreshold | None:
        return at_threshold(
            threshold,
            genuine=genuine,
            false_matches=within.hits(threshold),
            impostors=within.total,
        )

    found = {fmr: at(threshold) for fmr, threshold in thresholds.items()}
    return Group(
        images=int(members.sum()),
        people=len(np.unique(side.people[members])),
        genuine_pairs=len(genuine),
        impostor_pairs=within.total,
        at_global={fmr: rate for fmr, rate in found.items() if rate is not None},
        shipped=at(shipped),
    )
