"""Pictures of one colour for each person, an engine that reads it, and conditions put on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from evaluation.drawn_faces import TABLE, DrawnEngine
from facelogin.domain.errors import ImageUnreadable
from facelogin.domain.matching import Glimpse, normalise
from facelogin.domain.models import Embedding, EngineRef, FloatArray, Rgb
from facelogin.domain.observation import Box, Face, Observation, Pose
from facelogin.evaluation.conditions.condition import Condition

_FACE = Face(
    box=Box(0, 0, 100, 100),
    score=1.0,
    landmarks=np.zeros((5, 2), np.float32),
    mesh=np.zeros((468, 3), np.float32),
    pose=Pose(0, 0, 0),
    mean_luma=120,
    sharpness=1.0,
    cut_off=False,
)


class PaintedEngine(DrawnEngine):
    """A person is the colour of a picture's upper half, the picture itself that of the lower.

    A black picture shows nobody. ``looks`` counts how many were decoded.
    """

    ref = EngineRef("painted", "1")
    calibration = replace(TABLE, engine=EngineRef("painted", "1"))

    def observe(self, image: bytes) -> Observation:
        self.looks += 1
        bgr = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
        if bgr is None:
            raise ImageUnreadable
        pixels = np.asarray(bgr[:, :, ::-1], np.uint8)
        return Observation(pixels, (_FACE,) if pixels.any() else ())

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        """There is none."""

    def embed(self, observation: Observation, face: Face) -> Embedding:
        upper, lower = (_direction(observation.pixels[row, 0]) for row in (0, -1))
        return normalise(upper + self._noise * lower)


def paint(folder: Path, people: Mapping[str, int]) -> Path:
    """Write so many pictures of each person, a folder each, none alike."""
    chance = np.random.default_rng(5)
    for person, count in people.items():
        (folder / person).mkdir(parents=True)
        colour = chance.integers(1, 256, 3)
        for number in range(count):
            picture = np.zeros((8, 8, 3), np.uint8)
            picture[:4], picture[4:] = colour, chance.integers(1, 256, 3)
            cv2.imwrite(str(folder / person / f"{number}.png"), picture)
    return folder


def _direction(colour: Sequence[int] | np.ndarray) -> Embedding:
    return normalise(np.random.default_rng([int(one) for one in colour]).standard_normal(128))


def _as_it_was(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator) -> Rgb:
    del mesh, chance
    return pixels.copy()


def _everybody_alike(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator) -> Rgb:
    del mesh, chance
    alike = pixels.copy()
    alike[:] = 200
    return alike


def _black(pixels: Rgb, mesh: FloatArray, chance: np.random.Generator) -> Rgb:
    del mesh, chance
    return np.zeros_like(pixels)


HARMLESS = Condition("harmless", _as_it_was)
ALIKE = Condition("everybody alike", _everybody_alike)
BLACK = Condition("black", _black)
