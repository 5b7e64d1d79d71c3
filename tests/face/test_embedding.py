"""The embedding is the one that the thresholds were measured with, and stays it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import faces
from face.pictures import Rgb, encoded, scaled, turned
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


def embedding_of(engine: OnnxFaceEngine, image: bytes) -> Embedding:
    seen = engine.observe(image)
    return engine.embed(seen, seen.faces[0])


def projected(embedding: Embedding) -> np.ndarray:
    axes, _ = np.linalg.qr(np.random.RandomState(20).standard_normal((128, 16)))
    return np.asarray(embedding.astype(np.float64) @ axes)


def test_the_engine_names_itself_and_its_weights(engine: OnnxFaceEngine) -> None:
    assert engine.ref.id == DLIB_ROW.id == "resnet128-mirror"
    assert engine.ref.version.startswith("1+1-")


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
    engine: OnnxFaceEngine, portrait: Rgb, embedding: Embedding
) -> None:
    swapped = embedding_of(engine, encoded(np.ascontiguousarray(portrait[:, :, ::-1])))
    assert distance(swapped, embedding) > 0.05


def test_a_mirrored_photo_gives_nearly_the_same_embedding(
    engine: OnnxFaceEngine, portrait: Rgb, embedding: Embedding
) -> None:
    mirrored = embedding_of(engine, encoded(np.ascontiguousarray(portrait[:, ::-1])))
    assert distance(mirrored, embedding) < 0.06


@pytest.mark.parametrize("factor", [0.7, 1.6, 4.0])
def test_size_hardly_moves_an_embedding(
    engine: OnnxFaceEngine, portrait: Rgb, embedding: Embedding, factor: float
) -> None:
    image = encoded(scaled(portrait, factor), "JPEG", quality=92)
    assert distance(embedding_of(engine, image), embedding) < 0.15


@pytest.mark.parametrize("degrees", [-90, -40, 40, 90])
def test_a_rolled_head_still_matches_itself(
    engine: OnnxFaceEngine, portrait: Rgb, face: Face, embedding: Embedding, degrees: float
) -> None:
    centre = (float(face.landmarks[4, 0]), float(face.landmarks[4, 1]))
    rolled = embedding_of(engine, encoded(turned(portrait, degrees, centre)))
    assert distance(rolled, embedding) < engine.calibration.threshold(
        target_fmr=1e-4, enrolled=1, probe=1
    )


def test_one_person_matches_and_two_people_do_not(engine: OnnxFaceEngine) -> None:
    obama, again, third, biden = (
        embedding_of(engine, faces.image_bytes(name))
        for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
    )
    limit = engine.calibration.threshold(target_fmr=1e-4, enrolled=1, probe=1)
    assert max(distance(obama, again), distance(obama, third), distance(again, third)) < limit
    assert min(distance(biden, other) for other in (obama, again, third)) > limit
    assert limit < engine.calibration.one_person < distance(obama, biden)


def test_eight_threads_get_the_same_bits_as_one(engine: OnnxFaceEngine) -> None:
    images = [faces.image_bytes(n) for n in ("obama.jpg", "biden.jpg", "obama2.jpg")] * 4

    def everything(image: bytes) -> tuple[bytes, bytes, Observation]:
        seen = engine.observe(image)
        return engine.embed(seen, seen.faces[0]).tobytes(), seen.faces[0].landmarks.tobytes(), seen

    alone = [everything(image)[:2] for image in images[:3]] * 4
    with ThreadPoolExecutor(8) as pool:
        together = [result[:2] for result in pool.map(everything, images)]
    assert together == alone


def test_an_observation_does_not_show_pixels_or_points_when_printed(seen: Observation) -> None:
    assert "array" not in repr(seen)
