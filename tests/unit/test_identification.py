"""Whose face it is: rates for so many people, thresholds, doubt, and where figures end."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelogin.domain.calibration import Calibration, Point
from facelogin.domain.errors import IdentificationUnavailable
from facelogin.domain.identification import (
    NO_GALLERY,
    Candidate,
    Decision,
    IdentificationPolicy,
    Limits,
    Search,
    SearchRates,
    Verdict,
    comparison_fmr,
    decide,
    largest_gallery,
    search_fpir,
)
from facelogin.domain.models import EngineRef
from facelogin.domain.odds import Group, groups_of, least_fpir, limiting, most_people, odds
from people import an_embedding

MARGIN = 0.03
ENGINE, OTHER = EngineRef("e", "1"), EngineRef("other", "1")
CALIBRATION = Calibration(
    engine=ENGINE,
    cells={
        (1, 1): (Point(1e-2, 0.39, 0.02), Point(1e-4, 0.32, 0.2), Point(1e-5, 0.30, 0.4)),
        (2, 1): (Point(1e-2, 0.37), Point(1e-5, 0.28)),
        (2, 2): (Point(1e-2, 0.35), Point(1e-5, 0.26)),
    },
    one_person=0.46,
    data_set="made up",
    fitted_on=date(2026, 1, 1),
)


ALONE = (Group(CALIBRATION, {1: 1}),)


def near(
    distance: float, name: str = "ana", images: int = 1, engine: EngineRef = ENGINE
) -> Candidate:
    return Candidate(name, f"template of {name}", engine, images, distance)


def decided(*candidates: Candidate, accepts: float = 0.3, verifies: float = 0.32) -> Decision:
    limits = Limits(accepts=lambda _: accepts, verifies=lambda _: verifies, unit=1.0)
    return decide(candidates, limits={ENGINE: limits}, margin=MARGIN)


def test_the_rates_of_the_student_system_are_what_they_were_said_to_be() -> None:
    assert search_fpir(fmr=6e-3, people=1000) == pytest.approx(0.9976, abs=1e-4)
    assert search_fpir(fmr=1e-4, people=10_000) == pytest.approx(0.632, abs=1e-3)


@given(st.floats(1e-9, 0.5), st.integers(1, 10**8))
def test_the_rate_of_a_comparison_gives_back_that_of_the_search(fpir: float, people: int) -> None:
    fmr = comparison_fmr(fpir=fpir, people=people)
    assert search_fpir(fmr=fmr, people=people) == pytest.approx(fpir, rel=1e-9)
    assert fmr <= fpir * (1 + 1e-9)
    assert fmr * people >= fpir * (1 - 1e-9)  # no stricter than Bonferroni


def test_a_hundred_people_are_the_most_at_one_in_a_thousand_and_1e_5() -> None:
    assert largest_gallery(fpir=1e-3, lowest_fmr=1e-5) == 100


@given(st.floats(1e-6, 0.3), st.floats(1e-8, 1e-3))
def test_the_largest_gallery_is_within_what_was_measured_and_one_more_is_not(
    fpir: float, lowest: float
) -> None:
    most = largest_gallery(fpir=fpir, lowest_fmr=lowest)
    if most >= 1:
        assert comparison_fmr(fpir=fpir, people=most) >= lowest * (1 - 1e-9)
    assert comparison_fmr(fpir=fpir, people=most + 1) <= lowest * (1 + 1e-9)


def test_nobody_has_no_rate() -> None:
    with pytest.raises(ValueError, match="nobody"):
        comparison_fmr(fpir=1e-3, people=0)


def test_with_no_candidate_it_is_nobody() -> None:
    assert decided() == Decision(Verdict.UNKNOWN)


def test_the_nearest_who_is_near_enough_is_who_it_is() -> None:
    assert decided(near(0.5, "ben"), near(0.2)) == Decision(Verdict.KNOWN, near(0.2))


def test_exactly_at_the_threshold_is_near_enough_and_beyond_is_not() -> None:
    assert decided(near(0.3)).verdict is Verdict.KNOWN
    assert decided(near(math.nextafter(0.3, 1))).verdict is Verdict.UNKNOWN


def test_a_near_miss_names_its_account_and_a_far_one_none() -> None:
    assert decided(near(0.31)) == Decision(Verdict.UNKNOWN, near(0.31))
    assert decided(near(0.33)) == Decision(Verdict.UNKNOWN)


def test_two_who_are_about_as_near_are_doubtful() -> None:
    assert decided(near(0.25), near(0.279, "ben")).verdict is Verdict.DOUBTFUL
    assert decided(near(0.25), near(0.281, "ben")).verdict is Verdict.KNOWN


def test_everybody_identical_is_doubtful_and_never_anybody() -> None:
    crowd = [near(0.0, f"user-{n}") for n in range(8)]
    assert decided(*crowd).verdict is Verdict.DOUBTFUL


def test_a_second_one_counts_as_a_rival_even_where_it_is_not_near_enough_itself() -> None:
    assert decided(near(0.295), near(0.31, "ben")).verdict is Verdict.DOUBTFUL


def test_each_template_has_the_threshold_of_its_number_of_images() -> None:
    """The nearer one is refused, being an average that ought to be nearer still: a rival, then."""
    limits = {1: 0.3, 5: 0.25}
    found = decide(
        [near(0.26, "ben", images=5), near(0.28)],
        limits={ENGINE: Limits(accepts=limits.__getitem__, verifies=lambda _: 0.32, unit=1.0)},
        margin=MARGIN,
    )
    assert found == Decision(Verdict.DOUBTFUL, near(0.28))


def test_leaving_the_name_out_is_never_easier_than_giving_it() -> None:
    assert decided(near(0.35), accepts=0.4, verifies=0.32).verdict is Verdict.UNKNOWN


@given(
    st.lists(st.floats(0, 0.6), max_size=8),
    st.floats(0.2, 0.4),
    st.floats(0.2, 0.4),
)
def test_who_is_known_is_the_nearest_near_enough_and_alone(
    distances: list[float], accepts: float, verifies: float
) -> None:
    crowd = [near(distance, f"user-{n}") for n, distance in enumerate(distances)]
    found = decided(*crowd, accepts=accepts, verifies=verifies)
    if found.verdict is Verdict.KNOWN:
        assert found.candidate is not None
        assert found.candidate.distance <= min(accepts, verifies)
        others = [one.distance for one in crowd if one is not found.candidate]
        assert all(one >= found.candidate.distance + MARGIN for one in others)
    if found.candidate is None:
        assert all(distance > verifies for distance in distances)


# --- several engines ----------------------------------------------------------------------------

TWO = {
    ENGINE: Limits(accepts=lambda _: 0.30, verifies=lambda _: 0.32, unit=0.32),
    OTHER: Limits(accepts=lambda _: 0.95, verifies=lambda _: 1.0, unit=1.0),
}


def among_two(*candidates: Candidate) -> Decision:
    return decide(candidates, limits=TWO, margin=0.1)


def test_each_engine_has_its_own_thresholds() -> None:
    assert among_two(near(0.9, engine=OTHER)) == Decision(Verdict.KNOWN, near(0.9, engine=OTHER))
    assert among_two(near(0.9)) == Decision(Verdict.UNKNOWN)


def test_known_people_of_two_engines_are_doubtful_however_far_apart() -> None:
    ben = near(0.1, "ben", engine=OTHER)
    assert among_two(near(0.29), ben) == Decision(Verdict.DOUBTFUL, ben)
    ben = near(0.94, "ben", engine=OTHER)
    assert among_two(near(0.01), ben) == Decision(Verdict.DOUBTFUL, near(0.01))


def test_who_is_far_by_another_engine_makes_nothing_doubtful() -> None:
    """A half of what that engine accepts with a name, and all of it, in spite of the numbers."""
    far = near(0.99, "ben", engine=OTHER)
    assert among_two(near(0.16), far) == Decision(Verdict.KNOWN, near(0.16))


def test_who_is_hardly_less_near_by_another_engine_is_a_rival_though_not_known() -> None:
    rival = near(0.96, "ben", engine=OTHER)
    assert among_two(near(0.29), rival).verdict is Verdict.DOUBTFUL


def test_a_near_miss_is_named_by_the_share_and_not_by_the_distance() -> None:
    misses = near(0.319), near(0.96, "ben", engine=OTHER)
    assert among_two(*misses) == Decision(Verdict.UNKNOWN, misses[1])


@pytest.mark.parametrize(("threshold", "margin"), [(0.3175, 0.03), (1.0286, 0.0972)])
def test_the_margin_is_a_share_of_what_an_engine_accepts_with_a_name(
    threshold: float, margin: float
) -> None:
    policy = IdentificationPolicy()
    cells = {(1, 1): (Point(1e-2, 1.2), Point(1e-4, threshold))}
    calibration = replace(CALIBRATION, cells=cells)
    assert policy.margin_of(calibration) == pytest.approx(margin, abs=5e-5)
    unit = policy.unit_of(calibration)
    limits = Limits(accepts=lambda _: unit, verifies=lambda _: unit, unit=unit)

    def verdict(second: float) -> Verdict:
        crowd = near(threshold / 2), near(threshold / 2 + second, "ben")
        return decide(crowd, limits={ENGINE: limits}, margin=policy.margin).verdict

    assert verdict(margin * 0.99) is Verdict.DOUBTFUL
    assert verdict(margin * 1.01) is Verdict.KNOWN


POLICY = IdentificationPolicy()
FAR = replace(
    CALIBRATION,
    engine=OTHER,
    cells={(1, 1): (Point(1e-2, 1.1, 0.01), Point(1e-4, 1.0, 0.04), Point(1e-6, 0.9, 0.1))},
)


def test_the_rate_must_have_been_measured_for_every_engine_that_has_people() -> None:
    policy, tables = IdentificationPolicy(), [FAR, CALIBRATION]
    every, moved = {ENGINE: {1: 1}, OTHER: {1: 499}}, {OTHER: {1: 500}}
    mixed, alone = groups_of(tables, every, POLICY), groups_of(tables, moved, POLICY)
    assert not odds(policy, mixed, 500).reachable
    assert odds(policy, alone, 500).reachable
    assert (most_people(policy, mixed), most_people(policy, alone)) == (100, 1000)
    assert limiting(mixed).calibration is CALIBRATION
    assert odds(IdentificationPolicy(target_fpir=least_fpir(mixed, 500)), mixed, 500).reachable


def test_who_is_not_found_is_told_of_all_together() -> None:
    groups = groups_of([FAR, CALIBRATION], {ENGINE: {1: 25}, OTHER: {1: 50, 2: 25}}, POLICY)
    told = odds(IdentificationPolicy(), groups, 10).fnir
    assert told[1, 1] == pytest.approx(0.25 * 0.2 + 0.75 * 0.04, abs=1e-4)
    assert told[2, 2] is None  # one of the engines has no such figure


def test_rates_that_no_group_was_measured_at_are_used_only_if_the_operator_says_so() -> None:
    table = replace(FAR, checked_down_to=1e-5)
    further = IdentificationPolicy(rates=SearchRates.PROVISIONAL)
    counted = {OTHER: {1: 300}}
    measured, all_of_it = (groups_of([table], counted, one) for one in (POLICY, further))
    assert (most_people(POLICY, measured), most_people(further, all_of_it)) == (100, 1000)
    assert not odds(POLICY, measured, 300).reachable
    assert odds(further, all_of_it, 300).reachable


def test_with_nobody_enrolled_the_odds_are_the_default_engines() -> None:
    assert groups_of([FAR, CALIBRATION], {}, POLICY) == (Group(FAR, {1: 1}),)


def test_odds_follow_from_the_number_of_people() -> None:
    policy = IdentificationPolicy()
    ten, hundred, thousand = (odds(policy, ALONE, n) for n in (10, 100, 1000))
    assert (ten.reachable, hundred.reachable, thousand.reachable) == (True, True, False)
    assert ten.fpir == pytest.approx(1e-3, rel=1e-3)
    assert hundred.fmr == pytest.approx(1e-5, rel=1e-3)
    assert ten.fnir[1, 1] == pytest.approx(0.2, abs=0.001)
    assert hundred.fnir[1, 1] == pytest.approx(0.4, abs=0.001)
    assert ten.fnir[3, 1] is None  # more images than were measured
    assert thousand.fnir[1, 1] is None


def test_few_people_get_the_rate_of_a_comparison_with_a_name_and_no_higher_one() -> None:
    one = odds(IdentificationPolicy(), ALONE, 1)
    assert one.fmr == 1e-4
    assert one.fpir == pytest.approx(1e-4)


def test_the_rate_that_so_many_need_is_told_so_that_it_suffices() -> None:
    for people in (101, 999, 12_345):
        needed = least_fpir(ALONE, people)
        assert odds(IdentificationPolicy(target_fpir=needed), ALONE, people).reachable
        assert needed < 1.12 * search_fpir(fmr=1e-5, people=people)
    assert most_people(IdentificationPolicy(), ALONE) == 100


def test_where_nobody_may_be_found_nobody_is() -> None:
    assert NO_GALLERY.census() == {}
    for call in (
        NO_GALLERY.check,
        lambda: NO_GALLERY.nearest({ENGINE: Search(an_embedding(), 2)}, most=8),
        lambda: NO_GALLERY.pairs({ENGINE: 2}),
    ):
        with pytest.raises(IdentificationUnavailable):
            call()
