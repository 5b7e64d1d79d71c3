"""What limits refuse is counted beside what would have matched, by measure and by quarter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from doubles import GOOD_FACE
from evaluation.drawn_faces import TABLE
from facelogin import bootstrap
from facelogin.cli import main
from facelogin.domain.errors import EvaluationRefused
from facelogin.domain.matching import normalise
from facelogin.domain.models import Embedding, Rgb
from facelogin.domain.observation import Face, Observation, Pose
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.datasets import read_data_set
from facelogin.evaluation.gates import MEASURES, Gates, Seen, dimmed, look_at

SIDE_PX = 24
POLICY = CapturePolicy()
THRESHOLD = 0.3
PEOPLE = 8
LEVELS = (240, 180)
LEAST_MEAN = 36
"""The mean of a picture from which the policy lets its face pass."""


class LampEngine:
    """Sees in every picture one face of its colour, with as much contrast as there is light.

    A person is a colour. A picture whose last pixel is black shows the face turned far away.
    """

    ref, calibration, min_sharpness = TABLE.engine, TABLE, 10.0

    def load(self) -> None:
        """Nothing to load."""

    def observe(self, image: bytes) -> Observation:
        bgr = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
        assert bgr is not None
        pixels = np.asarray(bgr[..., ::-1], np.uint8)
        if pixels.mean() < 10:
            return Observation(pixels, ())
        turned = float(pixels[-8:, -8:].max()) < 0.5 * float(pixels.max())
        face = replace(
            GOOD_FACE,
            pose=Pose(yaw_deg=50.0 if turned else 0.0, pitch_deg=0.0, roll_deg=0.0),
            mean_luma=float(pixels.mean()),
            contrast_to_noise=POLICY.min_contrast_to_noise * float(pixels.mean()) / LEAST_MEAN,
        )
        return Observation(pixels, (face,))

    def embed(self, observation: Observation, face: Face) -> Embedding:
        return normalise(observation.pixels[:8, :8].reshape(-1, 3).mean(axis=0).astype(np.float32))


ENGINE = cast("FaceEngine", LampEngine())


def colour(person: int) -> Rgb:
    share = person / (PEOPLE - 1)
    return np.array([1.0 - share, share, 0.5])


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Eight people of two pictures each; of the first, a third one turned away."""
    for person in range(PEOPLE):
        folder = tmp_path / "people" / f"p{person}"
        folder.mkdir(parents=True)
        dimmer = 1 - 0.08 * person
        for number, level in enumerate(LEVELS):
            pixels = np.ones((SIDE_PX, SIDE_PX, 3)) * colour(person) * level * dimmer
            save(folder / f"{number}.png", pixels)
    turned = np.ones((SIDE_PX, SIDE_PX, 3)) * colour(0) * 200
    turned[-8:, -8:] = 0
    save(tmp_path / "people" / "p0" / "2.png", turned)
    return tmp_path / "people"


def save(path: Path, pixels: np.ndarray) -> None:
    cv2.imwrite(str(path), pixels[..., ::-1].round().astype(np.uint8))


def seen_in(folder: Path) -> list[Seen]:
    return list(look_at(read_data_set(folder).images, ENGINE, POLICY))


def test_a_refusal_is_told_with_what_would_have_matched(people: Path) -> None:
    rows = {row.name: row for row in Gates(seen_in(people), threshold=THRESHOLD).by_refusal()}
    assert set(rows) == {"passed", "face_turned_away.turn_right"}
    assert (rows["passed"].pictures, rows["passed"].refused, rows["passed"].fnmr) == (16, 0, 0)
    turned = rows["face_turned_away.turn_right"]
    assert (turned.pictures, turned.refused, turned.fnmr) == (1, 1, 0)


def test_a_measure_counts_each_picture_in_one_row(people: Path) -> None:
    found = Gates(seen_in(people), threshold=THRESHOLD)
    for measure in MEASURES:
        assert sum(row.pictures for row in found.by_measure(measure)) == 17
    (yaw,) = [measure for measure in MEASURES if measure.name == "yaw"]
    assert [(row.name, row.refused) for row in found.by_measure(yaw)] == [
        ("yaw -15 to 15", 0),
        ("yaw 40 to 90", 1),
    ]


def test_a_picture_unlike_its_mates_is_a_miss(people: Path) -> None:
    save(people / "p3" / "2.png", np.ones((SIDE_PX, SIDE_PX, 3)) * colour(7) * 200)
    (passed, _) = Gates(seen_in(people), threshold=THRESHOLD).by_refusal()
    assert passed.pictures == 17
    assert passed.fnmr == pytest.approx((1 + 2 * 0.5) / 17)


def test_dimmed_quarters_are_told_darkest_first(people: Path) -> None:
    found = Gates(seen_in(people), threshold=THRESHOLD)
    quarters = found.quarters(most=100)
    assert [len(quarter) for quarter in quarters] == [2, 2, 2, 2]
    assert {one.image.person for one in quarters[0]} == {"p6", "p7"}
    rows = [found.row("", list(dimmed(q, ENGINE, POLICY, stops=3))) for q in quarters]
    assert [row.refused for row in rows] == [1, 1, 0.5, 0]
    assert all(row.fnmr == 0 for row in rows)


def test_without_light_a_face_is_refused_and_missed(people: Path) -> None:
    found = Gates(seen_in(people), threshold=THRESHOLD)
    (dark,) = [found.row("", list(dimmed(found.quarters(4)[0], ENGINE, POLICY, stops=34)))]
    assert (dark.pictures, dark.refused, dark.fnmr) == (1, 1, 1)


def test_people_of_one_picture_say_nothing(people: Path) -> None:
    for folder in people.iterdir():
        for picture in sorted(folder.iterdir())[1:]:
            if folder.name != "p0" or picture.name != "2.png":
                picture.unlink()
    alone = [one for one in seen_in(people) if one.image.name != "p0/2.png"]
    with pytest.raises(EvaluationRefused, match="second picture"):
        Gates(alone, threshold=THRESHOLD)


def test_the_command_prints_refusals_measures_and_quarters(
    people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "build_engine", lambda *_, **__: ENGINE)
    words = ("evaluate", "gates", str(people), "--dim", "0", "--dim", "3", "--people", "8")
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    lines = [line.split() for line in done.output.splitlines() if line]
    assert lines[0][:2] == ["17", "pictures,"]
    assert ["passed", "16", "0.000", "0.000"] in lines
    assert ["face_turned_away.turn_right", "1", "1.000", "0.000"] in lines
    assert ["yaw", "40", "to", "90", "1", "1.000", "0.000"] in lines
    dark = lines.index(["dimmed", "3", "stops", "pictures", "refused", "FNMR"])
    assert lines[dark + 1] == ["darkest", "quarter", "2", "1.000", "0.000"]
