"""Error rates and how sure they are; too few hits are no figure."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.test_comparisons import a_side
from facelogin.evaluation.comparisons import Comparison, Side
from facelogin.evaluation.intervals import rate_interval
from facelogin.evaluation.rates import AtFmr, Crowd, TooFew, at_threshold, pairs_of_people, tars


def rates_of(side: Side, *fmrs: float) -> list[AtFmr | TooFew]:
    comparison = Comparison()
    comparison.add(side)
    return tars(comparison, Crowd(side.people, side.people, itself=True), fmrs)


def test_wilsons_interval_is_the_published_one() -> None:
    """Newcombe (1998), table I: 81 of 263, 15 of 148."""
    assert rate_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert rate_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_nothing_in_a_thousand_may_still_be_three() -> None:
    assert rate_interval(0, 1000) == (0.0, 0.003)
    assert rate_interval(1000, 1000) == (0.997, 1.0)
    assert rate_interval(0, 2) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (2, 1), (-1, 5)])
def test_no_trials_have_no_rate(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        rate_interval(hits, trials)


def test_the_interval_holds_the_rate_and_is_wider_for_fewer_people() -> None:
    widths = []
    for people in (60, 400):
        (rate,) = rates_of(a_side(people=people, noise=1.6), 1e-2)
        assert isinstance(rate, AtFmr)
        assert rate.ci[0] < rate.tar < rate.ci[1]
        widths.append(rate.ci[1] - rate.ci[0])
    assert widths[0] > 1.5 * widths[1]


def test_too_few_pairs_of_people_are_no_figure() -> None:
    enough, few = rates_of(a_side(people=100), 1e-2, 1e-5)
    assert isinstance(enough, AtFmr)
    assert isinstance(few, TooFew)
    assert few.pairs_of_people < 10


def test_one_strange_pair_of_people_counts_once_however_many_pictures_it_has() -> None:
    """Two of forty people are one man by two names: 400 close pairs, one pair of people."""
    side = a_side(people=40, images=20)
    number = side.people.copy()
    twin = side.embeddings.copy()
    twin[number == 1] = twin[number == 0]
    (rate,) = rates_of(Side(twin, number), 1e-3)
    assert isinstance(rate, TooFew)
    assert rate.pairs_of_people < 10


def test_pairs_of_people_are_the_same_either_way_round() -> None:
    assert pairs_of_people(np.array([1, 2, 1]), np.array([2, 1, 3])) == 2
    assert pairs_of_people(np.zeros(0, int), np.zeros(0, int)) == 0


def test_both_rates_at_a_threshold() -> None:
    genuine = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    at = at_threshold(0.25, genuine=genuine, false_matches=20, impostors=10_000)
    assert at is not None
    assert (at.fmr, at.fnmr) == (0.002, 0.5)
    assert at.fmr_ci[0] < 0.002 < at.fmr_ci[1]


def test_pooled_splits_are_no_surer_than_one() -> None:
    genuine = np.full(4000, 0.1, np.float32)
    once = at_threshold(0.2, genuine=genuine[:100], false_matches=2, impostors=1000)
    pooled = at_threshold(0.2, genuine=genuine, false_matches=80, impostors=40_000, splits=40)
    assert once is not None
    assert pooled is not None
    assert pooled.fmr_ci == once.fmr_ci
    assert pooled.fnmr_ci == once.fnmr_ci


def test_without_impostors_there_is_nothing_to_say() -> None:
    assert at_threshold(0.2, genuine=np.zeros(3, np.float32), false_matches=0, impostors=0) is None
