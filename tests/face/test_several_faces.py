"""A second person is seen beside the first at every size that a capture may show."""

from itertools import permutations

import numpy as np
import pytest

import faces
from face.pictures import Rgb, encoded, framed, scaled
from facelogin.domain.errors import SeveralFaces
from facelogin.domain.policy import CapturePolicy
from facelogin.face import detector
from facelogin.face.engine import OnnxFaceEngine

NAMES = ("obama.jpg", "biden.jpg", "obama2.jpg", "astronaut")
HEIGHT, WIDTH = 720, 1280
GREY = 110


@pytest.fixture(scope="module")
def heads(engine: OnnxFaceEngine) -> dict[str, tuple[Rgb, float]]:
    """Heads with a little around them, and the width of the face in each."""
    return {name: head(engine, name) for name in NAMES}


def head(engine: OnnxFaceEngine, name: str) -> tuple[Rgb, float]:
    pixels = faces.astronaut_rgb() if name == "astronaut" else faces.image_rgb(name)
    (face,) = engine.observe(encoded(pixels)).faces
    box, margin = face.box, 0.45 * face.box.width
    left, top = max(0, int(box.x - margin)), max(0, int(box.y - margin))
    right, bottom = int(box.x + box.width + margin), int(box.y + box.height + margin)
    return pixels[top:bottom, left:right], box.width


def put(frame: Rgb, head: tuple[Rgb, float], *, width_px: float, left: int, top: int) -> None:
    """Draw a head so that its face is ``width_px`` wide."""
    pixels = scaled(head[0], width_px / head[1])[: frame.shape[0] - top]
    frame[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels


def two_people(first: tuple[Rgb, float], second: tuple[Rgb, float], widths: tuple[int, int]) -> Rgb:
    frame = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    put(frame, first, width_px=widths[0], left=160, top=90)
    put(frame, second, width_px=widths[1], left=810, top=210)
    return frame


@pytest.mark.parametrize(
    "widths", [(300, 160), (180, 95), (140, 91), (120, 66), (100, 80), (100, 55), (85, 81)]
)
def test_of_two_people_in_an_hd_picture_neither_is_missed(
    engine: OnnxFaceEngine, heads: dict[str, tuple[Rgb, float]], widths: tuple[int, int]
) -> None:
    for one, other in permutations(NAMES, 2):
        seen = engine.observe(encoded(two_people(heads[one], heads[other], widths)))
        assert len(seen.faces) == 2, (one, other)
        with pytest.raises(SeveralFaces):
            CapturePolicy().subject(seen, min_sharpness=0)


@pytest.mark.parametrize("width_px", [85, 100, 140, 200, 300])
def test_one_person_in_an_hd_picture_is_one_face(
    engine: OnnxFaceEngine, heads: dict[str, tuple[Rgb, float]], width_px: int
) -> None:
    for name in NAMES:
        frame = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
        put(frame, heads[name], width_px=width_px, left=500, top=150)
        assert len(engine.observe(encoded(frame)).faces) == 1, name


def test_a_finer_look_neither_loses_nor_moves_what_the_coarse_one_found(
    engine: OnnxFaceEngine,
    heads: dict[str, tuple[Rgb, float]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = encoded(two_people(heads["biden.jpg"], heads["astronaut"], (124, 66)))
    both = engine.observe(image).faces
    monkeypatch.setattr("facelogin.face.search._LOOKS_PX", (detector.COARSE_PX,))
    (coarse,) = engine.observe(image).faces
    assert len(both) == 2
    assert np.array_equal(both[0].landmarks, coarse.landmarks)


def test_a_face_close_to_the_camera_takes_one_look(
    engine: OnnxFaceEngine,
    heads: dict[str, tuple[Rgb, float]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[int] = []
    letterbox = detector._letterbox

    def counted(pixels: Rgb, long_side_px: int) -> detector._Letterbox:
        looks.append(long_side_px)
        return letterbox(pixels, long_side_px)

    monkeypatch.setattr(detector, "_letterbox", counted)
    pixels, width = heads["obama.jpg"]
    webcam = framed(scaled(pixels, 150 / width), height=480, width=640, left=200, top=90)
    assert len(engine.observe(encoded(webcam)).faces) == 1
    assert looks == [detector.COARSE_PX]
