"""A fitted table holds for the worst-off group, and never says more than was measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from evaluation.drawn_faces import REF, TABLE
from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import EvaluationRefused
from facelogin.evaluation.calibrating import Fitted, Origin, fit
from facelogin.evaluation.comparisons import Comparison, Side

ORIGIN = Origin(REF, "made up", date(2026, 1, 1))
NAMES = {"group": ["far apart", "alike"]}


def two_groups(people: int = 120, images: int = 6) -> Side:
    """Strangers of the second group share a direction, and lie closer than those of the first."""
    rng = np.random.default_rng(3)
    number = np.repeat(np.arange(people), images)
    group = number % 2
    shared = rng.standard_normal(128)
    directions = rng.standard_normal((people, 128)) + np.outer(np.arange(people) % 2, shared)
    rows = directions[number] + 0.8 * rng.standard_normal((len(number), 128))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Side(rows.astype(np.float32), number, {"group": group})


def fitted(side: Side, earlier: Calibration | None = None) -> Fitted:
    return fit(side, NAMES, ORIGIN, earlier=earlier, splits=20)


@pytest.fixture(scope="module")
def table() -> Fitted:
    return fitted(two_groups())


def test_within_the_worst_group_no_more_match_than_the_target(table: Fitted) -> None:
    comparison = Comparison()
    comparison.add(two_groups())
    points = [one for one in table.calibration.cells[1, 1] if not one.provisional]
    assert len(points) >= 4
    for point in points:
        for group in (0, 1):
            within = comparison.within["group", group]
            assert within.hits(point.threshold) <= point.fmr * within.total


def test_it_is_stricter_than_what_holds_for_everybody(table: Fitted) -> None:
    comparison = Comparison()
    comparison.add(two_groups())
    threshold = table.calibration.threshold(target_fmr=1e-3, enrolled=1, probe=1)
    assert threshold < comparison.impostors.threshold(1e-3)


def test_it_has_every_number_of_images_and_what_was_measured_of_each(table: Fitted) -> None:
    assert table.calibration.most_images == 5
    assert table.people[1, 1] == table.people[5, 1] == 120
    assert table.people[4, 3] == table.people[5, 5] == 0
    assert table.calibration.fnmr(target_fmr=1e-2, enrolled=1, probe=1) is not None
    assert table.calibration.fnmr(target_fmr=1e-2, enrolled=5, probe=5) is None


def test_where_too_few_people_are_alike_an_earlier_figure_stays_and_says_so() -> None:
    strict = replace(
        TABLE,
        cells={
            key: tuple(replace(point, threshold=0.05) for point in points)
            for key, points in TABLE.cells.items()
        },
    )
    few = fitted(two_groups(people=16), earlier=strict).calibration
    lowest = few.cells[1, 1][-1]
    assert (lowest.fmr, lowest.threshold, lowest.provisional) == (1e-4, 0.05, True)


def test_without_an_earlier_table_it_ends_where_the_figures_end(table: Fitted) -> None:
    floor = table.calibration.lowest_fmr(enrolled=1, probe=1)
    assert floor > 1e-5
    assert all(point.fmr >= floor for point in table.calibration.cells[1, 1])


def test_a_group_of_two_has_no_say_and_is_named() -> None:
    side = two_groups()
    label = np.where(side.people == 0, 1, 0)
    result = fit(
        Side(side.embeddings, side.people, {"sex": label}),
        {"sex": ["most", "one"]},
        ORIGIN,
        earlier=None,
        splits=20,
    )
    assert result.left_out == ("sex one",)


def test_too_small_a_data_set_is_told_what_it_lacks() -> None:
    with pytest.raises(EvaluationRefused, match=r"of 4 people 4 have 1 images.*no earlier table"):
        fitted(two_groups(people=4))
