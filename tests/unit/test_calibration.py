"""From a target false-match rate to a threshold: between what was measured, never beyond."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelogin.domain.calibration import Calibration, Occasion, Point
from facelogin.domain.errors import BeyondCalibration
from facelogin.domain.models import Embedding, EngineRef

ENGINE = EngineRef("test", "1")
ONE_AND_ONE = (
    Point(1e-2, 0.42, fnmr=0.01),
    Point(1e-3, 0.36, fnmr=0.07),
    Point(1e-4, 0.32, fnmr=0.30),
    Point(1e-5, 0.29),
)
CELLS = {
    (1, 1): ONE_AND_ONE,
    (2, 1): (Point(1e-2, 0.41), Point(1e-4, 0.31, provisional=True)),
    (2, 2): (Point(1e-2, 0.40, fnmr=0.001), Point(1e-4, 0.28, fnmr=0.01)),
}


def a_calibration(
    cells: dict[tuple[int, int], tuple[Point, ...]] = CELLS, burst: int | None = None
) -> Calibration:
    return Calibration(
        engine=ENGINE,
        cells=cells,
        one_person=0.5,
        data_set="the tests' people",
        fitted_on=date(2026, 1, 1),
        burst_counts_as=burst,
    )


@pytest.fixture
def table() -> Calibration:
    return a_calibration()


@pytest.mark.parametrize("point", ONE_AND_ONE)
def test_a_calibrated_rate_has_its_own_threshold(table: Calibration, point: Point) -> None:
    assert table.threshold(target_fmr=point.fmr, enrolled=1, probe=1) == point.threshold


def test_between_two_rates_it_goes_by_the_logarithm(table: Calibration) -> None:
    half_way = math.sqrt(1e-3 * 1e-4)
    assert table.threshold(target_fmr=half_way, enrolled=1, probe=1) == pytest.approx(0.34)
    assert table.fnmr(target_fmr=half_way, enrolled=1, probe=1) == pytest.approx(0.185)


@pytest.mark.parametrize("target", [9e-6, 0.0, -1.0, 0.011, 1.0, math.nan])
def test_beyond_what_was_measured_it_refuses(table: Calibration, target: float) -> None:
    with pytest.raises(BeyondCalibration, match=r"1e-05 to 0\.01") as refused:
        table.threshold(target_fmr=target, enrolled=1, probe=1)
    assert refused.value.lowest_fmr == 1e-5
    with pytest.raises(BeyondCalibration):
        table.fnmr(target_fmr=target, enrolled=1, probe=1)


def test_each_number_of_images_has_its_own_lowest_rate(table: Calibration) -> None:
    assert table.lowest_fmr(enrolled=1, probe=1) == 1e-5
    assert table.lowest_fmr(enrolled=1, probe=2) == 1e-4
    table.check(1e-4)
    with pytest.raises(BeyondCalibration) as refused:
        table.check(5e-5)
    assert refused.value.lowest_fmr == 1e-4


@pytest.mark.parametrize(
    ("enrolled", "probe", "expected"),
    [(1, 1, 0.32), (2, 1, 0.31), (1, 2, 0.31), (2, 2, 0.28), (9, 1, 0.31), (9, 9, 0.28)],
)
def test_numbers_in_either_order_and_beyond_the_table_the_largest(
    table: Calibration, enrolled: int, probe: int, expected: float
) -> None:
    assert table.threshold(target_fmr=1e-4, enrolled=enrolled, probe=probe) == expected


def test_what_nobody_measured_is_none(table: Calibration) -> None:
    assert table.fnmr(target_fmr=1e-5, enrolled=1, probe=1) is None
    assert table.fnmr(target_fmr=2e-5, enrolled=1, probe=1) is None
    assert table.fnmr(target_fmr=1e-4, enrolled=2, probe=2) == 0.01
    assert table.fnmr(target_fmr=1e-4, enrolled=3, probe=2) is None


def test_a_burst_counts_as_no_more_images_than_the_table_says() -> None:
    table = a_calibration(burst=1)

    def threshold(enrolled: int, probe: int) -> float:
        return table.threshold(
            target_fmr=1e-4, enrolled=enrolled, probe=probe, spread=Occasion.BURST
        )

    assert threshold(1, 5) == 0.32
    assert threshold(2, 2) == 0.31


DAYS_APART = 0.8


def around(count: int, gap: float, seed: int = 1) -> list[Embedding]:
    """So many unit vectors, each as far from every other: a face, and what differs each time."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((128, count + 1)))
    own = gap**2 / 2
    return [
        (np.sqrt(1 - own) * axes[:, 0] + np.sqrt(own) * axes[:, 1 + number]).astype(np.float32)
        for number in range(count)
    ]


def independent(embeddings: list[Embedding], occasion: Occasion = Occasion.DAYS) -> int:
    table = replace(a_calibration(burst=2), days_apart=DAYS_APART)
    return table.independent(embeddings, occasion)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8])
