"""SFace's embedding is the one that its thresholds were measured with, and stays it."""

import json
from dataclasses import replace
from importlib import resources

import cv2
import numpy as np
import pytest

from face.pictures import Rgb, encoded, scaled, turned
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.matching import distance, normalise
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.face.arcface_chip import arcface_points, cut_arcface_chip
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import SFACE_ROW
from facelogin.face.model_files import ModelFiles
from facelogin.face.networks import Network

GOLDEN = (
    "0.05352 -0.02799 0.07299 -0.01284 0.01750 0.04283 0.16462 -0.02317 "
    "-0.00222 -0.10260 0.22240 -0.05629 0.07858 -0.08076 -0.05954 -0.02106"
)
"""Projections of the portrait's embedding onto 16 fixed random directions: they tell a change of
0.003, and nothing about a face."""

TEMPLATE = np.array(
    [
        (39.0028, 52.5044),
        (72.8304, 52.3174),
        (56.0242, 71.7431),
        (42.1273, 91.5469),
        (70.1407, 91.3919),
    ]
)
"""ArcFace's five points, 4 % nearer to (56, 71.9)."""


def projected(embedding: Embedding) -> np.ndarray:
    axes, _ = np.linalg.qr(np.random.RandomState(20).standard_normal((128, 16)))
    return np.asarray(embedding.astype(np.float64) @ axes)


def the_mesh(face: Face) -> np.ndarray:
    assert face.mesh is not None
    return face.mesh


def grown(mesh: np.ndarray, factor: float) -> np.ndarray:
    """The mesh of the same face in a picture so many times as large."""
    return np.asarray((mesh + 0.5) * factor - 0.5, np.float32)


def test_the_default_engine_is_sface(engine: OnnxFaceEngine) -> None:
    assert engine.ref.id == SFACE_ROW.id == "sface"
    assert engine.ref.version.startswith("1+1-")


def test_an_embedding_has_norm_one(embedding: Embedding) -> None:
    assert np.linalg.norm(embedding.astype(np.float64)) == pytest.approx(1, abs=1e-6)


def test_the_portraits_embedding_is_the_golden_one(embedding: Embedding) -> None:
    expected = np.array([float(word) for word in GOLDEN.split()])
    assert np.linalg.norm(projected(embedding) - expected) <= 0.003


def test_the_embedding_is_the_networks_without_the_mean_of_many_people(
    model_files: ModelFiles, portrait: Rgb, face: Face, embedding: Embedding
) -> None:
    network = Network(model_files.checked("sface.onnx"))
    (raw,) = network.run(cut_arcface_chip(portrait, the_mesh(face))[None])["embeddings"]
    centre = json.loads(
        (resources.files("facelogin.face") / "centres" / "sface.json").read_text("utf-8")
    )
    assert centre["data_set"]["people"] == 1241
    mean = np.array(centre["mean"], np.float32)
    assert 0.2 < np.linalg.norm(mean) < 0.5
    assert distance(normalise(normalise(raw) - mean), embedding) < 1e-6


def test_blue_for_red_would_be_noticed(
    engine: OnnxFaceEngine, portrait: Rgb, embedding: Embedding
) -> None:
    seen = engine.observe(encoded(np.ascontiguousarray(portrait[:, :, ::-1])))
    assert distance(engine.embed(seen, seen.faces[0]), embedding) > 0.1


def test_a_face_without_a_mesh_is_not_embedded(
    engine: OnnxFaceEngine, seen: Observation, face: Face
) -> None:
    with pytest.raises(ConfigurationError, match="needs faces with a mesh"):
        engine.embed(seen, replace(face, mesh=None))


def test_the_chip_is_where_the_five_points_say(portrait: Rgb, face: Face) -> None:
    """Against the least-squares similarity by singular values (Umeyama, 1991), as OpenCV warps."""
    points = arcface_points(the_mesh(face))
    source, target = TEMPLATE - TEMPLATE.mean(axis=0), points - points.mean(axis=0)
    u, sizes, v = np.linalg.svd(target.T @ source)
    turn = u @ v * (sizes.sum() / np.sum(source**2))
    affine = np.column_stack([turn, points.mean(axis=0) - turn @ TEMPLATE.mean(axis=0)])
    theirs = cv2.warpAffine(
        portrait, affine, (112, 112), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    ours = cut_arcface_chip(portrait, the_mesh(face))
    assert ours.shape == (112, 112, 3)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("factor", [3.0, 5.0, 9.3])
def test_a_large_face_is_halved_until_it_fits(portrait: Rgb, face: Face, factor: float) -> None:
    """A pattern finer than the chip's pixels must not come through as another one."""
    mesh = grown(the_mesh(face), factor)
    smooth = cut_arcface_chip(scaled(portrait, factor), mesh)
    assert np.abs(smooth.astype(int) - cut_arcface_chip(portrait, the_mesh(face))).mean() < 2
    size = tuple(round(side * factor) for side in portrait.shape[:2])
    stripes = np.zeros((*size, 3), np.uint8)
    stripes[:, ::2] = 255
    assert cut_arcface_chip(stripes, mesh).std() < 20


@pytest.mark.parametrize("degrees", [20, -47, 90, 180])
def test_a_turned_face_gives_the_same_chip(portrait: Rgb, face: Face, degrees: float) -> None:
    centre = (float(the_mesh(face)[1, 0]), float(the_mesh(face)[1, 1]))
    turn = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    mesh = the_mesh(face).copy()
    mesh[:, :2] = mesh[:, :2] @ turn[:, :2].T + turn[:, 2]
    upright = cut_arcface_chip(portrait, the_mesh(face)).astype(int)
    again = cut_arcface_chip(turned(portrait, degrees, centre), mesh)
    assert np.abs(again - upright)[20:92, 20:92].mean() < 3


def test_beyond_the_border_the_chip_is_black(portrait: Rgb, face: Face) -> None:
    x = round(float(the_mesh(face)[1, 0]))
    chip = cut_arcface_chip(portrait[:, :x], the_mesh(face))
    assert not chip[:, 80:].any()
    assert chip[:, :40].any()


def test_a_face_wholly_outside_the_image_gives_a_black_chip(portrait: Rgb, face: Face) -> None:
    for away in (5000, -5000):
        assert not cut_arcface_chip(portrait, the_mesh(face) + away).any()
    assert not cut_arcface_chip(scaled(portrait, 0.01), the_mesh(face) * 10).any()
