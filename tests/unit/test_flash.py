"""The rule of the colour flash, over numbers."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from itertools import pairwise

import pytest

from facelogin.domain.flash import (
    PALETTE,
    FlashPolicy,
    Response,
    draw_colours,
    judge_flash,
    respond,
)
from facelogin.domain.liveness_policy import Judgement, LivenessPolicy, Outcome, Rule, Sight
from facelogin.domain.observation import Glow, Hue, Pose

POLICY = FlashPolicy()
STRAIGHT = Pose(0.0, 0.0, 0.0)
COLOURS = ("#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff", "#ff00ff", "#00ff00", "#ff0000")
ON_TIME = tuple(350 + 500 * slot for slot in range(8))


def glow(colour: str, *, gain: float = 0.1) -> Glow:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return Glow(Hue(0.4 + gain * (red - green), gain * (blue - green)), None)


def judge(
    glows: Sequence[Glow | None], times: Sequence[int] = ON_TIME, *, pose: Pose = STRAIGHT
) -> Judgement:
    sights = [Sight(t_ms, faces=1, eyes_px=100.0, light="too_dark", pose=pose) for t_ms in times]
    return judge_flash(
        sights, glows, COLOURS, baseline=STRAIGHT, flash=POLICY, policy=LivenessPolicy()
    )


def response_to(glows: Sequence[Glow]) -> Response:
    return respond(list(enumerate(glows)), COLOURS)


def test_a_screen_changes_its_colour_at_most_twice_a_second() -> None:
    assert POLICY.slot_ms >= 500


def test_no_colour_comes_twice_in_a_row_and_any_may_come_first() -> None:
    drawn = [draw_colours(secrets.choice, POLICY) for _ in range(300)]
    assert all(len(colours) == 8 for colours in drawn)
    assert all(a != b for colours in drawn for a, b in pairwise(colours))
    assert {colours[0] for colours in drawn} == set(PALETTE)


def test_the_face_answers_each_colour_in_its_slot() -> None:
    response = response_to([glow(colour) for colour in COLOURS])
    assert response.correlation == pytest.approx(1)
    assert (response.gain, response.strength) == pytest.approx((0.1, 0.1))
    assert judge([glow(colour) for colour in COLOURS]).outcome is Outcome.PASSED


def test_a_face_that_is_late_by_a_slot_answers_other_colours() -> None:
    judgement = judge([glow(colour) for colour in (COLOURS[-1], *COLOURS[:-1])])
    assert (judgement.outcome, judgement.rule) == (Outcome.FAILED, Rule.FLASH)
    assert judgement.code == "liveness_failed"


def test_opposite_colours_are_wrong_however_small_the_gain() -> None:
    judgement = judge([glow(colour, gain=-0.1) for colour in COLOURS])
    assert (judgement.outcome, judgement.rule) == (Outcome.FAILED, Rule.FLASH)


@pytest.mark.parametrize("gain", [0.0, 0.015, -0.015])
def test_a_weak_answer_is_inconclusive(gain: float) -> None:
    judgement = judge([glow(colour, gain=gain) for colour in COLOURS])
    assert (judgement.outcome, judgement.notes) == (Outcome.PASSED, (Rule.FLASH_WEAK,))


def test_a_frame_from_before_the_colour_has_settled_is_not_looked_at_where_there_is_another() -> (
    None
):
    times = sorted([*ON_TIME, 1010, 2010])
    late = {1010: COLOURS[1], 2010: COLOURS[3]}  # still the colour before
    glows = [glow(late.get(t_ms, COLOURS[t_ms // 500])) for t_ms in times]
    judgement = judge(glows, times)
    assert (judgement.outcome, judgement.notes) == (Outcome.PASSED, ())


def test_one_slot_may_be_missed_and_two_may_not() -> None:
    answered = [glow(colour) for colour in COLOURS]
    assert judge([None, *answered[1:]]).outcome is Outcome.PASSED
    judgement = judge([None, None, *answered[2:]])
    assert (judgement.outcome, judgement.rule) == (Outcome.REPEAT, Rule.TIMING)


def test_frames_may_be_600_ms_apart_and_not_more() -> None:
    glows = [glow(colour) for colour in COLOURS]
    assert judge(glows, (250, *ON_TIME[1:])).outcome is Outcome.PASSED
    judgement = judge(glows, (249, *ON_TIME[1:]))
    assert (judgement.outcome, judgement.rule) == (Outcome.REPEAT, Rule.TIMING)


def test_a_head_that_is_turned_away_may_be_shown_once_more() -> None:
    judgement = judge([glow(colour) for colour in COLOURS], pose=Pose(16.0, 0.0, 0.0))
    assert (judgement.outcome, judgement.code) == (Outcome.REPEAT, "face_turned_away")


def test_what_is_beside_the_face_counts_where_it_is_seen_all_the_time() -> None:
    def beside(share: float) -> list[Glow]:
        looks = [glow(colour) for colour in COLOURS]
        wall = [glow(colour, gain=0.1 * share).skin for colour in COLOURS]
        return [Glow(look.skin, hue) for look, hue in zip(looks, wall, strict=True)]

    assert judge(beside(0.5)).notes == ()
    assert judge(beside(0.7)).notes == (Rule.FLASH_PAPER,)
    assert judge([Glow(beside(0.7)[0].skin, None), *beside(0.7)[1:]]).notes == ()


def test_a_prepared_order_hardly_ever_fits_the_one_that_is_drawn() -> None:
    draw = random.Random(7).choice  # noqa: S311 - the same every time
    fits = 0
    for _ in range(4000):
        shown, prepared = draw_colours(draw, POLICY), draw_colours(draw, POLICY)
        response = respond([(i, glow(one)) for i, one in enumerate(prepared)], shown)
        fits += response.correlation >= POLICY.min_correlation
    assert 4 <= fits <= 60  # 0.6 % of them, measured over 100,000
