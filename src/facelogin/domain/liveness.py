"""Whether the frames of one step show a live head that does what it was asked to.

Pure rules over numbers that were read from frames. A flat picture can be tilted, but its nose stays
in the plane of the eyes, brows and mouth; a head's does not. All thresholds are in
``LivenessPolicy``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from facelogin.domain.challenge import Direction
from facelogin.domain.errors import (
    FaceNotFound,
    FaceTooSmall,
    FaceTurnedAway,
    LivenessFailed,
    SeveralFaces,
    TooBlurred,
)
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
from facelogin.domain.policy import way_back


def judge_centre(sights: Sequence[Sight], policy: LivenessPolicy) -> Judgement:
    """Judge the step in which a person looks straight into the camera and holds still."""
    problem = unfit(sights, policy, min_eyes_px=policy.min_eyes_px)
    if problem is not None:
        return _refuse(*problem)
    if unseen(sights, policy):
        return _again(Rule.TIMING, FRAMES_MISSING)
    usable = {i: sight.pose for i, sight in enumerate(sights) if sight.pose and not sight.refusal}
    if len(usable) < policy.frontal_frames:
        return _refuse(Rule.QUALITY, _usual([one.refusal for one in sights if one.refusal]))
    baseline = _median(list(usable.values()))
    back = way_back(
        baseline, max_yaw_deg=policy.baseline_yaw_deg, max_pitch_deg=policy.baseline_pitch_deg
    )
    if back is not None:
        return _refuse(Rule.FRONTAL, f"{FaceTurnedAway.code}.{back}")
    still = [i for i, pose in usable.items() if distance(pose, baseline) <= policy.frontal_deg]
    if len(still) < policy.frontal_frames:
        return _refuse(Rule.FRONTAL, FaceTurnedAway.code)
    return Judgement(
        Outcome.PASSED, chosen=_spread(still, policy.frontal_frames), baseline=baseline
    )


def judge_turn(
    sights: Sequence[Sight],
    direction: Direction,
    baseline: Pose,
    policy: LivenessPolicy,
    *,
    longer_time: bool = False,
) -> Judgement:
    """Judge the step in which a person turns the head to one side and back again.

    ``longer_time`` is whether the person chose to have more time.

    What was nearly enough, or slipped, may be done once more (the caller counts); what no head
    does may not.
    """
    problem = unfit(sights, policy, min_eyes_px=policy.min_turned_eyes_px)
    if problem is not None:
        rule, code = problem
        return _refuse(rule, code) if code == LivenessFailed.code else _again(rule, code)
    poses = [sight.pose for sight in sights if sight.pose is not None]
    last_ms = policy.step_ms(longer=longer_time)
    turn = _Turn(sights, poses, direction, baseline, policy, last_ms)
    for broken in (
        turn.in_time,
        turn.onset,
        turn.speed,
        turn.whole,
        turn.reach,
        turn.way,
        turn.end,
        turn.depth,
        turn.flat_again,
    ):
        judgement = broken()
        if judgement is not None:
            return judgement
    turned = turn.turned
    return Judgement(Outcome.PASSED, chosen=(min(turn.far, key=lambda i: turned[i]),))


@dataclass(frozen=True, slots=True)
class _Turn:
    """The frames of a turn. Each method returns why one rule is broken, or None.

    ``last_ms`` is when the step's time was over, milliseconds.
    """

    sights: Sequence[Sight]
    poses: Sequence[Pose]
    direction: Direction
    baseline: Pose
    policy: LivenessPolicy
    last_ms: int

    @property
    def turned(self) -> list[float]:
        """How far each frame is turned as it should be, degrees; negative the other way."""
        return [_towards(pose, self.baseline, self.direction) for pose in self.poses]

    @property
    def enough(self) -> float:
        """How far is far enough, degrees."""
        policy = self.policy
        return policy.turn_yaw_deg if self.direction.sideways else policy.turn_pitch_deg

    @property
    def far(self) -> list[int]:
        """Which frames are turned far enough."""
        return [i for i, degrees in enumerate(self.turned) if degrees >= self.enough]

    @property
    def unfinished(self) -> bool:
        """Whether the time was over before the head was straight again."""
        over = self.sights[-1].t_ms >= self.last_ms - 2 * self.policy.max_gap_ms
        return over and distance(self.poses[-1], self.baseline) > self.policy.return_deg

    def in_time(self) -> Judgement | None:
        """A turn is finished in the time that there is for it."""
        late = self.sights[-1].t_ms > self.last_ms + self.policy.clock_slack_ms
        return _again(Rule.TIMING, TURN_FASTER) if late else None

    def whole(self) -> Judgement | None:
        """A head does not move far where no frame shows it."""
        policy = self.policy
        hidden = any(
            distance(sooner, later) > policy.unseen_deg
            and one.t_ms - before.t_ms > policy.sparse_ms
            for (before, one), (sooner, later) in zip(
                pairwise(self.sights), pairwise(self.poses), strict=True
            )
        )
        missing = hidden or unseen(self.sights, policy)
        return _again(Rule.TIMING, FRAMES_MISSING) if missing else None

    def onset(self) -> Judgement | None:
        """A turn begins straight, and not before a person can have seen the step."""
        policy = self.policy
        away = [distance(pose, self.baseline) > policy.frontal_deg for pose in self.poses]
        if away[0]:
            return _again(Rule.FRONTAL, FaceTurnedAway.code)
        early = [sight.t_ms < policy.onset_ms for sight in self.sights]
        both = any(one and other for one, other in zip(away, early, strict=True))
        return _again(Rule.ONSET, FaceTurnedAway.code) if both else None

    def speed(self) -> Judgement | None:
        """A head does not jump from one pose to another."""
        times = [sight.t_ms for sight in self.sights]
        speed = max(
            distance(self.poses[i + 1], self.poses[i]) * 100 / (times[i + 1] - times[i])
            for i in range(len(times) - 1)
        )
        if speed > self.policy.jump_deg_per_100_ms:
            return _refuse(Rule.JUMP, LivenessFailed.code)
        return _again(Rule.JUMP, TURN_SLOWER) if speed > self.policy.max_deg_per_100_ms else None

    def reach(self) -> Judgement | None:
        """A turn goes far enough, for more than a moment, and not elsewhere."""
        if len(self.far) >= self.policy.frames_turned:
            return None
        elsewhere = any(
            _towards(pose, self.baseline, other) >= self.policy.wrong_way_deg
            for other in Direction
            for pose in self.poses
            if other is not self.direction
        )
        if elsewhere:
            return _again(Rule.DIRECTION, WRONG_WAY)
        if self.unfinished:
            return _again(Rule.TURN, TURN_FASTER)
        gaps = [later.t_ms - sooner.t_ms for sooner, later in pairwise(self.sights)]
        seen_once = any(self._sparse(i) and self._alone(i) for i in self.far)
        missing = seen_once or max(gaps) > self.policy.max_gap_ms
        return _again(Rule.TURN, FRAMES_MISSING if missing else TURN_MORE)

    def way(self) -> Judgement | None:
        """A head is seen on its way there and back."""
        least = self.policy.way_from * self.enough
        between = sum(least <= degrees < self.enough for degrees in self.turned)
        if between >= self.policy.min_between:
            return None
        sparse = any(self._sparse(i) for i in (self.far[0], self.far[-1]))
        return _again(Rule.JUMP, FRAMES_MISSING if sparse else TURN_SLOWER)

    def end(self) -> Judgement | None:
        """A turn ends straight again."""
        if distance(self.poses[-1], self.baseline) <= self.policy.return_deg:
            return None
        return _again(Rule.RETURN, TURN_FASTER if self.unfinished else FaceTurnedAway.code)

    def depth(self) -> Judgement | None:
        """The nose leaves the plane of eyes, brows and mouth, as a nose does and paper does not.

        Where these don't move as a plane does, they were lost, and tell nothing. A bent print makes
        points of the plane stray nearly as far as its nose does; a nose strays by far more.
        """
        policy = self.policy
        needed = policy.parallax_sideways if self.direction.sideways else policy.parallax_up_down
        seen = [
            (_parallax(shift, self.direction), policy.parallax_to_noise * shift.noise)
            for shift in (self.sights[i].shift for i in self.far)
            if shift is not None
            and not shift.noise > policy.parallax_noise  # what is no number is judged
        ]
        if len(seen) < policy.frames_turned:
            return self._lost()
        if sum(shift >= max(needed, clear) for shift, clear in seen) >= policy.frames_turned:
            return None
        nearly = policy.parallax_nearly * needed
        if sum(shift >= nearly for shift, _ in seen) >= policy.frames_turned:
            return _again(Rule.PARALLAX, TURN_MORE)
        return _refuse(Rule.PARALLAX, LivenessFailed.code)

    def flat_again(self) -> Judgement | None:
        """Straight again, the nose is about where it was: it was the same points all the way."""
        policy, after = self.policy, self.far[-1] + 1
        for sight, pose in zip(self.sights[after:], self.poses[after:], strict=True):
            straight = distance(pose, self.baseline) <= policy.return_deg
            if straight and sight.shift is not None and sight.shift.size <= policy.parallax_back:
                return None
        return self._lost()

    def _sparse(self, i: int) -> bool:
        """Return whether there are few frames around this one."""
        around = self.sights[max(i - 1, 0) : i + 2]
        gaps = [later.t_ms - sooner.t_ms for sooner, later in pairwise(around)]
        return max(gaps) > self.policy.sparse_ms

    def _alone(self, i: int) -> bool:
        """Return whether the head was somewhere else just before this frame and just after."""
        others = (*self.poses[max(i - 1, 0) : i], *self.poses[i + 1 : i + 2])
        return all(distance(one, self.poses[i]) > self.policy.still_deg for one in others)

    def _lost(self) -> Judgement:
        """Return why points were lost: the head was faster than it can be followed, or a blur.

        Where all were found again, and in other places, it was where the head moved most.
        """
        policy = self.policy
        later = range(1, len(self.sights))
        farthest = max(later, key=lambda i: distance(self.poses[i], self.poses[i - 1]))
        i = next((i for i in later if lost(self.sights[i], policy)), farthest)
        gap_ms = self.sights[i].t_ms - self.sights[i - 1].t_ms
        moved = distance(self.poses[i], self.poses[i - 1])
        if gap_ms > policy.sparse_ms and moved > policy.still_deg:
            return _again(Rule.PARALLAX, FRAMES_MISSING)
        fast = moved * 100 / gap_ms > policy.followed_deg_per_100_ms
        return _again(Rule.PARALLAX, TURN_SLOWER if fast else TooBlurred.code)


def unfit(
    sights: Sequence[Sight], policy: LivenessPolicy, *, min_eyes_px: float
) -> tuple[Rule, str] | None:
    """Return why these frames can't be judged, or None."""
    gaps = [later.t_ms - sooner.t_ms for sooner, later in pairwise(sights)]
    if min(gaps) < policy.min_gap_ms:
        return Rule.TIMING, LivenessFailed.code
    for sight in sights:
        if sight.faces != 1 or sight.pose is None:
            return Rule.FACES, SeveralFaces.code if sight.faces > 1 else FaceNotFound.code
        if sight.eyes_px < min_eyes_px:
            return Rule.FACES, FaceTooSmall.code
        if sight.light is not None:
            return Rule.FACES, sight.light
    return None


