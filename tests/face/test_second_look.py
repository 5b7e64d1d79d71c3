"""Only an upright human face is described: what is merely turned is looked at upright."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

import faces
from face.pictures import encoded
from facelogin.domain.errors import FaceCovered, FaceNotFound, ImageRefused, TooBright
from facelogin.domain.matching import distance
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Cover
from facelogin.domain.policy import CapturePolicy
from facelogin.face.engine import OnnxFaceEngine

ROLLS_DEG = range(0, 360, 30)


@pytest.fixture(scope="module")
def engine() -> OnnxFaceEngine:
    return OnnxFaceEngine()


def reported(name: str) -> bytes:
    path = faces.shared_data() / "reported" / name
    if not path.is_file():
        faces.missing(f"../shared/data/reported/{name}")
    return path.read_bytes()


def embedded(engine: OnnxFaceEngine, image: bytes) -> Embedding:
    seen = engine.observe(image)
    face = CapturePolicy().subject(seen, min_sharpness=engine.min_sharpness)
    return engine.embed(seen, face)


def threshold_of(engine: OnnxFaceEngine) -> float:
    return engine.calibration.threshold(target_fmr=1e-4, enrolled=1, probe=1)


def test_pictures_upside_down_are_turned(engine: OnnxFaceEngine) -> None:
    """Each matches itself upright, and nobody else."""
    names = ("upsidedown_A_woman.jpg", "upsidedown_B_man.jpg")
    turned = [embedded(engine, reported(name)) for name in names]
    upright = []
    for name in names:
        pixels = cv2.imdecode(np.frombuffer(reported(name), np.uint8), cv2.IMREAD_COLOR)
        upright.append(embedded(engine, encoded(np.asarray(pixels)[::-1, ::-1, ::-1])))
    assert distance(turned[0], turned[1]) > threshold_of(engine)
    assert [distance(*pair) < 0.3 for pair in zip(turned, upright, strict=True)] == [True, True]


@pytest.mark.parametrize("folder", ["reported", "verify/dlib_faces"])
def test_dogs_are_no_faces(folder: str, engine: OnnxFaceEngine) -> None:
    image = (faces.shared_data() / folder / "dogs.jpg").read_bytes()
    with pytest.raises(FaceNotFound):
        embedded(engine, image)


@pytest.mark.parametrize(
    "name", ["Andy_Dick", "Jennifer_Furminger", "Kristin_Scott_Thomas", "Priscilla_Presley"]
)
def test_an_overexposed_face_is_too_bright(name: str, engine: OnnxFaceEngine) -> None:
    """Be it that the second look doubts it, or takes what is white for covered."""
    path = min((faces.lfw_dev() / "images" / name).glob("*.jpg"))
    pixels = np.asarray(cv2.imread(str(path)), np.uint8)[:, :, ::-1]
    bright = np.clip(pixels * 1.5 + 20, 0, 255).astype(np.uint8)
    with pytest.raises(TooBright):
        embedded(engine, encoded(bright))


@pytest.mark.parametrize("name", ["kun_cartoon_crop.jpg", "kun_cartoon_crop_r90.jpg"])
def test_a_cartoon_is_no_face(name: str, engine: OnnxFaceEngine) -> None:
    folder = faces.shared_data() / "verify" / "quality" / "inspireface" / "bulk"
    with pytest.raises(FaceNotFound):
        embedded(engine, (folder / name).read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        "reported/masked_A.jpg",
        "reported/masked_B.jpg",
        "verify/quality/inspireface/bulk/mask.png",
        "verify/quality/inspireface/bulk/mask2.jpg",
        "verify/quality/inspireface/crop/crop_mask.png",
    ],
)
def test_a_real_mask_covers_the_mouth(name: str, engine: OnnxFaceEngine) -> None:
    seen = engine.observe((faces.shared_data() / name).read_bytes())
    assert seen.faces[0].covered is Cover.MOUTH


def test_masked_people_are_refused_by_name(engine: OnnxFaceEngine) -> None:
    for name in ("masked_A.jpg", "masked_B.jpg"):
        with pytest.raises(FaceCovered) as refused:
            embedded(engine, reported(name))
        assert refused.value.detail == "mouth"


@dataclass(frozen=True)
class Rolled:
    """What passed, in order of the angle."""

    of_person: list[Embedding]
    refused: int


def rolled(engine: OnnxFaceEngine, path: Path) -> Rolled:
    pixels = np.asarray(cv2.imread(str(path)), np.uint8)[:, :, ::-1]
    height, width = pixels.shape[:2]
    made: list[Embedding] = []
    for degrees in ROLLS_DEG:
        turn = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1)
        around = cv2.warpAffine(np.ascontiguousarray(pixels), turn, (width, height))
        try:
            made.append(embedded(engine, encoded(np.asarray(around, np.uint8))))
        except ImageRefused:
            continue
    return Rolled(made, len(ROLLS_DEG) - len(made))


def test_a_face_at_any_roll_is_itself(engine: OnnxFaceEngine) -> None:
    """Of ten people at twelve angles: who passes matches their own upright face and no other."""
    folders = sorted((faces.lfw_dev() / "images").iterdir())[7::120]
    people = [rolled(engine, min(folder.glob("*.jpg"))) for folder in folders]
    people = [person for person in people if person.of_person]
    limit = threshold_of(engine)
    own = [distance(one, who.of_person[0]) for who in people for one in who.of_person]
    others = [
        distance(one, other)
        for number, who in enumerate(people)
        for one in who.of_person
        for stranger in people[:number]
        for other in stranger.of_person
    ]
    assert len(own) >= 90
    assert len(others) >= 3000
    assert max(own) < limit
    assert min(others) > limit
