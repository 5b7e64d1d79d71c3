"""Several images on either side: random splits of each person's images, fused and pooled.

One split alone is noise; pooled ones are not independent, so that certainty is counted in pairs of
people, never in pairs of fused images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelogin.evaluation.comparisons import NO_GROUP, Comparison, Labels, Side
from facelogin.evaluation.rates import Crowd

SPLITS = 40
MIN_PEOPLE = 30
"""Fewer people with images enough for both sides make no figure."""
_SEED = 20_240_301


@dataclass(frozen=True, slots=True)
class Pooled:
    """The comparison of all splits, who was in it, and how many had genuine pairs.

    ``labels`` are the groups of the rows of both sides.
    """

    comparison: Comparison
    crowd: Crowd
    labels: tuple[Labels, Labels]
    people: int


def one_by_one(side: Side) -> Pooled:
    """Compare every image with every other."""
    comparison = Comparison()
    comparison.add(side)
    several = int(np.sum(np.bincount(side.people) > 1))
    crowd = Crowd(side.people, side.people, itself=True)
    return Pooled(comparison, crowd, (side.labels, side.labels), several)


def mean_of(stacks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of normalised embeddings, normalised again, as ``matching.fuse`` does."""
    means = stacks.mean(axis=1)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


def pooled(
    side: Side, *, enrolled: int, probe: int, splits: int = SPLITS, seed: int = _SEED
) -> Pooled:
    """Compare people enrolled with so many images with probes of so many, over random splits.

    Everybody with images enough for one side is a stranger to others on that side; genuine pairs
    are of those who have enough for both, apart.
    """
    rows_of = [np.flatnonzero(side.people == person) for person in np.unique(side.people)]
    who = np.array([side.people[rows[0]] for rows in rows_of])
    counts = np.array([len(rows) for rows in rows_of])
    enrolled_people = np.flatnonzero(counts >= enrolled)
    probed_people = np.flatnonzero(counts >= probe)
    apart = counts >= enrolled + probe
    labels = {column: _of_people(codes, rows_of) for column, codes in side.labels.items()}
    both = _picked(labels, enrolled_people), _picked(labels, probed_people)
    rng, comparison = np.random.default_rng(seed), Comparison()
    for _ in range(splits if len(enrolled_people) and len(probed_people) else 0):
        drawn = [rng.permutation(rows) for rows in rows_of]
        first = np.stack([drawn[person][:enrolled] for person in enrolled_people])
        last = np.stack([drawn[person][-probe:] for person in probed_people])
        comparison.add(
            Side(
                mean_of(side.embeddings[first]),
                who[enrolled_people],
                both[0],
                apart[enrolled_people],
            ),
            Side(mean_of(side.embeddings[last]), who[probed_people], both[1]),
        )
    crowd = Crowd(who[enrolled_people], who[probed_people], itself=False)
    return Pooled(comparison, crowd, both, int(apart.sum()))


def _of_people(codes: NDArray[np.int64], rows_of: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the group of each person: that of all their images, none where these disagree."""
    groups = [np.unique(codes[rows]) for rows in rows_of]
    return np.array([found[0] if len(found) == 1 else NO_GROUP for found in groups])


def _picked(labels: Labels, people: NDArray[np.int64]) -> Labels:
    return {column: codes[people] for column, codes in labels.items()}
