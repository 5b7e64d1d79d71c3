"""Embeddings, thresholds and the decision of a verification."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelogin.domain import matching
from facelogin.domain.calibration import Calibration, Occasion, Point
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, EngineRef, Template

ENGINE = EngineRef(id="test", version="1")
TABLE = Calibration(
    engine=ENGINE,
    cells={
        (1, 1): (Point(1e-2, 0.4), Point(1e-4, 0.319)),
        (2, 1): (Point(1e-4, 0.306),),
        (2, 2): (Point(1e-4, 0.285),),
    },
    one_person=0.5,
    data_set="the tests",
    fitted_on=date(2026, 1, 1),
    burst_counts_as=1,
)


def direction(seed: int) -> Embedding:
    return matching.normalise(np.random.default_rng(seed).normal(size=128))


def at_distance(origin: Embedding, gap: float) -> Embedding:
    """A unit vector at Euclidean distance `gap` from `origin`."""
    aside = direction(99) - np.dot(direction(99), origin) * origin
    aside /= np.linalg.norm(aside)
    cosine = 1 - gap**2 / 2
    return matching.normalise(cosine * origin + np.sqrt(1 - cosine**2) * aside)


def template(embedding: Embedding, *, images: int = 1, engine: EngineRef = ENGINE) -> Template:
    return Template(
        template_id="t",
        engine=engine,
        embedding=embedding,
        image_count=images,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def accepted(
    gap: float,
    *,
    images: int = 1,
    probe_images: int = 1,
    target_fmr: float = 1e-4,
    spread: Occasion = Occasion.DAYS,
) -> bool:
    origin = direction(1)
    return matching.verify(
        at_distance(origin, gap),
        template(origin, images=images),
        calibration=TABLE,
        target_fmr=target_fmr,
        probe_images=probe_images,
        spread=spread,
    ).accepted


def test_the_threshold_decides() -> None:
    assert accepted(0.3189)
    assert not accepted(0.3191)


def test_the_threshold_follows_the_number_of_images() -> None:
    assert accepted(0.31, images=1)
    assert not accepted(0.31, images=3)


def test_the_threshold_follows_the_rate_that_is_asked_for() -> None:
    assert accepted(0.35, target_fmr=1e-2)
    assert not accepted(0.35)


def test_frames_of_one_burst_count_as_fewer_images() -> None:
    assert accepted(0.30, images=1, probe_images=2, spread=Occasion.BURST)
    assert accepted(0.30, images=1, probe_images=2)
    assert accepted(0.315, images=1, probe_images=2, spread=Occasion.BURST)
    assert not accepted(0.315, images=1, probe_images=2)


@pytest.mark.parametrize("engine", [EngineRef("other", "1"), EngineRef("test", "2")])
def test_a_template_of_another_engine_never_matches(engine: EngineRef) -> None:
    same_face = direction(1)
    match = matching.verify(
        same_face,
        template(same_face, engine=engine),
        calibration=TABLE,
        target_fmr=1e-4,
        probe_images=1,
    )
    assert not match.accepted


@pytest.mark.parametrize("broken", [np.zeros(128), np.full(128, np.nan), np.full(128, np.inf)])
def test_a_vector_without_direction_is_no_embedding(broken: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite"):
        matching.normalise(broken)


def test_a_probe_that_is_not_a_number_never_matches() -> None:
    not_a_number = np.full(128, np.nan, dtype=np.float32)
    match = matching.verify(
        not_a_number, template(direction(1)), calibration=TABLE, target_fmr=1e-4, probe_images=1
    )
    assert not match.accepted


@given(st.integers(0, 1000), st.integers(1, 5))
def test_a_fused_embedding_has_norm_one_whatever_the_norms_of_its_parts(
    seed: int, count: int
) -> None:
    parts = [direction(seed + i) * np.float32(1 + i) for i in range(count)]
    assert np.linalg.norm(matching.fuse(parts)) == pytest.approx(1, abs=1e-6)


def test_the_order_of_images_does_not_matter() -> None:
    parts = [direction(i) for i in range(4)]
    np.testing.assert_allclose(matching.fuse(parts), matching.fuse(parts[::-1]), atol=1e-6)


def test_the_spread_is_the_largest_distance() -> None:
    origin = direction(1)
    assert matching.spread([origin, at_distance(origin, 0.2), at_distance(origin, 0.4)]) == (
        pytest.approx(0.4, abs=1e-5)
    )
    assert matching.spread([origin]) == 0


def glimpsed(gap: float, *, images: int = 1, engine: EngineRef = ENGINE) -> bool | None:
    origin = direction(1)
    return matching.decide_at_a_glimpse(
        Glimpse(at_distance(origin, gap), margin_below=0.03, margin_beyond=0.06),
        template(origin, images=images, engine=engine),
        calibration=TABLE,
        target_fmr=1e-4,
    )


@pytest.mark.parametrize(
    ("images", "gap", "decided"),
    [
        *((1, 0.288, True), (1, 0.290, None), (1, 0.378, None), (1, 0.380, False)),
        *((2, 0.275, True), (2, 0.277, None), (2, 0.365, None), (2, 0.367, False)),
    ],
)
def test_a_glimpse_decides_only_outside_the_band_round_the_threshold_of_one_probe_image(
    images: int, gap: float, decided: bool | None
) -> None:
    assert glimpsed(gap, images=images) is decided


def test_a_glimpse_does_not_match_a_template_of_another_engine() -> None:
    assert glimpsed(0.0) is True
    assert glimpsed(0.0, engine=EngineRef(id="test", version="2")) is False
