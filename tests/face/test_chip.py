"""The chip is dlib's own, to within rounding, also where ordinary photos never lead."""

import cv2
import numpy as np
import pytest

import faces
from face.pictures import Rgb, scaled, turned
from facelogin.domain.observation import Face
from facelogin.face.chip import chip_frame, cut_chip
from facelogin.face.networks import Network

Points = np.ndarray  # (5, 2), whole pixels


def dlibs_chip(pixels: Rgb, points: Points) -> Rgb:
    try:
        import dlib
    except ImportError:
        faces.missing("dlib (pip install dlib-bin)")
    shape = dlib.full_object_detection(
        dlib.rectangle(0, 0, 1, 1), [dlib.point(int(x), int(y)) for x, y in points]
    )
    return np.asarray(dlib.get_face_chip(pixels, shape, size=150, padding=0.25), np.uint8)


def assert_same_chip(pixels: Rgb, landmarks: np.ndarray, resnet: Network) -> Rgb:
    points = np.round(landmarks)
    pixels = np.ascontiguousarray(pixels)
    theirs, ours = dlibs_chip(pixels, points), cut_chip(pixels, points.astype(np.float32))
    assert ours.shape == (150, 150, 3)
    assert np.abs(theirs.astype(int) - ours).max() <= 1
    assert np.mean(theirs != ours) < 0.002
    a, b = resnet.run(np.stack([theirs, ours]))["embeddings"]
    assert np.linalg.norm(a - b) <= 0.001
    return ours


def levels_of(landmarks: np.ndarray) -> int:
    frame, levels = chip_frame(landmarks), 0
    while (frame := frame.shrunk()).side > 150:
        levels += 1
    return levels


def test_an_ordinary_face_gives_dlibs_chip(portrait: Rgb, face: Face, resnet: Network) -> None:
    assert_same_chip(portrait, face.landmarks, resnet)


@pytest.mark.parametrize(
    ("factor", "levels"), [(0.5, 0), (1.5, 0), (2.0, 0), (2.6, 1), (3.7, 1), (5.0, 2), (9.3, 2)]
)
def test_a_large_face_goes_down_dlibs_pyramid(
    portrait: Rgb, face: Face, resnet: Network, factor: float, levels: int
) -> None:
    landmarks = (face.landmarks + 0.5) * factor - 0.5
    assert levels_of(landmarks) == levels
    assert_same_chip(scaled(portrait, factor), landmarks, resnet)


@pytest.mark.parametrize("factor", [1, 4])
@pytest.mark.parametrize("degrees", [20, -47, 90, 133, 180])
def test_a_turned_face_gives_dlibs_chip(
    portrait: Rgb, face: Face, resnet: Network, degrees: float, factor: int
) -> None:
    pixels = scaled(portrait, factor)
    landmarks = (face.landmarks + 0.5) * factor - 0.5
    centre = (float(landmarks[4, 0]), float(landmarks[4, 1]))
    turn = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    assert_same_chip(
        turned(pixels, degrees, centre), landmarks @ turn[:, :2].T + turn[:, 2], resnet
    )


@pytest.mark.parametrize("factor", [1, 3])
@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_beyond_the_border_the_chip_is_black_as_dlibs(
    portrait: Rgb, face: Face, resnet: Network, side: str, factor: int
) -> None:
    x, y = np.round(face.landmarks.mean(axis=0)).astype(int)
    left, top = (x - 20 if side == "left" else 0), (y - 10 if side == "top" else 0)
    right, bottom = (x + 20 if side == "right" else 512), (y + 10 if side == "bottom" else 512)
    pixels = scaled(portrait[top:bottom, left:right], factor)
    landmarks = (face.landmarks - (left, top) + 0.5) * factor - 0.5
    chip = assert_same_chip(pixels, landmarks, resnet)
    assert np.mean(chip.max(axis=2) == 0) > 0.15


def test_a_face_wholly_outside_the_image_gives_a_black_chip(portrait: Rgb, face: Face) -> None:
    assert not cut_chip(portrait, face.landmarks + 5000).any()
    assert not cut_chip(portrait, face.landmarks - 5000).any()
    assert not cut_chip(portrait[:1, :1], face.landmarks).any()