def test_images_of_different_days_count_each(count: int) -> None:
    assert independent(around(count, DAYS_APART)) == count
    assert independent(around(count, 1.2 * DAYS_APART)) == count


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_frames_of_one_moment_count_as_one(count: int) -> None:
    assert independent(around(count, 0.3 * DAYS_APART)) == 1
    assert independent([around(1, 0.1)[0]] * count) == 1


def test_two_bursts_of_two_days_count_as_two() -> None:
    one, other = around(2, DAYS_APART)
    assert independent([one] * 3 + [other] * 3) == 2


@given(st.integers(1, 6), st.floats(0.01, 1.3), st.floats(0.01, 1.3))
def test_images_farther_apart_never_count_as_fewer(count: int, a: float, b: float) -> None:
    near, far = (independent(around(count, gap)) for gap in sorted((a, b)))
    assert 1 <= near <= far <= count


@given(st.integers(1, 5), st.floats(0.01, 1.3))
def test_one_more_frame_never_counts_as_two_more(count: int, gap: float) -> None:
    frames = around(count + 1, gap)
    assert independent(frames[:count]) <= independent(frames) <= independent(frames[:count]) + 1


@given(st.integers(1, 5), st.integers(1, 5), st.floats(0.01, 1.3))
def test_more_images_never_have_a_larger_threshold(count: int, enrolled: int, gap: float) -> None:
    table = replace(a_calibration(), days_apart=DAYS_APART)

    def threshold(images: int) -> float:
        return table.threshold_of(around(5, gap)[:images], target_fmr=1e-4, enrolled=enrolled)

    assert threshold(count) <= threshold(1)
    assert threshold(count) >= table.threshold(target_fmr=1e-4, enrolled=enrolled, probe=count)


def test_copies_of_a_picture_keep_the_threshold_of_one() -> None:
    table = replace(a_calibration(), days_apart=DAYS_APART)
    copies = around(1, 0.1) * 3
    limit = table.threshold_of(copies, target_fmr=1e-4, enrolled=1)
    assert limit == pytest.approx(table.threshold(target_fmr=1e-4, enrolled=1, probe=1), abs=1e-6)


def test_a_rate_of_single_images_serves_a_burst() -> None:
    table = replace(a_calibration(), days_apart=DAYS_APART)
    single = table.threshold(target_fmr=1e-5, enrolled=1, probe=1)
    assert table.lowest_fmr(enrolled=1, probe=2) > 1e-5
    assert 0.9 * single < table.threshold_of(around(3, 0.1), target_fmr=1e-5, enrolled=1) < single


def test_a_live_capture_has_its_limit_besides() -> None:
    assert independent(around(3, DAYS_APART), Occasion.BURST) == 2
    assert independent(around(3, 0.2), Occasion.BURST) == 1


def test_without_a_usual_distance_each_image_counts() -> None:
    assert a_calibration().independent(around(3, 0.1), Occasion.DAYS) == 3


def test_no_images_have_no_threshold(table: Calibration) -> None:
    with pytest.raises(ValueError, match="at least one image"):
        table.threshold(target_fmr=1e-4, enrolled=0, probe=1)


def test_it_says_whether_anything_is_provisional(table: Calibration) -> None:
    assert table.provisional
    assert not a_calibration({(1, 1): ONE_AND_ONE}).provisional


@given(st.floats(-5, -2), st.floats(-5, -2))
def test_a_lower_rate_is_never_looser(a: float, b: float) -> None:
    low, high = sorted((max(1e-5, 10**a), max(1e-5, 10**b)))
    table = a_calibration({(1, 1): ONE_AND_ONE})
    strict = table.threshold(target_fmr=low, enrolled=1, probe=1)
    assert strict <= table.threshold(target_fmr=high, enrolled=1, probe=1) + 1e-12


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {(1, 1): ()},
        {(2, 2): ONE_AND_ONE},
        {(1, 1): ONE_AND_ONE, (1, 2): ONE_AND_ONE, (2, 2): ONE_AND_ONE},
        {(1, 1): (Point(1e-4, 0.3), Point(1e-2, 0.4))},
        {(1, 1): (Point(1e-2, 0.3), Point(1e-4, 0.4))},
        {(1, 1): (Point(1e-2, 2.5),)},
        {(1, 1): (Point(0.0, 0.3),)},
    ],
)
def test_a_table_with_gaps_or_in_disorder_is_none(
    cells: dict[tuple[int, int], tuple[Point, ...]],
) -> None:
    with pytest.raises(ValueError, match=r"calibrat|highest rate"):
        a_calibration(cells)


def test_more_images_never_loosen_it() -> None:
    looser = CELLS | {(2, 2): (Point(1e-2, 0.40), Point(1e-4, 0.315))}
    with pytest.raises(ValueError, match="more images"):
        a_calibration(looser)
