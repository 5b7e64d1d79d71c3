"""The engine that reads what was rendered, and the portraits that are rendered."""

from __future__ import annotations

import numpy as np
import pytest

import faces
from evaluation.reading import Reader
from facelogin.evaluation.pad.cast import Cast
from facelogin.evaluation.pad.portraits import Portrait, read_portrait
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.model_files import check_weights


@pytest.fixture(scope="session")
def engine() -> OnnxFaceEngine:
    bad = [check.problem for check in check_weights() if not check.ok]
    if bad:
        faces.missing(f"the face engine's weights ({bad[0]})")
    made = OnnxFaceEngine()
    made.load()
    return made


@pytest.fixture(scope="session")
def reader(engine: OnnxFaceEngine) -> Reader:
    return Reader(engine)


@pytest.fixture(scope="session")
def portrait(engine: OnnxFaceEngine) -> Portrait:
    read = read_portrait(engine, faces.astronaut_rgb())
    assert read is not None
    return read


@pytest.fixture(scope="session")
def other(engine: OnnxFaceEngine) -> Portrait:
    read = read_portrait(engine, faces.image_rgb("obama.jpg"))
    assert read is not None
    return read


@pytest.fixture
def cast(portrait: Portrait, other: Portrait) -> Cast:
    return Cast(portrait, other, np.random.default_rng(7))
