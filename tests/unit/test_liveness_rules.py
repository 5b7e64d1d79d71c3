"""What the frames of a step must show: each rule at, above and below its threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelogin.domain.challenge import Direction
from facelogin.domain.errors import FaceTurnedAway, LivenessFailed, TooBlurred
from facelogin.domain.liveness import judge_centre, judge_turn
from facelogin.domain.liveness_policy import (
    FRAMES_MISSING,
    TURN_FASTER,
    TURN_MORE,
    TURN_SLOWER,
    WRONG_WAY,
    Judgement,
    LivenessPolicy,
    Outcome,
    Rule,
    Sight,
)
from facelogin.domain.observation import Pose, Shift

POLICY = LivenessPolicy()
STRAIGHT = Pose(0.0, 0.0, 0.0)
STEP_MS = 150
BIT = 0.001
FOLLOWED = Shift(0.0, 0.0, 0.01)
SIDES = (Direction.LEFT, Direction.RIGHT)
EVERY = tuple(Direction)
AXES = {
    Direction.LEFT: (1, 0),
    Direction.RIGHT: (-1, 0),
    Direction.UP: (0, 1),
    Direction.DOWN: (0, -1),
}
OPPOSITE = {
    Direction.LEFT: Direction.RIGHT,
    Direction.RIGHT: Direction.LEFT,
    Direction.UP: Direction.DOWN,
    Direction.DOWN: Direction.UP,
}


def sight(number: int = 0, **shown: object) -> Sight:
    """A frame that breaks no rule of its own, taken `number` steps after the first."""
    good = Sight(t_ms=STEP_MS * (number + 1), faces=1, eyes_px=100.0, pose=STRAIGHT, shift=None)
    return replace(good, **shown)  # type: ignore[arg-type]


def straight(*poses: Pose) -> list[Sight]:
    """Frames of somebody who looks straight, or at least in these poses."""
    given_poses = poses or (STRAIGHT,) * POLICY.min_frames
    return [sight(number, pose=pose) for number, pose in enumerate(given_poses)]


def pose_at(degrees: float, direction: Direction, *, baseline: Pose = STRAIGHT) -> Pose:
    sideways, upwards = AXES[direction]
    return Pose(baseline.yaw_deg + sideways * degrees, baseline.pitch_deg + upwards * degrees, 0.0)


def shift_of(depth: float, direction: Direction) -> Shift:
    """A nose that has moved this far out of the plane, the way it does in that direction."""
    sideways, upwards = AXES[direction]
    return Shift(right=sideways * depth, down=-upwards * depth, noise=0.01)


def enough(direction: Direction) -> float:
    return POLICY.turn_yaw_deg if direction.sideways else POLICY.turn_pitch_deg


def needed(direction: Direction) -> float:
    return POLICY.parallax_sideways if direction.sideways else POLICY.parallax_up_down


def turned(
    direction: Direction,
    degrees: Sequence[float] | None = None,
    *,
    depth: float | None = None,
    step_ms: int = STEP_MS,
    baseline: Pose = STRAIGHT,
) -> list[Sight]:
    """Frames of a turn that is just far enough, and just deep enough, unless told otherwise."""
    far = enough(direction)
    path = (0, 0, far / 2, far, far, far / 2, 0) if degrees is None else degrees
    shift = shift_of(needed(direction) if depth is None else depth, direction)
    return [
        sight(
            number,
            t_ms=step_ms * (number + 1),
            pose=pose_at(one, direction, baseline=baseline),
            shift=shift,
        )
        for number, one in enumerate(path)
    ]


def at(sights: Sequence[Sight], number: int, **shown: object) -> list[Sight]:
    """The same frames, one of them changed."""
    changed = list(sights)
    changed[number] = replace(sights[number], **shown)  # type: ignore[arg-type]
    return changed


def judged(
    sights: Sequence[Sight], direction: Direction = Direction.LEFT, *, baseline: Pose = STRAIGHT
) -> Judgement:
    return judge_turn(sights, direction, baseline, POLICY)


def told(judgement: Judgement) -> tuple[Outcome, Rule | None, str | None]:
    return judgement.outcome, judgement.rule, judgement.code


def again(rule: Rule, code: str) -> tuple[Outcome, Rule, str]:
    return Outcome.REPEAT, rule, code


def refused(rule: Rule, code: str = LivenessFailed.code) -> tuple[Outcome, Rule, str]:
    return Outcome.FAILED, rule, code


PASSED = (Outcome.PASSED, None, None)


def test_who_looks_straight_passes_and_says_where_straight_is() -> None:
    judgement = judge_centre(
        straight(*(Pose(yaw, 2.0, 0.0) for yaw in (1.0, 2.0, 3.0, 4.0, 5.0))), POLICY
    )
    assert told(judgement) == PASSED
    assert judgement.baseline == Pose(3.0, 2.0, 0.0)
    assert judgement.chosen == (0, 2, 4)


@pytest.mark.parametrize("direction", EVERY)
def test_a_turn_that_is_just_enough_passes(direction: Direction) -> None:
    judgement = judged(turned(direction), direction)
    assert told(judgement) == PASSED
    assert len(judgement.chosen) == 1


@pytest.mark.parametrize(
    ("limit", "direction"),
    [(POLICY.baseline_yaw_deg, way) for way in SIDES]
    + [(POLICY.baseline_pitch_deg, way) for way in (Direction.UP, Direction.DOWN)],
)
def test_looking_straight_is_not_looking_aside(limit: float, direction: Direction) -> None:
    as_far = [pose_at(limit, direction)] * POLICY.min_frames
    too_far = [pose_at(limit + BIT, direction)] * POLICY.min_frames
    assert told(judge_centre(straight(*as_far), POLICY)) == PASSED
    back = {"left": "turn_right", "right": "turn_left", "up": "lower_chin", "down": "lift_chin"}
    code = f"{FaceTurnedAway.code}.{back[direction]}"
    assert told(judge_centre(straight(*too_far), POLICY)) == refused(Rule.FRONTAL, code)


@pytest.mark.parametrize("direction", EVERY)
def test_a_turn_counts_from_where_straight_was(direction: Direction) -> None:
    aside = Pose(6.0, -7.0, 0.0)
    sights = turned(direction, baseline=aside)
    assert told(judged(sights, direction, baseline=aside)) == PASSED
    nearly = turned(direction, [0, 0, 9, enough(direction) - BIT, 9, 0], baseline=aside)
    assert judged(nearly, direction, baseline=aside).rule is Rule.TURN


@pytest.mark.parametrize("direction", EVERY)
def test_the_face_of_a_turn_is_of_those_turned_enough_the_one_turned_least(
    direction: Direction,
) -> None:
    """Whose depth counts: somebody who takes over before the turn is far enough is in it."""
    far = enough(direction)
    sights = turned(direction, [0, 5, far / 2, far + 3, far + 4, far + 1, far / 2, 0])
    assert judged(sights, direction).chosen == (5,)


@pytest.mark.parametrize(
    ("gap_ms", "centre", "turn"),
    [
        (POLICY.min_gap_ms - 1, refused(Rule.TIMING), refused(Rule.TIMING)),
        (POLICY.min_gap_ms, PASSED, PASSED),
        (POLICY.still_gap_ms, PASSED, PASSED),
        (
            POLICY.still_gap_ms + 1,
            again(Rule.TIMING, FRAMES_MISSING),
            again(Rule.TIMING, FRAMES_MISSING),
        ),
    ],
)
def test_frames_come_at_the_pace_of_a_camera(gap_ms: int, centre: object, turn: object) -> None:
    still = [replace(one, shift=FOLLOWED) for one in straight()]
    still[-1] = replace(still[-1], t_ms=still[-2].t_ms + gap_ms)
    assert told(judge_centre(still, POLICY)) == centre
    end = turned(Direction.LEFT, [0, 0, 9, 18, 18, 9, 0, 0])
    end[-1] = replace(end[-1], t_ms=end[-2].t_ms + gap_ms)
    assert told(judged(end)) == turn


def with_gap(gap_ms: int, moved: float) -> list[Sight]:
    """A turn that rests at its farthest: a gap of time there, in which it moves a little."""
    peak = 30.0
    path = (0, 0, 12, 22, peak, peak - moved, (peak - moved) / 2, 3, 0)
    sights = turned(Direction.LEFT, path, step_ms=100)
    return [
        replace(one, t_ms=one.t_ms + (gap_ms - 100 if number >= 5 else 0))
        for number, one in enumerate(sights)
    ]


@pytest.mark.parametrize(
    ("moved", "longest_ms"),
    [
        (0.0, POLICY.still_gap_ms),
        (POLICY.still_deg, POLICY.still_gap_ms),
        (POLICY.still_deg + 2.0, 1845),
        ((POLICY.still_deg + POLICY.unseen_deg) / 2, 1225),
        (POLICY.unseen_deg, POLICY.max_gap_ms),
    ],
)
def test_a_gap_may_last_the_longer_the_less_moved(moved: float, longest_ms: int) -> None:
    assert told(judged(with_gap(longest_ms, moved))) == PASSED
    missing = judged(with_gap(longest_ms + 1, moved))
    assert told(missing) == again(Rule.TIMING, FRAMES_MISSING)


@pytest.mark.parametrize(
    "shift", [None, Shift(0.1, 0.0, POLICY.parallax_noise + BIT), Shift(math.nan, 0.0, math.nan)]
)
def test_after_a_long_gap_the_points_are_found_again(shift: Shift | None) -> None:
    """A photo that takes the place of a head while nothing is filmed moves no point of it."""
    sights = at(with_gap(POLICY.still_gap_ms, 0.0), 5, shift=shift)
    assert told(judged(sights)) == again(Rule.TIMING, FRAMES_MISSING)


@pytest.mark.parametrize("direction", EVERY)
def test_nothing_hides_between_two_frames(direction: Direction) -> None:
    """Slow enough for a head, and yet as far as from one photo to another."""
    unseen = POLICY.unseen_deg
    path = (0, 0, 4, 4 + unseen, 4 + unseen, 4, 0)
    assert told(judged(turned(direction, path, step_ms=250), direction)) == PASSED
    path = (0, 0, 4, 4 + unseen + BIT, 4 + unseen + BIT, 4, 0)
    hidden = judged(turned(direction, path, step_ms=250), direction)
    assert told(hidden) == again(Rule.TIMING, FRAMES_MISSING)


@pytest.mark.parametrize("direction", EVERY)
@pytest.mark.parametrize("rise_s", [0.4, 1.0, 2.0, 2.8])
@pytest.mark.parametrize("hold_s", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("fps", [5, 10, 12])
def test_a_turn_passes_at_any_human_pace(
    direction: Direction, rise_s: float, hold_s: float, fps: int
) -> None:
    """From 1.1 to 7.6 seconds, in as many frames as a page sends of what a camera gives."""
    lasts_s = 2 * rise_s + hold_s
    count = min(POLICY.max_frames, round((lasts_s + 0.2) * fps) + 1)
    times = [0.1 + (lasts_s + 0.2) * number / (count - 1) for number in range(count)]
    peak = enough(direction) + 8
    ways = [min(1.0, max(0.0, min(t - 0.2, lasts_s + 0.2 - t) / rise_s)) for t in times]
    sights = turned(direction, [peak * way for way in ways])
    timed = [replace(one, t_ms=round(t * 1000)) for one, t in zip(sights, times, strict=True)]
    assert told(judged(timed, direction)) == PASSED


def test_a_turn_may_pause_on_its_way() -> None:
    path = (0, 6, 12, 12.5, 12, 20, 26, 26, 20, 14, 13.5, 14, 8, 0)
    assert told(judged(turned(Direction.LEFT, path, step_ms=390))) == PASSED


@pytest.mark.parametrize("longer_time", [False, True])
def test_a_turn_is_finished_in_its_time(*, longer_time: bool) -> None:
    last_ms = POLICY.step_ms(longer=longer_time)
    far = enough(Direction.LEFT)

    def ending(end_ms: int, degrees: float) -> tuple[Outcome, Rule | None, str | None]:
        path = (0, far / 2, far, far, far, far / 2, degrees)
        sights = turned(Direction.LEFT, path, step_ms=100)
        shifted = [replace(one, t_ms=one.t_ms + end_ms - 700) for one in sights]
        judgement = judge_turn(shifted, Direction.LEFT, STRAIGHT, POLICY, longer_time=longer_time)
        return told(judgement)

    late_ms = last_ms + POLICY.clock_slack_ms
    assert ending(late_ms, 0.0) == PASSED
    assert ending(late_ms + 1, 0.0) == again(Rule.TIMING, TURN_FASTER)
    assert ending(last_ms, POLICY.return_deg + BIT) == again(Rule.RETURN, TURN_FASTER)
    in_time = ending(last_ms // 2, POLICY.return_deg + BIT)
    assert in_time == again(Rule.RETURN, FaceTurnedAway.code)


def test_who_has_not_turned_when_time_is_over_is_told() -> None:
    sights = turned(Direction.LEFT, [0, 2, 4, 6, 8, 10, 12, 14, 16])
    slow = [replace(one, t_ms=one.t_ms * 6) for one in sights]
    assert told(judged(slow)) == again(Rule.TURN, TURN_FASTER)
    assert told(judged(sights)) == again(Rule.TURN, TURN_MORE)


def test_a_turn_that_fell_into_a_gap_is_told_as_such() -> None:
    path = (0, 0, 1, 0, 1, 0)
    still = turned(Direction.LEFT, path, step_ms=POLICY.max_gap_ms)
    assert told(judged(still)) == again(Rule.TURN, TURN_MORE)
    stalled = turned(Direction.LEFT, path, step_ms=POLICY.max_gap_ms + 1)
    assert told(judged(stalled)) == again(Rule.TURN, FRAMES_MISSING)


def test_a_camera_that_saw_the_farthest_once_is_told_as_such() -> None:
    far = enough(Direction.LEFT) + 1
    path = (0, 0, far / 2, far, far / 2, 0)
    seldom = turned(Direction.LEFT, path, step_ms=POLICY.sparse_ms + 1)
    assert told(judged(seldom)) == again(Rule.TURN, FRAMES_MISSING)
    often = turned(Direction.LEFT, path, step_ms=POLICY.sparse_ms)
    assert told(judged(often)) == again(Rule.TURN, TURN_MORE)
    resting = (0, 0, far / 2, far - 2, far - 2, far, far - 2, far / 2, 0)
    barely = turned(Direction.LEFT, resting, step_ms=POLICY.sparse_ms + 1)
    assert told(judged(barely)) == again(Rule.TURN, TURN_MORE)


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ({"faces": 0, "pose": None}, "face_not_found"),
        ({"faces": 1, "pose": None}, "face_not_found"),
        ({"faces": 2}, "several_faces"),
        ({"light": "too_dark"}, "too_dark"),
        ({"light": "too_bright"}, "too_bright"),
    ],
)
@pytest.mark.parametrize("number", [0, 2, -1])
def test_every_frame_shows_one_face_in_good_light(
    shown: dict[str, object], code: str, number: int
) -> None:
    assert told(judge_centre(at(straight(), number, **shown), POLICY)) == refused(Rule.FACES, code)
    sights = at(turned(Direction.LEFT), number, **shown)
    assert told(judged(sights)) == again(Rule.FACES, code)


def test_a_face_is_near_enough_and_a_turned_one_may_look_narrower() -> None:
    near, turned_near = POLICY.min_eyes_px, POLICY.min_turned_eyes_px
    assert told(judge_centre(at(straight(), 1, eyes_px=near), POLICY)) == PASSED
    too_far = judge_centre(at(straight(), 1, eyes_px=near - BIT), POLICY)
    assert told(too_far) == refused(Rule.FACES, "face_too_small")
    assert told(judged(at(turned(Direction.LEFT), 3, eyes_px=turned_near))) == PASSED
    too_far = judged(at(turned(Direction.LEFT), 3, eyes_px=turned_near - BIT))
    assert told(too_far) == again(Rule.FACES, "face_too_small")


def test_enough_frontal_frames_would_do_for_a_photo_too() -> None:
    blurred = [
        sight(number, refusal="too_blurred" if number >= POLICY.frontal_frames else None)
        for number in range(POLICY.frontal_frames + 2)
    ]
    assert told(judge_centre(blurred, POLICY)) == PASSED
    blurred = at(blurred, 0, refusal="face_cut_off")
    assert told(judge_centre(blurred, POLICY)) == refused(Rule.QUALITY, "too_blurred")


def test_the_usual_refusal_is_told_with_its_detail() -> None:
    said = ["too_blurred", "too_blurred", "a.one", "a.two", "a.two"]
    blurred = [sight(number, refusal=one) for number, one in enumerate(said)]
    assert told(judge_centre(blurred, POLICY)) == refused(Rule.QUALITY, "a.two")


@pytest.mark.parametrize("away", [Pose(1, 0, 0), Pose(-1, 0, 0), Pose(0, 1, 0), Pose(0, -1, 0)])
def test_enough_frames_look_the_same_way(away: Pose) -> None:
    def looking(degrees: float) -> list[Sight]:
        other = Pose(away.yaw_deg * degrees, away.pitch_deg * degrees, 0.0)
        still = (STRAIGHT,) * (POLICY.frontal_frames - 1)
        return straight(*still, other, Pose(40, 40, 0), Pose(-40, -40, 0))

    assert told(judge_centre(looking(POLICY.frontal_deg), POLICY)) == PASSED
    restless = judge_centre(looking(POLICY.frontal_deg + BIT), POLICY)
    assert told(restless) == refused(Rule.FRONTAL, FaceTurnedAway.code)


def test_what_moved_while_it_was_to_be_still_is_not_embedded() -> None:
    judgement = judge_centre(straight(STRAIGHT, Pose(9, 0, 0), STRAIGHT, STRAIGHT), POLICY)
    assert judgement.chosen == (0, 2, 3)


@pytest.mark.parametrize("direction", EVERY)
def test_a_turn_begins_straight(direction: Direction) -> None:
    far, limit = enough(direction), POLICY.frontal_deg
    rest = (far / 2, far, far, far / 2, 0)
    assert told(judged(turned(direction, [limit, *rest]), direction)) == PASSED
    begun = judged(turned(direction, [limit + BIT, *rest]), direction)
    assert told(begun) == again(Rule.FRONTAL, FaceTurnedAway.code)


@pytest.mark.parametrize("direction", EVERY)
def test_nobody_moves_before_the_step_can_have_been_seen(direction: Direction) -> None:
    sights = turned(direction, [0, 9, enough(direction), enough(direction), 9, 9, 0])
    on_time = [replace(one, t_ms=one.t_ms - STEP_MS) for one in sights]
    assert told(judged(on_time, direction)) == PASSED
    early = at(on_time, 1, t_ms=POLICY.onset_ms - 1)
    assert told(judged(early, direction)) == again(Rule.ONSET, FaceTurnedAway.code)


def test_a_head_turns_at_the_speed_of_a_head() -> None:
    most, jump = POLICY.max_deg_per_100_ms, POLICY.jump_deg_per_100_ms

    def turning(speed: float) -> list[Sight]:
        """Degrees per 100 ms from the fourth frame to the fifth, and slow before and after."""
        peak = 15 + speed
        back = (peak - 15, peak - 30, peak - 45, peak - 60)
        return turned(
            Direction.LEFT, [0, 5, 15, peak, *(max(one, 0) for one in back), 0], step_ms=100
        )

    assert told(judged(turning(most))) == PASSED
    assert told(judged(turning(most + BIT))) == again(Rule.JUMP, TURN_SLOWER)
    assert told(judged(turning(jump))) == again(Rule.JUMP, TURN_SLOWER)
    assert told(judged(turning(jump + BIT))) == refused(Rule.JUMP)


def test_a_head_does_not_jump_up_or_down_either() -> None:
    sights = turned(Direction.LEFT)
    nod = Pose(sights[3].pose.yaw_deg, 90.0, 0.0)  # type: ignore[union-attr]
    assert told(judged(at(sights, 3, pose=nod))) == refused(Rule.JUMP)


@pytest.mark.parametrize("direction", EVERY)
def test_a_turn_goes_far_enough_for_more_than_a_moment(direction: Direction) -> None:
    far = enough(direction)
    path = (0, 0, far / 2, far, far - BIT, far / 2, 0)
    nearly = turned(direction, path, step_ms=POLICY.sparse_ms)
    assert told(judged(nearly, direction)) == again(Rule.TURN, TURN_MORE)


@pytest.mark.parametrize("direction", EVERY)
@pytest.mark.parametrize("other", EVERY)
def test_a_turn_elsewhere_is_told_as_such(direction: Direction, other: Direction) -> None:
    if other is direction:
        return
    wrong = POLICY.wrong_way_deg
    elsewhere = turned(other, [0, 0, wrong / 2, wrong, wrong, wrong / 2, 0])
    assert told(judged(elsewhere, direction)) == again(Rule.DIRECTION, WRONG_WAY)
    assert told(judged(turned(other), direction)) == again(Rule.DIRECTION, WRONG_WAY)
    nearly = turned(other, [0, 0, wrong / 2, wrong - BIT, wrong / 2, 0])
    assert told(judged(nearly, direction)) == again(Rule.TURN, TURN_MORE)


@pytest.mark.parametrize("direction", EVERY)
def test_a_head_is_seen_on_its_way(direction: Direction) -> None:
    far = enough(direction)
    least = POLICY.way_from * far

    def by_way_of(degrees: float, step_ms: int = POLICY.sparse_ms) -> list[Sight]:
        return turned(direction, [0, 0, degrees, far, far, 0, 0], step_ms=step_ms)

    seldom_ms = POLICY.sparse_ms + 1
    assert told(judged(by_way_of(least + BIT), direction)) == PASSED
    assert told(judged(by_way_of(least - BIT), direction)) == again(Rule.JUMP, TURN_SLOWER)
    assert told(judged(by_way_of(far), direction)) == again(Rule.JUMP, TURN_SLOWER)
    unseen = judged(by_way_of(least - BIT, seldom_ms), direction)
    assert told(unseen) == again(Rule.JUMP, FRAMES_MISSING)


@pytest.mark.parametrize("direction", EVERY)
def test_a_turn_ends_straight(direction: Direction) -> None:
    far = enough(direction)
    there, back = (0, 0, far / 2, far, far, far / 2), POLICY.return_deg
    assert told(judged(turned(direction, [*there, back]), direction)) == PASSED
    halfway = judged(turned(direction, [*there, back + BIT]), direction)
    assert told(halfway) == again(Rule.RETURN, FaceTurnedAway.code)


@pytest.mark.parametrize("direction", EVERY)
def test_the_nose_leaves_the_plane_the_way_the_head_turns(direction: Direction) -> None:
    shallow = turned(direction, depth=needed(direction) - BIT)
    assert told(judged(shallow, direction)) == again(Rule.PARALLAX, "turn_more")
    nearly = POLICY.parallax_nearly * needed(direction)
    flat = turned(direction, depth=nearly - BIT)
    assert told(judged(flat, direction)) == refused(Rule.PARALLAX)
    inside_out = turned(direction, depth=-needed(direction) - 1)
    assert told(judged(inside_out, direction)) == refused(Rule.PARALLAX)


@pytest.mark.parametrize("direction", EVERY)
def test_depth_shows_in_more_than_one_frame_and_where_the_head_is_turned(
    direction: Direction,
) -> None:
    sights = turned(direction)
    flat = Shift(0.0, 0.0, 0.01)
    assert told(judged(at(sights, 3, shift=flat), direction)) == refused(Rule.PARALLAX)
    only_on_the_way = [
        replace(one, shift=flat) if number in {3, 4} else one for number, one in enumerate(sights)
    ]
    assert told(judged(only_on_the_way, direction)) == refused(Rule.PARALLAX)


@pytest.mark.parametrize("direction", EVERY)
def test_a_turn_whose_points_were_lost_is_done_again(direction: Direction) -> None:
    """Because frames are missing, because it was too fast to be followed, or by a blur."""
    far = enough(direction)

    def lost(path: Sequence[float], step_ms: int, *, since: int) -> Judgement:
        sights = turned(direction, path, step_ms=step_ms)
        timed = [replace(one, t_ms=one.t_ms + 150) for one in sights]
        unfollowed = [
            replace(one, shift=None) if number >= since else one for number, one in enumerate(timed)
        ]
        return judged(unfollowed, direction)

    path = (0, 0, far / 2, far, far, far, far / 2, 0)
    seldom = lost(path, POLICY.sparse_ms + 1, since=3)
    assert told(seldom) == again(Rule.PARALLAX, FRAMES_MISSING)
    assert told(lost(path, 60, since=3)) == again(Rule.PARALLAX, TURN_SLOWER)
    blurred = lost(path, POLICY.sparse_ms, since=4)
    assert told(blurred) == again(Rule.PARALLAX, TooBlurred.code)


@pytest.mark.parametrize("direction", EVERY)
def test_points_that_do_not_move_as_a_plane_tell_nothing(direction: Direction) -> None:
    """So it is where one photo fades into another."""
    most = replace(shift_of(0.3, direction), noise=POLICY.parallax_noise)
    sights = [replace(one, shift=most) for one in turned(direction)[:-1]] + turned(direction)[-1:]
    assert told(judged(sights, direction)) == PASSED
    torn = replace(most, noise=POLICY.parallax_noise + BIT)
    unread = judged(at(sights, 3, shift=torn), direction)
    assert told(unread) == again(Rule.PARALLAX, FRAMES_MISSING)
    on_the_way = at(sights, 2, shift=torn)
    assert told(judged(on_the_way, direction)) == PASSED


@pytest.mark.parametrize("direction", EVERY)
def test_the_nose_strays_twice_as_far_as_the_plane(direction: Direction) -> None:
    """A bent print moved slowly makes everything stray."""
    shift = shift_of(0.1, direction)
    least = 0.1 / POLICY.parallax_to_noise
    for noise, verdict in ((least, PASSED), (least + BIT, again(Rule.PARALLAX, TURN_MORE))):
        sights = [replace(one, shift=replace(shift, noise=noise)) for one in turned(direction)[:-1]]
        assert told(judged([*sights, turned(direction)[-1]], direction)) == verdict


@pytest.mark.parametrize("direction", EVERY)
def test_straight_again_the_nose_is_back_in_the_plane(direction: Direction) -> None:
    far = enough(direction)
    path = (0, 0, far / 2, far, far, 0.9 * far, 0, 0)
    sights = turned(direction, path)
    aside = shift_of(POLICY.parallax_back, direction)
    for there in (aside, replace(aside, down=aside.right, right=aside.down)):
        further = replace(there, right=there.right * 1.01, down=there.down * 1.01)
        assert told(judged(at(at(sights, 6, shift=None), 7, shift=there), direction)) == PASSED
        assert told(judged(at(sights, 7, shift=further), direction)) == PASSED
        both = at(at(sights, 6, shift=further), 7, shift=further)
        assert told(judged(both, direction)) == again(Rule.PARALLAX, FRAMES_MISSING)
    lost = at(at(sights, 6, shift=None), 7, shift=None)
    assert told(judged(lost, direction)) == again(Rule.PARALLAX, FRAMES_MISSING)


@pytest.mark.parametrize("direction", EVERY)
def test_a_depth_that_is_no_number_is_no_depth(direction: Direction) -> None:
    nothing = Shift(math.nan, math.nan, math.nan)
    sights = [replace(one, shift=nothing) for one in turned(direction)]
    assert told(judged(sights, direction)) == refused(Rule.PARALLAX)


def test_of_several_broken_rules_the_first_is_named() -> None:
    """In the order of the rules: pace, faces, onset, speed, reach, way, return, depth."""
    far = enough(Direction.LEFT)
    flaws: list[tuple[Rule, list[Sight]]] = []
    sights = turned(Direction.LEFT, depth=0.0)
    flaws.append((Rule.PARALLAX, sights))
    sights = at(sights, -1, pose=pose_at(POLICY.return_deg + 1, Direction.LEFT))
    flaws.append((Rule.RETURN, sights))
    for number, degrees in ((2, 0.0), (5, far), (6, far)):
        sights = at(sights, number, pose=pose_at(degrees, Direction.LEFT))
    flaws.append((Rule.JUMP, sights))
    sights = [one if one.pose == STRAIGHT else replace(one, pose=Pose(5, 0, 0)) for one in sights]
    flaws.append((Rule.TURN, sights))
    sights = at(sights, 3, pose=Pose(-12, 0, 0))
    flaws.append((Rule.DIRECTION, sights))
    sights = at(sights, 4, pose=Pose(70, 0, 0))
    flaws.append((Rule.JUMP, sights))
    sights = at(sights, 0, pose=Pose(20, 0, 0))
    flaws.append((Rule.FRONTAL, sights))
    sights = at(sights, 3, faces=2)
    flaws.append((Rule.FACES, sights))
    sights = at(sights, -1, t_ms=sights[-2].t_ms + 1)
    flaws.append((Rule.TIMING, sights))
    assert [judged(shown).rule for _, shown in flaws] == [rule for rule, _ in flaws]


DEGREES = st.floats(-90, 90)
POSES = st.builds(Pose, DEGREES, DEGREES, DEGREES)
SMALL = st.floats(-60, 60)


@st.composite
def motions(draw: st.DrawFn) -> list[Sight]:
    """Frames of anything that moves: any poses at all, or smooth ones, any shifts."""
    count = draw(st.integers(POLICY.min_turn_frames, POLICY.max_frames))
    if draw(st.booleans()):
        poses = [draw(POSES) for _ in range(count)]
    else:
        peak, direction = draw(st.floats(0, 45)), draw(st.sampled_from(Direction))
        poses = [
            pose_at(peak * math.sin(math.pi * number / (count - 1)), direction)
            for number in range(count)
        ]
    gaps = [draw(st.integers(POLICY.min_gap_ms, POLICY.max_gap_ms)) for _ in range(count)]
    depths = st.one_of(st.none(), st.builds(Shift, SMALL, SMALL, st.just(0.01)))
    return [
        sight(number, t_ms=150 + sum(gaps[: number + 1]), pose=pose, shift=draw(depths))
        for number, pose in enumerate(poses)
    ]


@settings(deadline=None)
@given(motions(), st.sampled_from(Direction))
def test_a_flat_picture_never_passes_a_turn(sights: list[Sight], direction: Direction) -> None:
    flat = [replace(one, shift=Shift(0.0, 0.0, 0.0)) for one in sights]
    assert judge_turn(flat, direction, STRAIGHT, POLICY).outcome is not Outcome.PASSED


@settings(deadline=None)
@given(motions(), st.sampled_from(Direction))
def test_points_that_were_lost_never_pass_a_turn(sights: list[Sight], direction: Direction) -> None:
    lost = [replace(one, shift=None) for one in sights]
    assert judge_turn(lost, direction, STRAIGHT, POLICY).outcome is not Outcome.PASSED


@settings(deadline=None)
@given(motions(), st.sampled_from(Direction), POSES)
def test_what_passes_has_turned_where_it_should(
    sights: list[Sight], direction: Direction, baseline: Pose
) -> None:
    if judge_turn(sights, direction, baseline, POLICY).outcome is not Outcome.PASSED:
        return
    sideways, upwards = AXES[direction]
    far = [
        one
        for one in sights
        if one.pose is not None
        and sideways * (one.pose.yaw_deg - baseline.yaw_deg)
        + upwards * (one.pose.pitch_deg - baseline.pitch_deg)
        >= enough(direction)
    ]
    assert len(far) >= POLICY.frames_turned


@settings(deadline=None)
@given(motions(), st.sampled_from(Direction))
def test_no_turn_passes_for_its_opposite(sights: list[Sight], direction: Direction) -> None:
    judgements = [
        judge_turn(sights, one, STRAIGHT, POLICY) for one in (direction, OPPOSITE[direction])
    ]
    deep = [replace(one, shift=shift_of(1.0, direction)) for one in sights]
    judgements_deep = [
        judge_turn(deep, one, STRAIGHT, POLICY) for one in (direction, OPPOSITE[direction])
    ]
    for pair in (judgements, judgements_deep):
        assert [one.outcome for one in pair].count(Outcome.PASSED) <= 1


@settings(deadline=None)
@given(st.lists(POSES, min_size=POLICY.min_frames, max_size=POLICY.max_frames))
def test_who_passes_the_centre_held_still(poses: list[Pose]) -> None:
    judgement = judge_centre(straight(*poses), POLICY)
    if judgement.outcome is not Outcome.PASSED:
        return
    assert judgement.baseline is not None
    assert len(set(judgement.chosen)) == POLICY.frontal_frames
    for number in judgement.chosen:
        assert abs(poses[number].yaw_deg - judgement.baseline.yaw_deg) <= POLICY.frontal_deg
        assert abs(poses[number].pitch_deg - judgement.baseline.pitch_deg) <= POLICY.frontal_deg
