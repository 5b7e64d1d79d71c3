"""The evaluation of one data set: everything that its report says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.calibration import Calibration
from facelogin.domain.models import EngineRef
from facelogin.evaluation.comparisons import NO_GROUP, Comparison, Side
from facelogin.evaluation.embedding import Embedded
from facelogin.evaluation.group_rates import Group, rates_by_group
from facelogin.evaluation.groups import Groups
from facelogin.evaluation.rates import (
    AtFmr,
    AtThreshold,
    Crowd,
    TooFew,
    at_threshold,
    tars,
)
from facelogin.evaluation.splits import MIN_PEOPLE, SPLITS, pooled

FUSED = ((1, 1), (3, 1), (2, 2), (3, 2))
_WORST = 25
Named = tuple[str, str]
"""A person, and the name of what shows them."""


@dataclass(frozen=True, slots=True)
class Fused:
    """So many images enrolled and so many in a probe: what is accepted, over pooled splits."""

    people: int
    splits: int
    genuine_pairs: int
    impostor_pairs: int
    tar_at_fmr: Sequence[AtFmr | TooFew]
    shipped: AtThreshold | None
    too_few_people: bool


@dataclass(frozen=True, slots=True)
class WorstPair:
    """A pair that is told wrongly, or nearly: by the names of the files."""

    distance: float
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found. ``columns`` holds the groups, by column and name."""

    embedded: Embedded
    people: int
    comparison: Comparison = field(repr=False)
    tar_at_fmr: Sequence[AtFmr | TooFew]
    shipped_threshold: float
    shipped: AtThreshold | None
    fused: Mapping[str, Fused]
    columns: Mapping[str, Mapping[str, Group]]
    strangers: Sequence[WorstPair]
    not_themselves: Sequence[WorstPair]
    side: Side = field(repr=False)

    def genuine_of(self, column: str, number: int) -> NDArray[np.float32]:
        """Return the distances of genuine pairs within the group of that number."""
        members, rows = self.side.labels[column] == number, self.comparison.genuine_rows
        found: NDArray[np.float32] = self.comparison.genuine[
            members[rows[:, 0]] & members[rows[:, 1]]
        ]
        return found


@dataclass(frozen=True, slots=True)
class ByEngine:
    """What an evaluation found of one of several engines; ``name`` is the one in the settings."""

    name: str
    engine: EngineRef
    evaluation: Evaluation


def evaluate(
    embedded: Embedded,
    *,
    calibration: Calibration,
    target_fmr: float,
    groups: Groups | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    splits: int = SPLITS,
) -> Evaluation:
    """Compare every image with every other, or the listed pairs only, and averages of several."""
    side, names = as_side(embedded, groups or {})
    comparison = Comparison()
    if pairs is None:
        comparison.add(side)
    else:
        comparison.add_listed(side, _rows(embedded, pairs))
    comparison.refuse_one_sided()
    crowd = Crowd(side.people, side.people, itself=True)
    shipped = calibration.threshold(target_fmr=target_fmr, enrolled=1, probe=1)
    rates = tars(comparison, crowd)
    return Evaluation(
        embedded=embedded,
        people=len(np.unique(side.people)),
        comparison=comparison,
        tar_at_fmr=rates,
        shipped_threshold=shipped,
        shipped=rates_at(comparison, shipped),
        fused={}
        if pairs is not None
        else fused_rates(side, calibration, target_fmr, splits=splits),
        columns=rates_by_group(side, comparison, names, rates, shipped),
        strangers=strangers(comparison, names_of(embedded), names_of(embedded)),
        not_themselves=not_themselves(comparison, names_of(embedded), names_of(embedded)),
        side=side,
    )


def as_side(embedded: Embedded, groups: Groups) -> tuple[Side, Mapping[str, Sequence[str]]]:
    """Return the images as one side of a comparison, and the names of each column's groups."""
    _, people = embedded.people()
    labels, names = {}, {}
    for column, members in groups.items():
        names[column] = sorted(set(members.values()))
        number_of = {name: number for number, name in enumerate(names[column])}
        labels[column] = np.array(
            [number_of.get(members.get(image.name, ""), NO_GROUP) for image in embedded.images],
            np.int64,
        )
    return Side(embedded.embeddings, people, labels), names


def _rows(embedded: Embedded, pairs: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
    """Return the rows of the pairs both of whose images have a face, shape (n, 2)."""
    row_of = {image.name: row for row, image in enumerate(embedded.images)}
    rows = [(row_of[a], row_of[b]) for a, b in pairs if a in row_of and b in row_of]
    return np.array(rows, np.int64).reshape(-1, 2)


def fused_rates(
    side: Side, calibration: Calibration, target_fmr: float, *, splits: int = SPLITS
) -> dict[str, Fused]:
    """Return what averages of several images are worth, by ``enrolled+probe``."""
    found = {}
    for enrolled, probe in FUSED:
        pool = pooled(side, enrolled=enrolled, probe=probe, splits=splits)
        shipped = calibration.threshold(target_fmr=target_fmr, enrolled=enrolled, probe=probe)
        enough = pool.people >= MIN_PEOPLE
        found[f"{enrolled}+{probe}"] = Fused(
            people=pool.people,
            splits=splits,
            genuine_pairs=len(pool.comparison.genuine),
            impostor_pairs=pool.comparison.impostors.total,
            tar_at_fmr=tars(pool.comparison, pool.crowd) if enough else (),
            shipped=rates_at(pool.comparison, shipped, splits=splits) if enough else None,
            too_few_people=not enough,
        )
    return found


def rates_at(comparison: Comparison, threshold: float, *, splits: int = 1) -> AtThreshold | None:
    """Return both error rates of a comparison at a threshold."""
    return at_threshold(
        threshold,
        genuine=comparison.genuine,
        false_matches=comparison.impostors.hits(threshold),
        impostors=comparison.impostors.total,
        splits=splits,
    )


def names_of(embedded: Embedded) -> list[Named]:
    """Return for each row who it shows, and the name of the file."""
    return [(image.person, image.name) for image in embedded.images]


def strangers(
    comparison: Comparison, left: Sequence[Named], right: Sequence[Named]
) -> list[WorstPair]:
    """Return the strangers who look most alike, one pair of images for each pair of people."""
    closest, seen, worst = comparison.closest(), set(), []
    for gap, a, b in zip(closest.distances, closest.left, closest.right, strict=True):
        people = frozenset((left[a][0], right[b][0]))
        if people not in seen:
            seen.add(people)
            worst.append(WorstPair(float(gap), left[a][1], right[b][1]))
        if len(worst) == _WORST:
            break
    return worst


def not_themselves(
    comparison: Comparison, left: Sequence[Named], right: Sequence[Named]
) -> list[WorstPair]:
    """Return the pairs of one person that look least alike."""
    genuine, rows = comparison.genuine, comparison.genuine_rows
    order = np.argsort(-genuine, kind="stable")[:_WORST]
    return [
        WorstPair(float(genuine[one]), left[rows[one][0]][1], right[rows[one][1]][1])
        for one in order
    ]
