"""All pairs of two sides are compared in blocks: bounded memory, whatever the number of pairs.

Of genuine pairs every distance is kept. Of impostor pairs a fine histogram is kept, and the closest
ones as such: those decide at low false-match rates, and which people they are matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.errors import EvaluationRefused

_BIN = 2e-5
"""Width of a histogram's bins, in distance."""
_BINS = 100_001
_BLOCK_ROWS = 512
_MOST_CLOSEST = 2_000_000
NO_GROUP = -1

Labels = Mapping[str, NDArray[np.int64]]
"""By column: the number of each row's group, NO_GROUP where it has none."""


@dataclass(frozen=True, slots=True)
class Side:
    """Embeddings to compare, shape (n, dimension), each with the number of its person and groups.

    ``apart`` says of which rows genuine pairs count: not where both sides share a picture. None: of
    all.
    """

    embeddings: NDArray[np.float32] = field(repr=False)
    people: NDArray[np.int64] = field(repr=False)
    labels: Labels = field(default_factory=dict, repr=False)
    apart: NDArray[np.bool_] | None = field(default=None, repr=False)


def joined(one: Side, other: Side) -> Side:
    """Return both sides as one, their people all different ones; groups are left out."""
    people = np.concatenate([one.people, other.people + one.people.max() + 1])
    return Side(np.concatenate([one.embeddings, other.embeddings]), people)


class Histogram:
    """Distances of impostor pairs, counted. Thresholds from it are exact to a bin, downwards."""

    def __init__(self) -> None:
        self.counts = np.zeros(_BINS, np.int64)

    def add(self, distances: NDArray[np.float32]) -> None:
        """Count these distances."""
        bins = (distances / np.float32(_BIN)).astype(np.int32)
        self.counts += np.bincount(bins, minlength=_BINS)[:_BINS]

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return int(self.counts.sum())

    def hits(self, threshold: float) -> int:
        """Return how many pairs are nearer than that."""
        return int(self.counts[: round(threshold / _BIN)].sum())

    def threshold(self, fmr: float) -> float:
        """Return the largest distance at which no more than that share of the pairs is nearer."""
        below = np.concatenate([[0], np.cumsum(self.counts)])
        return float((np.searchsorted(below, fmr * below[-1], side="right") - 1) * _BIN)


@dataclass(frozen=True, slots=True)
class Closest:
    """The closest impostor pairs, in order: distances and the rows of both sides."""

    distances: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]


