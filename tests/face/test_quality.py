"""Light, focus, pose and place of a face lead to the refusal that names them."""

import cv2
import numpy as np
import pytest

import faces
from face.pictures import Rgb, blurred, encoded, scaled
from facelogin.domain.errors import (
    FaceCutOff,
    FaceNotFound,
    FaceTooSmall,
    FaceTurnedAway,
    ImageRefused,
    SeveralFaces,
    TooBlurred,
    TooBright,
    TooDark,
)
from facelogin.domain.observation import Box, Face
from facelogin.domain.policy import CapturePolicy
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.quality import mean_luma, sharpness


def subject(engine: OnnxFaceEngine, image: bytes) -> Face:
    return CapturePolicy().subject(engine.observe(image), min_sharpness=engine.min_sharpness)


@pytest.mark.parametrize(
    "name", ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "32bit.png"]
)
def test_a_good_portrait_passes(engine: OnnxFaceEngine, name: str) -> None:
    assert subject(engine, faces.image_bytes(name)).box.width > 200


@pytest.mark.parametrize("factor", [0.9, 1.0, 3.0])
@pytest.mark.parametrize("quality", [60, 90])
def test_the_same_portrait_passes_at_any_size(
    engine: OnnxFaceEngine, portrait: Rgb, factor: float, quality: int
) -> None:
    image = encoded(scaled(portrait, factor), "JPEG", quality=quality)
    assert subject(engine, image).box.width > 80


def test_an_empty_picture_has_no_face(engine: OnnxFaceEngine, portrait: Rgb) -> None:
    with pytest.raises(FaceNotFound):
        subject(engine, encoded(portrait[260:, 250:]))


def test_two_people_are_several_faces(engine: OnnxFaceEngine, portrait: Rgb) -> None:
    with pytest.raises(SeveralFaces):
        subject(engine, encoded(np.hstack([portrait, portrait[:, ::-1]])))


def test_a_distant_face_is_too_small(engine: OnnxFaceEngine, portrait: Rgb) -> None:
    with pytest.raises(FaceTooSmall):
        subject(engine, encoded(scaled(portrait, 0.75)))


@pytest.mark.parametrize("name", ["obama_partial_face.jpg", "obama_partial_face2.jpg"])
def test_half_a_face_is_cut_off(engine: OnnxFaceEngine, name: str) -> None:
    with pytest.raises(FaceCutOff):
        subject(engine, faces.image_bytes(name))


def test_a_face_close_to_the_border_is_not_cut_off(
    engine: OnnxFaceEngine, portrait: Rgb, face: Face
) -> None:
    left, top = int(face.box.x) - 6, int(face.box.y) - 6
    (found,) = engine.observe(encoded(portrait[top:, left:])).faces
    assert not found.cut_off


def test_a_dark_and_a_bright_face_are_told_apart(engine: OnnxFaceEngine, portrait: Rgb) -> None:
    with pytest.raises(TooDark):
        subject(engine, encoded((portrait * 0.2).astype(np.uint8)))
    with pytest.raises(TooBright):
        subject(engine, encoded((255 - (255 - portrait.astype(float)) * 0.3).astype(np.uint8)))


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "obama3.jpg"])
def test_a_face_out_of_focus_is_blurred(engine: OnnxFaceEngine, name: str) -> None:
    (face,) = engine.observe(faces.image_bytes(name)).faces
    with pytest.raises(TooBlurred):
        subject(engine, encoded(blurred(faces.image_rgb(name), face.box.width / 25)))


@pytest.mark.parametrize("degrees", [0, 45, 90, 135])
def test_a_moving_face_is_blurred(engine: OnnxFaceEngine, degrees: float) -> None:
    pixels = faces.image_rgb("obama.jpg")
    line = np.zeros((51, 51), np.float32)
    line[25, 8:43] = 1
    path = cv2.warpAffine(line, cv2.getRotationMatrix2D((25, 25), degrees, 1), (51, 51))
    moved = np.asarray(cv2.filter2D(pixels, -1, path / np.sum(path)), np.uint8)
    with pytest.raises(TooBlurred):
        subject(engine, encoded(moved))


@pytest.mark.parametrize("sigma", [4, 6, 8, 12, 20])
@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_more_blur_never_passes_again(engine: OnnxFaceEngine, name: str, sigma: int) -> None:
    (face,) = engine.observe(faces.image_bytes(name)).faces
    blur = blurred(faces.image_rgb(name), sigma * face.box.width / 100)
    with pytest.raises(ImageRefused):
        subject(engine, encoded(blur, "JPEG", quality=92))


@pytest.mark.parametrize("name", ["left_face.jpeg", "right_face.png", "rise_face.jpeg"])
def test_a_face_turned_away_is_refused(engine: OnnxFaceEngine, name: str) -> None:
    folder = faces.shared_data() / "verify" / "quality" / "inspireface" / "pose"
    with pytest.raises(FaceTurnedAway):
        subject(engine, (folder / name).read_bytes())


def test_a_flat_chip_has_no_sharpness() -> None:
    assert sharpness(np.full((150, 150, 3), 77, np.uint8)) == pytest.approx(0, abs=1e-3)


def test_luma_is_bt601_of_the_part_of_the_box_inside_the_image() -> None:
    red = np.zeros((10, 10, 3), np.uint8)
    red[:, 5:, 0] = 200
    assert mean_luma(red, Box(5, -5, 50, 50)) == pytest.approx(0.299 * 200)
    assert mean_luma(red, Box(30, 30, 5, 5)) == 0
