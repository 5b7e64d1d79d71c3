"""Error rates on Labeled Faces in the Wild, folds 1-3: 2,459 images of 1,241 people."""

from dataclasses import dataclass

import numpy as np
import pytest

import faces
from facelogin.domain.observation import Face, Observation
from facelogin.face.engine import OnnxFaceEngine


@dataclass(frozen=True)
class Collection:
    names: np.ndarray
    embeddings: np.ndarray
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
    embeddings, sharpness, missed, cut_off = [], [], [], 0
    for path in sorted((faces.lfw_dev() / "images").rglob("*.jpg")):
        seen = every_face.observe(path.read_bytes())
        if not seen.faces:
            missed.append(path.name)
            continue
        face = nearest_the_centre(seen)
        names.append(path.parent.name)
        embeddings.append(every_face.embed(seen, face))
        cut_off += face.cut_off
        if len(seen.faces) == 1:
            sharpness.append(face.sharpness)
    stacked = np.stack(embeddings).astype(np.float64)
    return Collection(np.array(names), stacked, np.array(sharpness), missed, cut_off)


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
    limit = engine.calibration.threshold(target_fmr=1e-4, enrolled=1, probe=1)
    assert np.mean(impostor <= limit) < 5e-5
    assert np.mean(genuine <= limit) > 0.66


def test_two_pictures_of_one_person_are_taken_for_one_person(
    engine: OnnxFaceEngine, lfw: Collection
) -> None:
    genuine, impostor = lfw.distances()
    assert np.mean(genuine <= engine.calibration.one_person) >= 0.995
    assert np.mean(impostor > engine.calibration.one_person) >= 0.9


def test_hardly_any_press_photo_counts_as_blurred(engine: OnnxFaceEngine, lfw: Collection) -> None:
    assert np.mean(lfw.sharpness >= engine.min_sharpness) >= 0.99