class Comparison:
    """Compares sides and keeps what error rates are made of.

    Several ``add`` are pooled: as of random splits, whose rows are the same people each time.
    """

    def __init__(self, *, most_closest: int = _MOST_CLOSEST) -> None:
        self._most = most_closest
        self._limit = np.inf
        self._parts: list[Closest] = []
        self._genuine: list[NDArray[np.float32]] = []
        self._genuine_rows: list[NDArray[np.int64]] = []
        self.impostors = Histogram()
        self.within: dict[tuple[str, int], Histogram] = defaultdict(Histogram)

    def add(self, left: Side, right: Side | None = None) -> None:
        """Compare every row of one side with every row of the other, or of itself, once each."""
        other = left if right is None else right
        for start in range(0, len(left.people), _BLOCK_ROWS):
            rows = np.arange(start, min(start + _BLOCK_ROWS, len(left.people)))
            self._add_block(left, other, rows, itself=right is None)

    def add_listed(self, side: Side, pairs: NDArray[np.int64]) -> None:
        """Compare those rows of one side only: ``pairs`` has the shape (n, 2)."""
        a, b = pairs[:, 0], pairs[:, 1]
        cosines = np.einsum("ij,ij->i", side.embeddings[a], side.embeddings[b])
        gaps = np.sqrt(np.maximum(2 - 2 * cosines, 0))
        same = side.people[a] == side.people[b]
        self._genuine.append(gaps[same])
        self._genuine_rows.append(pairs[same])
        self.impostors.add(gaps[~same])
        for column, labels in side.labels.items():
            for group in np.unique(labels[labels != NO_GROUP]):
                both = ~same & (labels[a] == group) & (labels[b] == group)
                self.within[column, int(group)].add(gaps[both])
        self._parts.append(Closest(gaps[~same], a[~same], b[~same]))

    def refuse_one_sided(self) -> None:
        """Raise EvaluationRefused unless there are both genuine and impostor pairs."""
        if not len(self.genuine) or not self.impostors.total:
            raise EvaluationRefused(
                f"{len(self.genuine):,} genuine and {self.impostors.total:,} impostor pairs are "
                "left of this data set; both kinds are needed."
            )

    @property
    def genuine(self) -> NDArray[np.float32]:
        """The distances of all genuine pairs."""
        return np.concatenate(self._genuine) if self._genuine else np.zeros(0, np.float32)

    @property
    def genuine_rows(self) -> NDArray[np.int64]:
        """The rows of the genuine pairs, shape (n, 2), in the order of ``genuine``."""
        return np.concatenate(self._genuine_rows) if self._genuine_rows else np.zeros((0, 2), int)

    def closest(self) -> Closest:
        """Return the closest impostor pairs, as many as are kept, the closest first."""
        self._merge(sort=True)
        if not self._parts:
            return Closest(np.zeros(0, np.float32), np.zeros(0, int), np.zeros(0, int))
        return self._parts[0]

    def _add_block(self, left: Side, right: Side, rows: NDArray[np.int64], *, itself: bool) -> None:
        cosines = left.embeddings[rows] @ right.embeddings.T
        gaps = np.sqrt(np.maximum(2 - 2 * cosines, 0))
        same = left.people[rows][:, None] == right.people[None, :]
        pairs = np.ones_like(same)
        if itself:
            pairs = rows[:, None] < np.arange(len(right.people))[None, :]
        apart = True if left.apart is None else left.apart[rows][:, None]
        self._keep_genuine(gaps, pairs & same & apart, rows)
        impostors = pairs & ~same
        self.impostors.add(gaps[impostors])
        for column, labels in left.labels.items():
            ours, theirs = labels[rows], right.labels[column]
            for group in np.intersect1d(ours, theirs):
                if group != NO_GROUP:
                    both = np.ix_(ours == group, theirs == group)
                    self.within[column, int(group)].add(gaps[both][impostors[both]])
        self._keep_closest(gaps, impostors, rows)

    def _keep_genuine(
        self,
        gaps: NDArray[np.float32],
        genuine: NDArray[np.bool_],
        rows: NDArray[np.int64],
    ) -> None:
        a, b = np.nonzero(genuine)
        self._genuine.append(gaps[a, b])
        self._genuine_rows.append(np.stack([rows[a], b], axis=1))

    def _keep_closest(
        self,
        gaps: NDArray[np.float32],
        impostors: NDArray[np.bool_],
        rows: NDArray[np.int64],
    ) -> None:
        a, b = np.nonzero(impostors & (gaps < self._limit))
        self._parts.append(Closest(gaps[a, b], rows[a], b.astype(np.int64)))
        if sum(len(part.distances) for part in self._parts) > 2 * self._most:
            self._merge(sort=False)

    def _merge(self, *, sort: bool) -> None:
        if not self._parts:
            return
        distances, left, right = (
            np.concatenate([getattr(part, name) for part in self._parts])
            for name in ("distances", "left", "right")
        )
        if len(distances) > self._most:
            kept = np.argpartition(distances, self._most)[: self._most]
            distances, left, right = distances[kept], left[kept], right[kept]
            self._limit = float(distances.max())
        if sort:
            order = np.argsort(distances, kind="stable")
            distances, left, right = distances[order], left[order], right[order]
        self._parts = [Closest(distances, left, right)]
