"""What is no person neither hides one nor says how finely to look for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest

import faces
from face.pictures import Rgb, encoded, scaled
from facelogin.domain.liveness_policy import Sight
from facelogin.domain.models import FloatArray
from facelogin.domain.observation import Box, Face, Sighting
from facelogin.domain.policy import CapturePolicy
from facelogin.face.detector import COARSE_PX, FINE_PX, FINEST_PX, Detection
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.mesh import Mesh
from facelogin.face.search import Networks, Search
from facelogin.face.second_look import Opinion
from facelogin.services.live_frames import Frame
from facelogin.services.live_sights import sights_of

PERSON = (100.0, 400.0, 300.0)
"""Width, left and top of a face."""
ANIMAL = (350.0, 300.0, 200.0)
"""Wider than three people, and around one."""


@dataclass
class Scene:
    """Networks that find at each look what they are told to; people are under 200 pixels wide."""

    mesh_of_a_face: FloatArray
    at: dict[int, list[tuple[float, float, float]]]
    looks: list[int] = field(default_factory=list)
    fitted: int = 0
    asked: int = 0

    def detect(self, _pixels: Rgb, *, long_side_px: int) -> list[Detection]:
        self.looks.append(long_side_px)
        boxes = [Box(left, top, side, side) for side, left, top in self.at.get(long_side_px, [])]
        return [Detection(box, 0.9, np.zeros((6, 2), np.float32)) for box in boxes]

    def confirm(self, _pixels: Rgb, detection: Detection) -> Mesh:
        self.fitted += 1
        low, high = self.mesh_of_a_face.min(axis=0), self.mesh_of_a_face.max(axis=0)
        box = detection.box
        points = (self.mesh_of_a_face - low) / (high - low)[0] * box.width + (box.x, box.y, 0)
        return Mesh(points.astype(np.float32), 1.0)

    def opinion(self, _pixels: Rgb, mesh: FloatArray) -> Opinion:
        self.asked += 1
        return Opinion(human=bool(np.ptp(mesh[:, 0]) < 200))

    def search(self, *, focus: bool = True) -> list[int]:
        """The widths of people that are found in a picture of 1280 by 720."""
        networks = cast("Networks", _Parts(self, self, self))
        pixels = np.random.default_rng(1).integers(0, 255, (720, 1280, 3)).astype(np.uint8)
        found = Search(networks, pixels, focus, 0.4).faces()
        return [round(face.box.width) for face in found if face.human]


@dataclass
class _Parts:
    detector: Scene
    mesh: Scene
    second: Scene


@pytest.fixture
def mesh(face: Face) -> FloatArray:
    assert face.mesh is not None
    return face.mesh


@pytest.mark.parametrize("focus", [True, False])
def test_a_person_within_an_animal_is_found(mesh: FloatArray, *, focus: bool) -> None:
    fine = [ANIMAL, PERSON]
    scene = Scene(mesh, {COARSE_PX: [ANIMAL], FINE_PX: fine, FINEST_PX: fine})
    assert scene.search(focus=True) == [100]
    beside = Scene(mesh, {COARSE_PX: [ANIMAL, (120.0, 900.0, 300.0)]})
    assert beside.search(focus=focus) == [120]


def test_an_animal_is_examined_once(mesh: FloatArray) -> None:
    scene = Scene(mesh, {key: [ANIMAL, PERSON] for key in (COARSE_PX, FINE_PX, FINEST_PX)})
    assert scene.search() == [100]
    assert (scene.fitted, scene.asked) == (2, 2)
    assert scene.looks[0] == COARSE_PX


def test_a_crowd_of_animals_is_bounded_work(mesh: FloatArray) -> None:
    crowd = [(210.0, 2.0 * n, 300.0 - n) for n in range(100)]
    scene = Scene(mesh, {COARSE_PX: crowd, FINE_PX: crowd, FINEST_PX: crowd})
    assert scene.search() == []
    assert scene.fitted <= 16 * 3
    assert scene.asked == scene.fitted


def test_one_face_in_a_turn_takes_no_second_look(mesh: FloatArray) -> None:
    scene = Scene(mesh, {key: [PERSON] for key in (COARSE_PX, FINE_PX, FINEST_PX)})
    assert scene.search(focus=False) == [100]
    assert scene.asked == 0


@pytest.fixture(scope="module")
def beside_a_dog(engine: OnnxFaceEngine, portrait: Rgb) -> list[bytes]:
    """The portrait beside a dog whose face is wider, moved a little from frame to frame."""
    path = faces.shared_data() / "reported" / "dogs.jpg"
    if not path.is_file():
        faces.missing("../shared/data/reported/dogs.jpg")
    (dog,) = engine._look(engine._decoder.decode(path.read_bytes()))
    assert not dog.human
    pixels = engine._decoder.decode(path.read_bytes())[520:860, 60:420]
    wide = scaled(pixels, 1.0)
    head = scaled(portrait[0:320, 100:420], 1.0)
    return [encoded(drawn(wide, head, shift=3 * n)) for n in range(6)]


def drawn(dog: Rgb, head: Rgb, *, shift: int) -> Rgb:
    frame = np.full((480, 800, 3), 120, np.uint8)
    frame[60 : 60 + dog.shape[0], 20 : 20 + dog.shape[1]] = dog
    frame[80 : 80 + head.shape[0], 440 + shift : 440 + shift + head.shape[1]] = head
    return frame


def seen_in(sightings: tuple[Sighting, ...], *, as_photos: float | None) -> list[Sight]:
    frames = [Frame(n, 100 * n, b"") for n in range(len(sightings))]
    return sights_of(frames, sightings, CapturePolicy(), as_photos=as_photos)


@pytest.mark.parametrize("focus", [True, False])
def test_a_wider_dog_beside_a_person_is_nobody(
    engine: OnnxFaceEngine, beside_a_dog: list[bytes], *, focus: bool
) -> None:
    both = engine._look(engine._decoder.decode(beside_a_dog[0]), focus=True)
    assert [face.human for face in both] == [False, True]
    sightings = engine.follow(beside_a_dog, focus=focus)
    sights = seen_in(sightings, as_photos=0.0 if focus else None)
    assert [(sight.faces, sight.refusal) for sight in sights] == [(1, None)] * len(beside_a_dog)
    assert all(one.observation.faces[0].box.x > 400 for one in sightings)


def test_a_dog_alone_in_a_frame_is_refused(
    engine: OnnxFaceEngine, beside_a_dog: list[bytes]
) -> None:
    alone = engine._decoder.decode(beside_a_dog[0]).copy()
    alone[:, 420:] = 120
    sights = seen_in(engine.follow([encoded(alone)] * 3), as_photos=0.0)
    assert [sight.refusal for sight in sights] == ["face_not_found"] * 3
