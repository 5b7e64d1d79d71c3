"""Error rates on Labeled Faces in the Wild, folds 1-3: 2,459 images of 1,241 people."""

from dataclasses import dataclass

import numpy as np
import pytest

import faces
from facelogin.domain.matching import fuse
from facelogin.domain.observation import Face, Observation
from facelogin.face.calibration import UNMIRRORED_BELOW, UNMIRRORED_BEYOND
from facelogin.face.engine import OnnxFaceEngine


@dataclass(frozen=True)
class Collection:
    names: np.ndarray
    embeddings: np.ndarray
    glimpses: np.ndarray  # of the chips alone, in the same order
    sharpness: np.ndarray  # of the pictures that show a single face
    missed: list[str]
    cut_off: int

    def distances(self) -> tuple[np.ndarray, np.ndarray]:
        """All genuine and all impostor distances, each pair once."""
        above = np.triu_indices(len(self.names), 1)
        cosines = (self.embeddings @ self.embeddings.T)[above]
        gaps = np.sqrt(np.maximum(2 - 2 * cosines, 0))
        same = self.names[above[0]] == self.names[above[1]]
        return gaps[same], gaps[~same]


def nearest_the_centre(seen: Observation) -> Face:
    height, width = seen.pixels.shape[:2]

    def off_centre(face: Face) -> float:
        x, y = face.box.x + face.box.width / 2, face.box.y + face.box.height / 2
        return float(np.hypot(x - width / 2, y - height / 2))

    return min(seen.faces, key=off_centre)


@pytest.fixture(scope="module")
def lfw(engine: OnnxFaceEngine) -> Collection:
    every_face = OnnxFaceEngine(min_relative_width=0)
    names: list[str] = []
    embeddings, glimpses, sharpness, missed, cut_off = [], [], [], [], 0
    for path in sorted((faces.lfw_dev() / "images").rglob("*.jpg")):
        seen = every_face.observe(path.read_bytes())
        if not seen.faces:
            missed.append(path.name)
            continue
        face = nearest_the_centre(seen)
        names.append(path.parent.name)
        glimpse = every_face.glimpse(seen, face)
        glimpses.append(glimpse.embedding)
        embeddings.append(every_face.embed(seen, face, begun=glimpse))
        cut_off += face.cut_off
        if len(seen.faces) == 1:
            sharpness.append(face.sharpness)
    whole, part = (np.stack(each).astype(np.float64) for each in (embeddings, glimpses))
    return Collection(np.array(names), whole, part, np.array(sharpness), missed, cut_off)


def test_every_face_is_found_and_none_is_cut_off(lfw: Collection) -> None:
    assert len(lfw.names) == 2459
    assert lfw.missed == []
    assert lfw.cut_off == 0


def test_at_one_false_match_in_ten_thousand_most_people_get_in(lfw: Collection) -> None:
    genuine, impostor = lfw.distances()
    assert len(genuine) == 3415
    assert len(impostor) > 3_000_000
    threshold = np.quantile(impostor, 1e-4)
    assert threshold == pytest.approx(0.336, abs=0.002)
    assert np.mean(genuine <= threshold) >= 0.78


def test_the_shipped_threshold_lets_fewer_than_one_in_ten_thousand_through(
    engine: OnnxFaceEngine, lfw: Collection
) -> None:
    genuine, impostor = lfw.distances()
    limit = engine.thresholds.threshold(enrolled=1, probe=1)
    assert np.mean(impostor <= limit) < 5e-5
    assert np.mean(genuine <= limit) > 0.66


def test_two_pictures_of_one_person_are_taken_for_one_person(
    engine: OnnxFaceEngine, lfw: Collection
) -> None:
    genuine, impostor = lfw.distances()
    assert np.mean(genuine <= engine.thresholds.one_person) >= 0.995
    assert np.mean(impostor > engine.thresholds.one_person) >= 0.9


def test_hardly_any_press_photo_counts_as_blurred(engine: OnnxFaceEngine, lfw: Collection) -> None:
    assert np.mean(lfw.sharpness >= engine.min_sharpness) >= 0.99


@pytest.mark.parametrize("enrolled", [1, 2, 3, 5])
def test_no_decision_at_a_glimpse_differs_from_that_of_the_whole_embedding(
    engine: OnnxFaceEngine, lfw: Collection, enrolled: int
) -> None:
    """Every image against every template of ``enrolled`` images of one person (all orders of one,
    twenty draws of several), itself left out."""
    limit = engine.thresholds.threshold(enrolled=enrolled, probe=1)
    accepted, doubtful, differing = 0, 0, 0
    for members in templates_of(lfw.names, enrolled):
        template = fuse([lfw.embeddings[i].astype(np.float32) for i in members]).astype(np.float64)
        others = np.ones(len(lfw.names), dtype=bool)
        others[members] = False
        part, whole = (gaps_to(each, template) for each in (lfw.glimpses, lfw.embeddings))
        near, far = part <= limit - UNMIRRORED_BELOW, part > limit + UNMIRRORED_BEYOND
        accepted += int(np.sum(others & near))
        doubtful += int(np.sum(others & ~near & ~far))
        differing += int(np.sum(others & ((near & (whole > limit)) | (far & (whole <= limit)))))
    assert accepted > 1000
    assert doubtful > 1000
    assert differing == 0


def templates_of(names: np.ndarray, images: int) -> list[np.ndarray]:
    """Return the images of each template: each alone, or draws of several of one person."""
    if images == 1:
        return [np.array([i]) for i in range(len(names))]
    random = np.random.default_rng(images)
    people = [np.flatnonzero(names == name) for name in np.unique(names)]
    many = [person for person in people if len(person) > images]
    return [random.choice(person, images, replace=False) for person in many for _ in range(20)]


def gaps_to(embeddings: np.ndarray, template: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.maximum(2 - 2 * (embeddings @ template), 0)))


def test_a_glimpse_alone_lets_fewer_strangers_through_than_the_threshold(
    engine: OnnxFaceEngine, lfw: Collection
) -> None:
    plain = engine.thresholds.threshold(enrolled=1, probe=1) - UNMIRRORED_BELOW
    strangers = lfw.names[:, None] != lfw.names[None, :]
    near = lfw.glimpses @ lfw.embeddings.T >= 1 - plain**2 / 2
    assert np.sum(strangers & near) / np.sum(strangers) < 1e-5
