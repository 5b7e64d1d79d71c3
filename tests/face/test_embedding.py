"""What holds for the embeddings of every engine."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import faces
from face.pictures import Rgb, encoded, scaled, turned
from facelogin.domain.matching import distance
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.face.engine import OnnxFaceEngine


@pytest.fixture(scope="module")
def embedding(each_engine: OnnxFaceEngine, seen: Observation, face: Face) -> Embedding:
    return each_engine.embed(seen, face)


def limit_of(engine: OnnxFaceEngine) -> float:
    return engine.calibration.threshold(target_fmr=1e-4, enrolled=1, probe=1)


def embedding_of(engine: OnnxFaceEngine, image: bytes) -> Embedding:
    seen = engine.observe(image)
    return engine.embed(seen, seen.faces[0])


def test_a_mirrored_photo_gives_nearly_the_same_embedding(
    each_engine: OnnxFaceEngine, portrait: Rgb, embedding: Embedding
) -> None:
    mirrored = embedding_of(each_engine, encoded(np.ascontiguousarray(portrait[:, ::-1])))
    assert distance(mirrored, embedding) < limit_of(each_engine) / 3


@pytest.mark.parametrize("factor", [0.7, 1.6, 4.0])
def test_size_hardly_moves_an_embedding(
    each_engine: OnnxFaceEngine, portrait: Rgb, embedding: Embedding, factor: float
) -> None:
    image = encoded(scaled(portrait, factor), "JPEG", quality=92)
    assert distance(embedding_of(each_engine, image), embedding) < limit_of(each_engine) / 2


@pytest.mark.parametrize("degrees", [-90, -40, 40, 90])
def test_a_rolled_head_still_matches_itself(
    each_engine: OnnxFaceEngine, portrait: Rgb, face: Face, embedding: Embedding, degrees: float
) -> None:
    centre = (float(face.landmarks[4, 0]), float(face.landmarks[4, 1]))
    rolled = embedding_of(each_engine, encoded(turned(portrait, degrees, centre)))
    assert distance(rolled, embedding) < limit_of(each_engine)


def test_one_person_matches_and_two_people_do_not(each_engine: OnnxFaceEngine) -> None:
    obama, again, third, biden = (
        embedding_of(each_engine, faces.image_bytes(name))
        for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")
    )
    limit = limit_of(each_engine)
    assert max(distance(obama, again), distance(obama, third), distance(again, third)) < limit
    assert min(distance(biden, other) for other in (obama, again, third)) > limit
    assert limit < each_engine.calibration.one_person < distance(obama, biden)


def test_eight_threads_get_the_same_bits_as_one(each_engine: OnnxFaceEngine) -> None:
    images = [faces.image_bytes(n) for n in ("obama.jpg", "biden.jpg", "obama2.jpg")] * 4

    def everything(image: bytes) -> tuple[bytes, bytes, Observation]:
        seen = each_engine.observe(image)
        return (
            each_engine.embed(seen, seen.faces[0]).tobytes(),
            seen.faces[0].landmarks.tobytes(),
            seen,
        )

    alone = [everything(image)[:2] for image in images[:3]] * 4
    with ThreadPoolExecutor(8) as pool:
        together = [result[:2] for result in pool.map(everything, images)]
    assert together == alone


def test_an_observation_does_not_show_pixels_or_points_when_printed(seen: Observation) -> None:
    assert "array" not in repr(seen)
