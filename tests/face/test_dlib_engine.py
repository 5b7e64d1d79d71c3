"""dlib's embedding is the one that its thresholds were measured with, and stays it."""

import numpy as np
import pytest

from face.pictures import Rgb, encoded
from facelogin.domain.matching import distance, fuse
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.face.chip import cut_chip
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import DLIB_ROW
from facelogin.face.networks import Network

GOLDEN = (
    "0.11416 -0.01900 -0.01697 -0.09967 -0.07072 0.08926 -0.00561 0.18188 "
    "-0.00019 -0.07238 0.03346 -0.09522 -0.01815 -0.01460 -0.09216 0.05408"
)
"""Projections of the portrait's embedding onto 16 fixed random directions: they tell a change of
0.001, and nothing about a face."""


@pytest.fixture(scope="module")
def embedding(dlib_engine: OnnxFaceEngine, seen: Observation, face: Face) -> Embedding:
    return dlib_engine.embed(seen, face)


def embedding_of(engine: OnnxFaceEngine, image: bytes) -> Embedding:
    seen = engine.observe(image)
    return engine.embed(seen, seen.faces[0])


def projected(embedding: Embedding) -> np.ndarray:
    axes, _ = np.linalg.qr(np.random.RandomState(20).standard_normal((128, 16)))
    return np.asarray(embedding.astype(np.float64) @ axes)


def test_the_engine_names_itself_and_its_weights(dlib_engine: OnnxFaceEngine) -> None:
    assert dlib_engine.ref.id == DLIB_ROW.id == "resnet128-mirror"
    assert dlib_engine.ref.version.startswith("1+1-")


def test_an_embedding_has_norm_one(embedding: Embedding) -> None:
    assert np.linalg.norm(embedding.astype(np.float64)) == pytest.approx(1, abs=1e-6)


def test_the_portraits_embedding_is_the_golden_one(embedding: Embedding) -> None:
    expected = np.array([float(word) for word in GOLDEN.split()])
    assert np.linalg.norm(projected(embedding) - expected) <= 0.001


def test_the_embedding_is_the_mean_of_the_chip_and_its_mirror_image(
    resnet: Network, portrait: Rgb, face: Face, embedding: Embedding
) -> None:
    chip = cut_chip(portrait, face.landmarks)
    raw = resnet.run(np.stack([chip, chip[:, ::-1]]))["embeddings"]
    assert 1.1 < np.linalg.norm(raw, axis=1).min() < np.linalg.norm(raw, axis=1).max() < 1.8
    assert distance(fuse(list(raw)), embedding) < 1e-6


def test_blue_for_red_would_be_noticed(
    dlib_engine: OnnxFaceEngine, portrait: Rgb, embedding: Embedding
) -> None:
    swapped = embedding_of(dlib_engine, encoded(np.ascontiguousarray(portrait[:, :, ::-1])))
    assert distance(swapped, embedding) > 0.05
