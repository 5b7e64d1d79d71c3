"""A data set whose pictures are text, and an engine that reads it: quick, with known distances.

``ana 3`` shows ana, the third time: every picture of a person is the person's direction and some
noise of its own. ``nobody 1`` shows no face; anything else is no image.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import cast

import numpy as np

from facelogin.domain.calibration import Calibration, Continuity, Point
from facelogin.domain.errors import ImageUnreadable
from facelogin.domain.matching import normalise
from facelogin.domain.models import Embedding, EngineRef
from facelogin.domain.observation import Box, Face, Observation
from facelogin.domain.ports import FaceEngine, Recogniser

REF = EngineRef("drawn", "1")
TABLE = Calibration(
    engine=REF,
    cells={
        (more, fewer): (Point(1e-2, 1.0 - 0.01 * (more + fewer)), Point(1e-4, 0.6))
        for more in range(1, 6)
        for fewer in range(1, more + 1)
    },
    one_person=1.1,
    data_set="drawn",
    fitted_on=date(2026, 1, 1),
)


class DrawnEngine:
    """Counts how often it looks."""

    ref = REF
    dimension = 128
    others: Sequence[Recogniser] = ()
    calibration = TABLE
    continuity = Continuity(frontal=0.3, turned=0.38)
    min_sharpness = 0.0

    def __init__(self, noise: float = 0.4) -> None:
        self._noise = noise
        self.looks = 0

    def load(self) -> None:
        """Nothing to load."""

    def observe(self, image: bytes) -> Observation:
        self.looks += 1
        words = image.decode("latin-1").split()
        if len(words) != 2 or not words[1].isdigit():
            raise ImageUnreadable
        pixels = np.frombuffer(image, np.uint8).reshape(1, -1, 1)
        return Observation(pixels, () if words[0] == "nobody" else (_face(),))

    def embed(self, observation: Observation, face: Face) -> Embedding:
        text = observation.pixels.tobytes().decode("latin-1")
        person = _direction(text.split()[0])
        return normalise(person + self._noise * _direction(text))


def as_engine(drawn: DrawnEngine) -> FaceEngine:
    return cast("FaceEngine", drawn)


def data_set(folder: Path, people: Mapping[str, int]) -> Path:
    """Write so many pictures of each person, a folder each."""
    for person, count in people.items():
        (folder / person).mkdir(parents=True)
        for number in range(count):
            (folder / person / f"{person}_{number:04d}.jpg").write_text(f"{person} {number}")
    return folder


def crowd(count: int, pictures: int) -> dict[str, int]:
    return {f"p{number:03d}": pictures for number in range(count)}


def _direction(text: str) -> Embedding:
    seed = zlib.crc32(text.encode())
    return normalise(np.random.default_rng(seed).standard_normal(128))


def _face() -> Face:
    return Face(
        box=Box(0, 0, 100, 100),
        score=1.0,
        landmarks=np.zeros((5, 2), np.float32),
        mesh=None,
        pose=None,
        mean_luma=120,
        sharpness=1.0,
        cut_off=False,
    )
