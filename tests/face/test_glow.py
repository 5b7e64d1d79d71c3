"""The colour of a face in a screen's light, from pixels to judgement. The light is simulated."""

from __future__ import annotations

import random

import numpy as np
import pytest

from face.pictures import Rgb
from face.screen_light import Room
from facelogin.domain.flash import FlashPolicy, draw_colours, judge_flash
from facelogin.domain.liveness_policy import Judgement, LivenessPolicy, Outcome, Rule, Sight
from facelogin.domain.observation import Face, Observation, Sighting
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.glow import glow

POLICY = FlashPolicy()
SHOWN = draw_colours(random.Random(1).choice, POLICY)  # noqa: S311 - a fixed order
OTHER = draw_colours(random.Random(2).choice, POLICY)  # noqa: S311


def judged(engine: OnnxFaceEngine, room: Room, *, lit_by: tuple[str, ...] = SHOWN) -> Judgement:
    """Judge frames in the light of ``lit_by``, where ``SHOWN`` was asked for."""
    sightings = engine.follow(room.frames(lit_by))
    pose = sightings[0].observation.faces[0].pose
    assert pose is not None
    seen = [sighting.observation for sighting in sightings]
    return judge_flash(
        [_sight(350 + POLICY.slot_ms * i, one) for i, one in enumerate(sightings)],
        [engine.glow(one, one.faces[0]) for one in seen],
        SHOWN,
        baseline=pose,
        flash=POLICY,
        policy=LivenessPolicy(),
    )


def _sight(t_ms: int, sighting: Sighting) -> Sight:
    face = sighting.observation.faces[0]
    return Sight(t_ms, faces=1, eyes_px=100.0, pose=face.pose)


@pytest.mark.parametrize("light", [0.1, 0.3, 0.8])
def test_a_face_that_the_screen_lights_passes(
    light: float, engine: OnnxFaceEngine, portrait: Rgb, face: Face
) -> None:
    judgement = judged(engine, Room(portrait, face.box, face=light, wall=0.2 * light))
    assert (judgement.outcome, judgement.notes) == (Outcome.PASSED, ())


def test_a_face_that_was_filmed_in_other_colours_fails(
    engine: OnnxFaceEngine, portrait: Rgb, face: Face
) -> None:
    room = Room(portrait, face.box, face=0.3, wall=0.06)
    judgement = judged(engine, room, lit_by=OTHER)
    assert (judgement.outcome, judgement.rule) == (Outcome.FAILED, Rule.FLASH)


@pytest.mark.parametrize("light", [0.0, 0.02])
def test_a_screen_that_can_not_be_seen_on_the_face_is_inconclusive(
    light: float, engine: OnnxFaceEngine, portrait: Rgb, face: Face
) -> None:
    judgement = judged(engine, Room(portrait, face.box, face=light, wall=0.0))
    assert (judgement.outcome, judgement.notes) == (Outcome.PASSED, (Rule.FLASH_WEAK,))


def test_a_flat_picture_answers_as_a_whole(
    engine: OnnxFaceEngine, portrait: Rgb, face: Face
) -> None:
    judgement = judged(engine, Room(portrait, face.box, face=0.3, wall=0.3))
    assert (judgement.outcome, judgement.notes) == (Outcome.PASSED, (Rule.FLASH_PAPER,))


def test_a_face_embeds_alike_in_coloured_light(
    engine: OnnxFaceEngine, portrait: Rgb, face: Face, embedding: np.ndarray
) -> None:
    most = engine.continuity.turned
    for frame in Room(portrait, face.box, face=0.8, wall=0.2).frames(SHOWN):
        seen = engine.observe(frame)
        distance = np.linalg.norm(engine.embed(seen, seen.faces[0]) - embedding)
        assert distance < most


def test_colours_that_are_lost_say_nothing(seen: Observation, face: Face) -> None:
    assert face.mesh is not None
    assert glow(np.zeros_like(seen.pixels), face.mesh, face.box) is None
    assert glow(np.full_like(seen.pixels, 255), face.mesh, face.box) is None
    assert glow(seen.pixels, face.mesh, face.box) is not None
