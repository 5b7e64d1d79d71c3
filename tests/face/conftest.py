"""The engine, loaded once for all tests of this folder, and the portrait most of them use."""

import numpy as np
import pytest

import faces
from face.pictures import Rgb, encoded
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import DLIB_ROW
from facelogin.face.model_files import ModelFiles, check_weights, open_model_files
from facelogin.face.networks import Network
from facelogin.face.recogniser import recogniser_in


@pytest.fixture(scope="session")
def model_files() -> ModelFiles:
    bad = [check.problem for check in check_weights() if not check.ok]
    if bad:
        faces.missing(f"the face engine's weights ({bad[0]})")
    return open_model_files()


@pytest.fixture(scope="session")
def engine(model_files: ModelFiles) -> OnnxFaceEngine:
    made = OnnxFaceEngine(weights_folder=model_files.folder)
    made.load()
    return made


@pytest.fixture(scope="session")
def dlib_engine(model_files: ModelFiles) -> OnnxFaceEngine:
    made = OnnxFaceEngine(recogniser=recogniser_in(model_files, DLIB_ROW))
    made.load()
    return made


@pytest.fixture(scope="session", params=["sface", "dlib"])
def each_engine(
    request: pytest.FixtureRequest, engine: OnnxFaceEngine, dlib_engine: OnnxFaceEngine
) -> OnnxFaceEngine:
    return engine if request.param == "sface" else dlib_engine


@pytest.fixture(scope="session")
def resnet(model_files: ModelFiles) -> Network:
    return Network(model_files.checked("resnet.onnx"))


@pytest.fixture(scope="session")
def portrait() -> Rgb:
    return faces.astronaut_rgb()


@pytest.fixture(scope="session")
def seen(engine: OnnxFaceEngine, portrait: Rgb) -> Observation:
    return engine.observe(encoded(portrait))


@pytest.fixture(scope="session")
def face(seen: Observation) -> Face:
    (only,) = seen.faces
    return only


@pytest.fixture(scope="session")
def embedding(engine: OnnxFaceEngine, seen: Observation, face: Face) -> Embedding:
    made = engine.embed(seen, face)
    assert made.shape == (128,)
    assert made.dtype == np.float32
    return made
