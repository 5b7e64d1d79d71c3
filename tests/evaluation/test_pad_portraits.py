"""Which photos make portraits."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import faces
from facelogin.domain.observation import Observation
from facelogin.evaluation.pad.casting import cast_photos
from facelogin.evaluation.pad.portraits import (
    EYES_PX,
    IMAGE_LEFT_CORNER,
    IMAGE_RIGHT_CORNER,
    Portrait,
    read_portrait,
    read_portraits,
)
from facelogin.face.engine import OnnxFaceEngine


def test_a_portrait_has_its_eyes_at_a_set_distance(portrait: Portrait, other: Portrait) -> None:
    for one in (portrait, other):
        across = one.mesh[IMAGE_RIGHT_CORNER] - one.mesh[IMAGE_LEFT_CORNER]
        assert np.linalg.norm(across) == pytest.approx(EYES_PX, rel=0.01)


def test_the_scaled_mesh_still_fits_the_scaled_photo(
    portrait: Portrait, engine: OnnxFaceEngine
) -> None:
    again = read_portrait(engine, portrait.pixels)
    assert again is not None
    assert np.abs(again.mesh[:, :2] - portrait.mesh[:, :2]).mean() < 2.0


def test_a_photo_without_one_whole_face_makes_none(engine: OnnxFaceEngine) -> None:
    photo = faces.astronaut_rgb()
    twice = np.ascontiguousarray(np.hstack([photo, photo]))
    for bad in (np.zeros_like(photo), twice, faces.image_rgb("obama_partial_face2.jpg")):
        assert read_portrait(engine, bad) is None
    assert len(list(read_portraits(engine, [twice, photo]))) == 1


def test_points_of_the_upright_head_lie_where_the_mesh_does(portrait: Portrait) -> None:
    there = portrait.pixels_at(portrait.upright_cm())
    assert np.allclose(there, portrait.mesh[:, :2], atol=1e-3)


@dataclass(frozen=True)
class CrowdedFrames:
    """Sees a second face in every rendered frame, and one in the photo itself."""

    engine: OnnxFaceEngine

    def observe(self, image: bytes) -> Observation:
        seen = self.engine.observe(image)
        return replace(seen, faces=seen.faces * 2) if image.startswith(b"\xff\xd8") else seen


def test_who_is_not_alone_when_rendered_is_left_out(engine: OnnxFaceEngine) -> None:
    photo = faces.astronaut_rgb()
    assert len(list(cast_photos(engine, [photo]))) == 1
    assert not list(cast_photos(CrowdedFrames(engine), [photo]))
