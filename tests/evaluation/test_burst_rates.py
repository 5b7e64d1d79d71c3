"""Bursts made of photos: frames of a moment, counted and compared as the product does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import faces
from facelogin.domain.calibration import Calibration, Occasion, Point
from facelogin.domain.errors import ErrorRateExceeded, EvaluationRefused
from facelogin.domain.matching import normalise
from facelogin.domain.models import Embedding, EngineRef
from facelogin.evaluation.bursts import (
    FRAMES,
    BurstRates,
    as_markdown,
    bad_frame,
    measure,
    refuse_worse,
    webcam_frame,
)
from facelogin.evaluation.conditions.taking import ConditionTaker, Outcome, Taken, sampled
from facelogin.evaluation.datasets import Image, read_data_set
from facelogin.evaluation.embedding_cache import EmbeddingCache
from facelogin.face.engine import OnnxFaceEngine

TARGET, PEOPLE, PICTURES = 1e-2, 40, 3
THRESHOLDS = {(1, 1): 1.1, (2, 1): 1.02, (2, 2): 0.95, (3, 1): 0.99, (3, 2): 0.9, (3, 3): 0.85}
TABLE = Calibration(
    engine=EngineRef("drawn", "1"),
    cells={images: (Point(TARGET, limit),) for images, limit in THRESHOLDS.items()},
    one_person=1.3,
    data_set="drawn",
    fitted_on=date(2026, 1, 1),
    days_apart=1.0,
)


def vector(chance: np.random.Generator) -> Embedding:
    return normalise(chance.standard_normal(128))


def crowd(*, frame: float) -> list[Taken]:
    """People whose pictures lie about 1 apart, the frames of each by ``frame`` as much."""
    chance, taken = np.random.default_rng(4), []
    for person in range(PEOPLE):
        own = vector(chance)
        for number in range(PICTURES):
            day = own + vector(chance)
            under: tuple[Outcome, ...] = tuple(
                normalise(day + frame * vector(chance)) for _ in FRAMES
            )
            image = Image(Path("none"), f"p{person}", f"p{person}/{number}")
            taken.append(Taken(image, normalise(day), under))
    return taken


def by_kind(rates: tuple[BurstRates, ...]) -> dict[tuple[str, str], BurstRates]:
    return {(one.enrolled, one.shown): one for one in rates}


def test_frames_of_a_moment_refuse_no_more() -> None:
    rates = measure(crowd(frame=0.3), TABLE, target_fmr=TARGET)
    found = by_kind(rates)
    one = found["1 frame", "1 frame"]
    assert 0.01 < one.fnmr < 0.5
    assert found["3 frames", "3 frames"].fnmr <= one.fnmr
    assert found["3 frames", "3 frames"].counted == {1: PEOPLE * PICTURES}
    assert one.genuine == PEOPLE * PICTURES * (PICTURES - 1)
    refuse_worse(rates, target_fmr=TARGET)


def test_bursts_that_refuse_more_are_told() -> None:
    rates = measure(crowd(frame=0.3), TABLE, target_fmr=TARGET)
    worse = [replace(one, fnmr_ci=(0.9, 1.0)) if one.shown == "3 frames" else one for one in rates]
    with pytest.raises(ErrorRateExceeded, match=r"3 frames \+ 3 frames: FNMR"):
        refuse_worse(worse, target_fmr=TARGET)


def test_strangers_let_in_beyond_the_target_are_told() -> None:
    loose = replace(TABLE, cells={key: (Point(TARGET, 1.4),) for key in TABLE.cells})
    rates = measure(crowd(frame=0.3), loose, target_fmr=TARGET)
    with pytest.raises(ErrorRateExceeded, match=r"1 frame \+ 1 frame: FMR"):
        refuse_worse(rates, target_fmr=TARGET)


def test_photos_with_a_refused_frame_are_left_out() -> None:
    taken = crowd(frame=0.3)
    taken[0] = replace(taken[0], under=(*taken[0].under[:-1], "too_dark"))
    (first, *_) = measure(taken, TABLE, target_fmr=TARGET)
    assert first.genuine == PEOPLE * PICTURES * (PICTURES - 1) - 2 * (PICTURES - 1)
    with pytest.raises(EvaluationRefused, match="no picture whose frames all pass"):
        measure([replace(one, under=()) for one in taken], TABLE, target_fmr=TARGET)


def test_the_table_has_a_row_for_each_kind() -> None:
    lines = as_markdown(measure(crowd(frame=0.3), TABLE, target_fmr=TARGET)).splitlines()
    assert len(lines) == 2 + 2 * 4
    assert lines[2].startswith("| 1 frame | 1 frame | 1: 100.0% | ")


def test_frames_of_a_real_photo_are_one_moment(engine: OnnxFaceEngine, tmp_path: Path) -> None:
    images = sampled(read_data_set(faces.lfw_dev() / "images").images, 16)
    with EmbeddingCache(tmp_path / "cache", "bursts") as cache:
        taken = [*ConditionTaker(engine, FRAMES[:3], cache).take_all(images)]
    bursts = [
        [one for one in photo.under if not isinstance(one, str)] for photo in taken if photo.under
    ]
    whole = [burst for burst in bursts if len(burst) == 3]
    assert len(whole) >= 6
    counts = [engine.calibration.independent(burst, Occasion.DAYS) for burst in whole]
    assert sum(count == 1 for count in counts) >= 0.8 * len(whole)


def test_a_bad_frame_is_darker_than_a_good_one() -> None:
    pixels = faces.astronaut_rgb()
    mesh = np.zeros((468, 3), np.float32)
    mesh[:, :2] = np.random.default_rng(0).uniform(170, 290, (468, 2))
    good, bad = (
        frame(pixels, mesh, np.random.default_rng(1)) for frame in (webcam_frame, bad_frame)
    )
    assert good.shape == bad.shape == pixels.shape
    assert bad.mean() < 0.8 * good.mean()
