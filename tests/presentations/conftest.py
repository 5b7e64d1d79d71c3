"""A stage for each module: a whole application, and people who are in nobody's data set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import faces
from facelogin.evaluation.pad.portraits import Portrait, read_portrait
from facelogin.evaluation.presentations.stage import Stage, stage
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.model_files import check_weights

SEED = 6


@pytest.fixture(scope="session")
def engine() -> OnnxFaceEngine:
    bad = [check.problem for check in check_weights() if not check.ok]
    if bad:
        faces.missing(f"the face engine's weights ({bad[0]})")
    made = OnnxFaceEngine()
    made.load()
    return made


@pytest.fixture(scope="session")
def portraits(engine: OnnxFaceEngine) -> list[tuple[str, Portrait]]:
    photos = {
        "astronaut": faces.astronaut_rgb(),
        "obama": faces.image_rgb("obama.jpg"),
        "biden": faces.image_rgb("biden.jpg"),
    }
    read = {name: read_portrait(engine, photo) for name, photo in photos.items()}
    return [(name, portrait) for name, portrait in read.items() if portrait is not None]


@pytest.fixture(scope="module")
def on(engine: OnnxFaceEngine, portraits: list[tuple[str, Portrait]]) -> Iterator[Stage]:
    with stage(engine, iter(portraits), people=len(portraits), seed=SEED) as made:
        assert len(made.people) == 3
        yield made
