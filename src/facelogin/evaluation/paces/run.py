"""Lets people turn their heads under every circumstance, and judges what their page sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from facelogin.domain.challenge import Direction
from facelogin.domain.liveness import judge_centre, judge_turn
from facelogin.domain.liveness_policy import FRAMES_MISSING, LivenessPolicy, Outcome, Sight
from facelogin.domain.observation import Pose
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.paces.page_frames import chosen, taken
from facelogin.evaluation.paces.timing import Circumstance, circumstances, frame_times
from facelogin.evaluation.paces.turners import Turner
from facelogin.services.live_frames import Frame
from facelogin.services.live_sights import sights_of

_STRAIGHT_FRAMES, _STRAIGHT_GAP_MS = 5, 130
PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Turned:
    """How one turn went: ``passed``, or the code that the person is told.

    ``frames`` is how many were sent, ``lasted_ms`` how long the turn took.
    """

    name: str
    direction: str
    circumstance: Circumstance
    said: str
    frames: int
    lasted_ms: int


Judge = Callable[[Turner, Sequence[int], Sequence[float], "Filming"], tuple[str, int]]
"""Says how a turn went, and how many frames were sent: of the frames taken, times and degrees."""


@dataclass(frozen=True, slots=True)
class Filming:
    """Takes pictures of one turn and reads them, as the server does."""

    turner: Turner
    engine: FaceEngine
    baseline: Pose
    shoot: Callable[[int], bytes]
    quality: CapturePolicy

    def sights(self, times_ms: Sequence[int]) -> list[Sight]:
        """Return what is seen in frames that were taken at these times."""
        frames = [Frame(seq, t_ms, self.shoot(t_ms)) for seq, t_ms in enumerate(times_ms)]
        sightings = self.engine.follow([frame.image for frame in frames], focus=False)
        return sights_of(frames, sightings, self.quality, as_photos=None)


def judged_now(
    turner: Turner, times_ms: Sequence[int], degrees: Sequence[float], filming: Filming
) -> tuple[str, int]:
    """Judge a turn by the rules of this version, by the frames that its page sends."""
    policy = LivenessPolicy()
    picked = chosen(times_ms, degrees, least=policy.min_turn_frames, most=policy.max_frames)
    sent = [times_ms[i] for i in picked]
    if len(sent) < policy.min_turn_frames:
        return FRAMES_MISSING, len(sent)
    judgement = judge_turn(
        filming.sights(sent), Direction(turner.direction), filming.baseline, policy
    )
    passed = judgement.outcome is Outcome.PASSED
    return PASSED if passed else str(judgement.code), len(sent)


def turn_heads(
    turners: Iterable[Turner],
    engine: FaceEngine,
    *,
    seed: int,
    judge: Judge = judged_now,
    under: Sequence[Circumstance] | None = None,
) -> Iterator[Turned]:
    """Yield how every turn went, ``under`` these circumstances or all that there are.

    None is yielded of those who don't pass looking straight.
    """
    for turner in turners:
        rng = np.random.default_rng([seed, *turner.name.encode(), *turner.direction.encode()])
        baseline = _baseline(turner, engine, rng)
        if baseline is not None:
            for one in circumstances() if under is None else under:
                yield _turned(turner, one, engine, baseline, rng, judge)


def _turned(
    turner: Turner,
    one: Circumstance,
    engine: FaceEngine,
    baseline: Pose,
    rng: np.random.Generator,
    judge: Judge,
) -> Turned:
    moved = turner.motion(one)
    every = frame_times(moved, one, rng)
    times = [every[i] for i in taken(every)]
    degrees = [turner.degrees(moved, t_ms) for t_ms in times]

    def shoot(t_ms: int) -> bytes:
        return turner.webcam.shoot(turner.picture(moved, t_ms, rng), rng)

    filming = Filming(turner, engine, baseline, shoot, CapturePolicy())
    said, frames = judge(turner, times, degrees, filming)
    lasted_ms = round(moved.marks_ms[3] - moved.marks_ms[0])
    return Turned(turner.name, turner.direction, one, said, frames, lasted_ms)


def _baseline(turner: Turner, engine: FaceEngine, rng: np.random.Generator) -> Pose | None:
    frames = [
        Frame(seq, _STRAIGHT_GAP_MS * seq, turner.webcam.shoot(turner.straight(), rng))
        for seq in range(_STRAIGHT_FRAMES)
    ]
    sightings = engine.follow([frame.image for frame in frames], focus=True)
    sights = sights_of(frames, sightings, CapturePolicy(), as_photos=engine.min_sharpness)
    return judge_centre(sights, LivenessPolicy()).baseline


def by_circumstance(turns: Iterable[Turned]) -> Mapping[Circumstance, list[Turned]]:
    """Return the turns of each circumstance, in the order in which they are measured."""
    found: dict[Circumstance, list[Turned]] = {one: [] for one in circumstances()}
    for turn in turns:
        found[turn.circumstance].append(turn)
    return found
