"""A covered mouth or eye is told, whatever covers it; what leaves the face free is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import faces
from face.pictures import encoded
from facelogin.domain.errors import FaceCovered, FaceNotFound, ImageRefused
from facelogin.domain.policy import CapturePolicy
from facelogin.evaluation.conditions.condition import Condition
from facelogin.evaluation.conditions.covered import CONDITIONS, EYES, FREE, MOUTH
from facelogin.evaluation.embedding import nearest_the_centre
from facelogin.face.engine import OnnxFaceEngine

PEOPLE = slice(5, None, 100)
"""Thirteen people, none of whom the regressions were fitted to (those have even numbers)."""


@pytest.fixture(scope="module")
def photos() -> list[Path]:
    folders = sorted((faces.lfw_dev() / "images").iterdir())[PEOPLE]
    return [min(folder.glob("*.jpg")) for folder in folders]


def code_under(engine: OnnxFaceEngine, path: Path, condition: Condition) -> str:
    """What a picture of the middle face alone is refused with under a condition, or "passes"."""
    pixels = np.asarray(cv2.imread(str(path)), np.uint8)[:, :, ::-1]
    face = nearest_the_centre(engine.observe(encoded(np.ascontiguousarray(pixels))))
    assert face is not None
    assert face.mesh is not None
    chance = np.random.default_rng(1)
    drawn = condition.render(np.ascontiguousarray(pixels), face.mesh, chance)
    try:
        CapturePolicy(second_face_ratio=2).subject(engine.observe(encoded(drawn)), min_sharpness=0)
    except FaceCovered as refusal:
        return f"{refusal.code}.{refusal.detail}"
    except ImageRefused as refusal:
        return refusal.code
    return "passes"


@pytest.mark.parametrize("condition", MOUTH[::3], ids=lambda one: one.name)
def test_nobody_passes_with_a_covered_mouth(
    condition: Condition, engine: OnnxFaceEngine, photos: list[Path]
) -> None:
    codes = [code_under(engine, path, condition) for path in photos]
    assert "passes" not in codes
    assert codes.count("face_covered.mouth") >= len(codes) / 4  # of others it sees no face at all


@pytest.mark.parametrize(
    "condition",
    [one for one in EYES if one.name.startswith(("bar", "mirror", "brown"))],
    ids=lambda one: one.name,
)
def test_hardly_anybody_passes_with_covered_eyes(
    condition: Condition, engine: OnnxFaceEngine, photos: list[Path]
) -> None:
    assert [code_under(engine, path, condition) for path in photos].count("passes") <= 1


def test_what_leaves_the_face_free_covers_nothing(
    engine: OnnxFaceEngine, photos: list[Path]
) -> None:
    codes = [
        code_under(engine, path, one) for path in photos for one in FREE if "light" not in one.name
    ]
    assert len(codes) == 13 * 7
    refused = [code for code in codes if code.startswith((FaceCovered.code, FaceNotFound.code))]
    assert len(refused) <= 1


def test_conditions_have_names_of_their_own() -> None:
    names = [one.name for one in CONDITIONS]
    assert len(set(names)) == len(names) == 34
