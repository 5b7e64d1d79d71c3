"""A large picture is looked at without many more copies of it, and none is kept while others are.

What is counted is what Python and numpy allocate, OpenCV's results among it.
"""

from __future__ import annotations

import tracemalloc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from doubles import SOMEBODY, FakeEngine
from face.pictures import Rgb
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.domain.policy import CapturePolicy
from facelogin.face.chip import cut_chip
from facelogin.face.turning import observe_upright
from facelogin.services.capture import CaptureReader, FirstLook
from facelogin.services.face_work import FaceWork

SIDE_PX = 2000
LANDMARKS = np.array([(0.86, 0.21), (0.65, 0.23), (0.12, 0.21), (0.33, 0.23), (0.49, 0.63)])
"""Of a face that fills its picture, in shares of it."""


@dataclass
class Peak:
    """The most that was held at once beyond what there was, in bytes."""

    extra: int = 0


@contextmanager
def measured() -> Iterator[Peak]:
    peak = Peak()
    tracemalloc.start()
    try:
        yield peak
        peak.extra = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def picture() -> Rgb:
    return np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)


def test_turning_holds_one_copy_besides() -> None:
    pixels = picture()
    with measured() as peak:
        assert observe_upright(pixels, lambda _: ()).pixels is pixels
    assert pixels.nbytes <= peak.extra < 1.1 * pixels.nbytes


def test_a_chip_of_a_large_face_takes_less_than_its_picture() -> None:
    pixels, landmarks = picture(), (LANDMARKS * SIDE_PX).astype(np.float32)
    with measured() as peak:
        cut_chip(pixels, landmarks)
    assert peak.extra < pixels.nbytes


@dataclass
class LargePictures(FakeEngine):
    """Shows large pictures, and knows which of them are still in memory."""

    shown: list[weakref.ref[Rgb]] = field(default_factory=list)
    most: int = 0

    def observe(self, image: bytes) -> Observation:
        pixels = picture()
        self.shown.append(weakref.ref(pixels))
        self.most = max(self.most, self.alive)
        return Observation(pixels, super().observe(image).faces)

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        return super().embed(super().observe(b"person:ana"), face, begun=begun)

    @property
    def alive(self) -> int:
        return sum(one() is not None for one in self.shown)


def test_of_several_pictures_one_is_in_memory() -> None:
    engine = LargePictures()
    reader = CaptureReader(engine, CapturePolicy(), FaceWork(running=1, waiting=0, cpu_s=float))
    reader.read([b"person:ana"] * 3, SOMEBODY)
    assert (engine.most, engine.alive) == (1, 0)


def test_no_large_picture_waits_for_the_rest_of_its_embedding() -> None:
    engine = LargePictures()
    reader = CaptureReader(engine, CapturePolicy(), FaceWork(running=1, waiting=0, cpu_s=float))
    with reader.look([b"person:ana"], SOMEBODY) as shown:
        assert not isinstance(shown, FirstLook)
        assert engine.alive == 0
