"""Following one face through the frames of a step, with its focus and without."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from face.pictures import Rgb, encoded, framed
from facelogin.domain.observation import Face, Sighting
from facelogin.face.engine import OnnxFaceEngine


@pytest.fixture(scope="module")
def frames(portrait: Rgb) -> list[bytes]:
    """The portrait, moved a little from frame to frame."""
    return [
        encoded(framed(portrait, height=600, width=640, left=20 + 4 * n, top=20 + 2 * n))
        for n in range(5)
    ]


def faces(sightings: tuple[Sighting, ...]) -> list[Face]:
    return [sighting.observation.faces[0] for sighting in sightings]


def test_what_nobody_asks_for_is_left_out_and_all_else_is_the_same(
    engine: OnnxFaceEngine, frames: list[bytes]
) -> None:
    with_focus, without = engine.follow(frames), engine.follow(frames, focus=False)

    assert all(math.isfinite(face.sharpness) for face in faces(with_focus))
    assert all(math.isnan(face.sharpness) and face.chip is None for face in faces(without))
    for one, other in zip(faces(with_focus), faces(without), strict=True):
        assert one.mesh is not None
        assert other.mesh is not None
        assert np.array_equal(one.mesh, other.mesh)
        assert np.array_equal(one.landmarks, other.landmarks)
        left = {"mesh": None, "landmarks": one.landmarks, "sharpness": 0.0, "chip": None}
        assert replace(one, **left) == replace(other, **left)  # type: ignore[arg-type]
    assert [one.shift for one in with_focus] == [one.shift for one in without]
    assert with_focus[-1].shift is not None


def test_a_face_whose_focus_was_left_out_has_the_same_embedding(
    engine: OnnxFaceEngine, frames: list[bytes]
) -> None:
    seen, seen_less = (engine.follow(frames, focus=focus)[2].observation for focus in (True, False))

    assert np.array_equal(
        engine.embed(seen, seen.faces[0]), engine.embed(seen_less, seen_less.faces[0])
    )