def unseen(sights: Sequence[Sight], policy: LivenessPolicy) -> bool:
    """Return whether a head may have done anything between two frames that none shows.

    A long gap is none to worry about if the head is about where it was, and the points that are
    followed were found again.
    """
    for sooner, later in pairwise(sights):
        if sooner.pose is None or later.pose is None:
            continue
        gap_ms, moved = later.t_ms - sooner.t_ms, distance(sooner.pose, later.pose)
        if gap_ms > policy.gap_ms(moved) or (gap_ms > policy.max_gap_ms and lost(later, policy)):
            return True
    return False


def lost(sight: Sight, policy: LivenessPolicy) -> bool:
    """Return whether the points that are followed were not found again in this frame."""
    return sight.shift is None or not sight.shift.noise <= policy.parallax_noise


def _towards(pose: Pose, baseline: Pose, direction: Direction) -> float:
    """Return how far a pose is turned in that direction, degrees; negative the other way."""
    yaw, pitch = pose.yaw_deg - baseline.yaw_deg, pose.pitch_deg - baseline.pitch_deg
    return {
        Direction.LEFT: yaw,
        Direction.RIGHT: -yaw,
        Direction.UP: pitch,
        Direction.DOWN: -pitch,
    }[direction]


def _parallax(shift: Shift, direction: Direction) -> float:
    return {
        Direction.LEFT: shift.right,
        Direction.RIGHT: -shift.right,
        Direction.UP: -shift.down,
        Direction.DOWN: shift.down,
    }[direction]


