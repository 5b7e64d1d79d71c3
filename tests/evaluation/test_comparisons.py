"""Comparing in blocks gives what comparing one by one gives, in bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from facelogin.evaluation.comparisons import Comparison, Histogram, Side
from facelogin.evaluation.splits import mean_of, pooled


def a_side(people: int = 150, images: int = 4, *, noise: float = 0.9, groups: int = 2) -> Side:
    rng = np.random.default_rng(0)
    number = np.repeat(np.arange(people), images)
    directions = rng.standard_normal((people, 128))
    rows = directions[number] + noise * rng.standard_normal((len(number), 128))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Side(rows.astype(np.float32), number, {"group": number % groups})


def one_by_one(side: Side) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All distances of the upper triangle, whether the person is the same, and the rows."""
    a, b = np.triu_indices(len(side.people), 1)
    wide = side.embeddings.astype(np.float64)
    gaps = np.linalg.norm(wide[a] - wide[b], axis=1)
    return gaps, side.people[a] == side.people[b], np.stack([a, b], axis=1)


@pytest.fixture(scope="module")
def side() -> Side:
    return a_side()


@pytest.fixture(scope="module")
def compared(side: Side) -> Comparison:
    comparison = Comparison()
    comparison.add(side)
    return comparison


def test_every_pair_is_counted_once(side: Side, compared: Comparison) -> None:
    gaps, same, _ = one_by_one(side)
    assert len(compared.genuine) == same.sum() == 150 * 6
    assert compared.impostors.total == (~same).sum() == len(gaps) - 150 * 6
    np.testing.assert_allclose(np.sort(compared.genuine), np.sort(gaps[same]), atol=1e-5)


@pytest.mark.parametrize("fmr", [1e-2, 1e-3, 1e-4])
def test_no_more_than_the_rate_lies_below_its_threshold(
    fmr: float, side: Side, compared: Comparison
) -> None:
    gaps, same, _ = one_by_one(side)
    threshold = compared.impostors.threshold(fmr)
    first_too_many = np.sort(gaps[~same])[int(fmr * np.sum(~same))]
    assert threshold == pytest.approx(first_too_many, abs=1e-4)
    hits = int(np.sum(gaps[~same] < threshold - 1e-5))
    assert hits <= fmr * np.sum(~same)
    assert compared.impostors.hits(threshold) == pytest.approx(hits, abs=3)


def test_the_closest_impostors_come_first_with_their_rows(side: Side, compared: Comparison) -> None:
    gaps, same, rows = one_by_one(side)
    nearest = np.argsort(gaps[~same])[:20]
    closest = compared.closest()
    np.testing.assert_allclose(closest.distances[:20], gaps[~same][nearest], atol=1e-5)
    found = set(zip(closest.left[:20].tolist(), closest.right[:20].tolist(), strict=True))
    assert found == {tuple(pair) for pair in rows[~same][nearest].tolist()}


def test_impostors_within_a_group_are_counted_apart(side: Side, compared: Comparison) -> None:
    gaps, same, rows = one_by_one(side)
    groups = side.labels["group"]
    for group in (0, 1):
        within = ~same & (groups[rows] == group).all(axis=1)
        assert compared.within["group", group].total == within.sum()
        assert compared.within["group", group].threshold(1e-2) == pytest.approx(
            np.quantile(gaps[within], 1e-2), abs=2e-3
        )


def test_only_so_many_of_the_closest_are_kept_and_they_are_the_closest(side: Side) -> None:
    few = Comparison(most_closest=500)
    few.add(side)
    gaps, same, _ = one_by_one(side)
    kept = few.closest().distances
    assert len(kept) == 500
    np.testing.assert_allclose(kept, np.sort(gaps[~same])[:500], atol=1e-5)


def test_memory_does_not_grow_with_the_number_of_pairs() -> None:
    """18 million pairs would be 72 MB of distances alone; kept are blocks and 1,000 pairs."""
    side = a_side(people=3000, images=2)
    tracemalloc.start()
    comparison = Comparison(most_closest=1000)
    comparison.add(side)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert comparison.impostors.total == 6000 * 5999 // 2 - 3000
    assert peak < 250_000_000


def test_an_empty_histogram_lets_nobody_in() -> None:
    histogram = Histogram()
    histogram.add(np.array([0.5, 0.6], np.float32))
    assert histogram.threshold(1e-4) == pytest.approx(0.5, abs=1e-4)
    assert histogram.hits(histogram.threshold(1e-4)) == 0


def test_splits_compare_everybody_with_strangers_and_those_with_enough_with_themselves() -> None:
    number = np.array([0] * 5 + [1] * 5 + [2] * 2 + [3])
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((len(number), 128)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pool = pooled(Side(rows, number), enrolled=3, probe=2, splits=20)
    assert pool.people == 2
    assert len(pool.comparison.genuine) == 20 * 2
    assert pool.comparison.impostors.total == 20 * (2 * 3 - 2)
    assert pool.crowd.left.tolist() == [0, 1]
    assert pool.crowd.right.tolist() == [0, 1, 2]


def test_no_picture_is_on_both_sides_of_a_genuine_pair() -> None:
    """Where each picture is its own direction, sharing one would bring the two sides close."""
    number = np.repeat(np.arange(4), 5)
    rows = np.eye(128, dtype=np.float32)[: len(number)]
    pool = pooled(Side(rows, number), enrolled=3, probe=2, splits=30)
    np.testing.assert_allclose(pool.comparison.genuine, np.sqrt(2), atol=1e-5)


def test_a_mean_has_norm_one() -> None:
    stacks = a_side(people=5, images=3).embeddings.reshape(5, 3, 128)
    np.testing.assert_allclose(np.linalg.norm(mean_of(stacks), axis=1), 1, atol=1e-6)
