"""A turn starts straight, goes far enough for long enough, and comes back, at a head's pace."""

from itertools import pairwise

import numpy as np
import pytest

from facelogin.evaluation.pad.genuine import drawn_manner
from facelogin.evaluation.pad.motions import DIRECTIONS, SIGNS, Moment, centre, shake, turn

SEEDS = range(30)


def turned(moment: Moment, start: Moment, direction: str) -> float:
    yaw, pitch = SIGNS[direction]
    return yaw * (moment.stance.yaw_deg - start.stance.yaw_deg) + pitch * (
        moment.stance.pitch_deg - start.stance.pitch_deg
    )


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_turn_goes_there_and_comes_back(direction: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    moments = turn(drawn_manner(rng), direction, rng)
    degrees = [turned(moment, moments[0], direction) for moment in moments]
    enough = 20 if direction in {"left", "right"} else 13
    assert 6 <= len(moments) <= 10
    assert sum(one >= enough for one in degrees) >= 2
    assert abs(degrees[-1]) < 4
    assert all(moment.way == 0 for moment in moments if moment.t_ms < 150)


@pytest.mark.parametrize("seed", SEEDS)
def test_frames_are_as_far_apart_as_a_page_takes_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    manner = drawn_manner(rng)
    for moments in (centre(manner, rng), turn(manner, "left", rng), shake(manner, rng)):
        gaps = [later.t_ms - sooner.t_ms for sooner, later in pairwise(moments)]
        assert min(gaps) >= 40
        assert max(gaps) <= 400


@pytest.mark.parametrize("seed", SEEDS)
def test_a_head_turns_no_faster_than_heads_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    moments = turn(drawn_manner(rng), "right", rng)
    for sooner, later in pairwise(moments):
        speed = abs(later.stance.yaw_deg - sooner.stance.yaw_deg) / (later.t_ms - sooner.t_ms)
        assert speed * 100 <= 20


def test_a_flash_is_seen_in_each_of_its_slots() -> None:
    rng = np.random.default_rng(0)
    slots = {moment.t_ms // 500 for moment in centre(drawn_manner(rng), rng, flashed=True)}
    assert set(range(8)) <= slots


def test_a_shake_goes_to_both_sides() -> None:
    rng = np.random.default_rng(0)
    yaws = [moment.stance.yaw_deg for moment in shake(drawn_manner(rng), rng)]
    assert max(yaws) > 15
    assert min(yaws) < -15


def test_the_same_seed_gives_the_same_motion() -> None:
    first, second = (
        turn(drawn_manner(rng), "up", rng) for rng in map(np.random.default_rng, (3, 3))
    )
    assert first == second