def distance(one: Pose, other: Pose) -> float:
    """Return the larger of the differences in yaw and pitch, degrees."""
    return max(abs(one.yaw_deg - other.yaw_deg), abs(one.pitch_deg - other.pitch_deg))


def _usual(refusals: Sequence[str]) -> str:
    """Return the code that most were refused for, with the detail that most of those have."""
    code, _ = Counter(one.partition(".")[0] for one in refusals).most_common(1)[0]
    ours = Counter(one for one in refusals if one.partition(".")[0] == code)
    return ours.most_common(1)[0][0]


def _median(poses: Sequence[Pose]) -> Pose:
    return Pose(
        yaw_deg=median(pose.yaw_deg for pose in poses),
        pitch_deg=median(pose.pitch_deg for pose in poses),
        roll_deg=median(pose.roll_deg for pose in poses),
    )


def _spread(indices: Sequence[int], count: int) -> tuple[int, ...]:
    """Return ``count`` of these, from the first to the last, evenly apart."""
    last = len(indices) - 1
    return tuple(indices[round(i * last / (count - 1))] for i in range(count))


def _refuse(rule: Rule, code: str) -> Judgement:
    return Judgement(Outcome.FAILED, rule=rule, code=code)


def _again(rule: Rule, code: str) -> Judgement:
    return Judgement(Outcome.REPEAT, rule=rule, code=code)
