"""Following one face through the frames of a step, with its focus and without."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from face.pictures import Rgb, encoded, framed
from facelogin.domain.observation import Face, Sighting
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.following import follow


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


def moved(face: Face, by: float, *, human: bool, wider: float = 1.0) -> Face:
    assert face.mesh is not None
    mesh = (face.mesh * wider + (by, 0, 0)).astype(np.float32)
    box = replace(face.box, x=face.box.x + by, width=face.box.width * wider)
    return replace(face, mesh=mesh, box=box, human=human)


def followed(portrait: Rgb, looks: list[tuple[Face, ...]], *, strict: bool) -> tuple[Sighting, ...]:
    """What comes of frames in each of which the face was lost and looked for anew."""
    found = iter(looks)
    return tuple(
        follow(
            [portrait] * len(looks),
            look=lambda _pixels: next(found),
            fit=lambda _pixels, _mesh: None,
            count=len(looks),
            strict=strict,
        )
    )


def test_a_turned_head_is_followed_past_an_animal(portrait: Rgb, face: Face) -> None:
    """No second look confirms it any more; the animal is wider, and still nobody."""
    animal = moved(face, 400, human=False, wider=2)
    turned = moved(face, 10, human=False)
    first, last = followed(portrait, [(animal, face), (animal, turned)], strict=False)
    assert first.observation.faces == (face,)
    assert last.observation.faces == (turned,)
    assert last.shift is not None


def test_another_person_beside_a_turned_head_counts(portrait: Rgb, face: Face) -> None:
    other, turned = moved(face, 400, human=True), moved(face, 10, human=False)
    _, last = followed(portrait, [(face,), (other, turned)], strict=False)
    assert last.observation.faces == (turned, other)


def test_what_is_followed_must_be_confirmed_in_focus(portrait: Rgb, face: Face) -> None:
    turned = moved(face, 10, human=False)
    _, last = followed(portrait, [(face,), (turned,)], strict=True)
    assert last.observation.faces == ()
    assert last.observation.doubtful == turned
