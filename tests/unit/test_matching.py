"""Embeddings, thresholds and the decision of a verification."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelogin.domain import matching
from facelogin.domain.matching import Glimpse, ThresholdTable
from facelogin.domain.models import Embedding, EngineRef, Template
from facelogin.face.calibration import MIRROR_THRESHOLDS, REFERENCE_THRESHOLDS

ENGINE = EngineRef(id="test", version="1")
TABLE = ThresholdTable(
    by_images={(1, 1): 0.319, (3, 1): 0.299, (2, 2): 0.285, (3, 2): 0.280},
    one_person=0.5,
    provenance="the tests",
    provisional=True,
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


def accepted(gap: float, *, images: int = 1, probe_images: int = 1) -> bool:
    origin = direction(1)
    return matching.verify(
        at_distance(origin, gap),
        template(origin, images=images),
        engine=ENGINE,
        probe_images=probe_images,
        thresholds=TABLE,
    ).accepted


@pytest.mark.parametrize(
    ("enrolled", "probe", "expected"),
    [
        (1, 1, 0.319),
        (3, 1, 0.299),
        (1, 3, 0.299),
        (2, 1, 0.299),
        (2, 2, 0.285),
        (3, 2, 0.280),
        (2, 3, 0.280),
        (5, 3, 0.280),
        (9, 9, 0.280),
    ],
)
def test_a_pair_takes_its_own_threshold_or_a_stricter_one(
    enrolled: int, probe: int, expected: float
) -> None:
    assert TABLE.threshold(enrolled=enrolled, probe=probe) == expected


@pytest.mark.parametrize("table", [TABLE, MIRROR_THRESHOLDS, REFERENCE_THRESHOLDS])
@given(enrolled=st.integers(1, 8), probe=st.integers(1, 8))
def test_more_images_never_loosen_the_threshold(
    table: ThresholdTable, enrolled: int, probe: int
) -> None:
    here = table.threshold(enrolled=enrolled, probe=probe)
    assert table.threshold(enrolled=enrolled + 1, probe=probe) <= here
    assert table.threshold(enrolled=enrolled, probe=probe + 1) <= here


def test_the_shipped_thresholds_are_provisional_and_say_where_they_come_from() -> None:
    for table in (MIRROR_THRESHOLDS, REFERENCE_THRESHOLDS):
        assert table.provisional
        assert "Labeled Faces in the Wild" in table.provenance


def test_no_images_have_no_threshold() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        TABLE.threshold(enrolled=0, probe=1)


def test_the_threshold_decides() -> None:
    assert accepted(0.3189)
    assert not accepted(0.3191)


def test_the_threshold_follows_the_number_of_images() -> None:
    assert accepted(0.31, images=1)
    assert not accepted(0.31, images=3)


@pytest.mark.parametrize("engine", [EngineRef("other", "1"), EngineRef("test", "2")])
def test_a_template_of_another_engine_never_matches(engine: EngineRef) -> None:
    same_face = direction(1)
    match = matching.verify(
        same_face,
        template(same_face, engine=engine),
        engine=ENGINE,
        probe_images=1,
        thresholds=TABLE,
    )
    assert not match.accepted


@pytest.mark.parametrize("broken", [np.zeros(128), np.full(128, np.nan), np.full(128, np.inf)])
def test_a_vector_without_direction_is_no_embedding(broken: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite"):
        matching.normalise(broken)


def test_a_probe_that_is_not_a_number_never_matches() -> None:
    not_a_number = np.full(128, np.nan, dtype=np.float32)
    match = matching.verify(
        not_a_number, template(direction(1)), engine=ENGINE, probe_images=1, thresholds=TABLE
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
        engine=ENGINE,
        thresholds=TABLE,
    )


@pytest.mark.parametrize(
    ("images", "gap", "decided"),
    [
        *((1, 0.288, True), (1, 0.290, None), (1, 0.378, None), (1, 0.380, False)),
        *((3, 0.268, True), (3, 0.270, None), (3, 0.358, None), (3, 0.360, False)),
    ],
)
def test_a_glimpse_decides_only_outside_the_band_round_the_threshold_of_one_probe_image(
    images: int, gap: float, decided: bool | None
) -> None:
    assert glimpsed(gap, images=images) is decided


def test_a_glimpse_does_not_match_a_template_of_another_engine() -> None:
    assert glimpsed(0.0) is True
    assert glimpsed(0.0, engine=EngineRef(id="test", version="2")) is False
