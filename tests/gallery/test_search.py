"""The quick search finds exactly what an exhaustive one finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facelogin.domain.models import FloatArray
from facelogin.gallery.search import Directions, bounded_rows, every_row, near_pairs

NO_FLOOR = -2.0


def unit(rows: np.ndarray) -> FloatArray:
    scaled: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def crowd(count: int, *, seed: int, spread: float = 1.0) -> FloatArray:
    """Embeddings as a network makes them: around a mean, some directions wider than others."""
    random = np.random.default_rng(seed)
    mean = random.normal(size=128) * 0.8 / np.sqrt(128) * 8
    widths = spread * np.exp(-np.arange(128) / 30)
    return unit(mean + random.normal(size=(count, 128)) * widths)


def like(face: FloatArray, *, seed: int, noise: float) -> FloatArray:
    random = np.random.default_rng(seed)
    moved: FloatArray = unit((face + noise * random.normal(size=128) / np.sqrt(128))[None])[0]
    return moved


def brute(faces: np.ndarray, probe: FloatArray, floor: float, most: int) -> set[int]:
    """The answer in doubles, by sorting everything."""
    scores = faces @ probe.astype(np.float64)
    order = np.argsort(-scores, kind="stable")[:most]
    return set(order[scores[order] >= floor].tolist())


@pytest.mark.parametrize("columns", [2, 16, 32, 129])
@pytest.mark.parametrize("floor", [NO_FLOOR, 0.9])
def test_recall_is_one_against_the_exhaustive_search(columns: int, floor: float) -> None:
    """Of 20,000 faces, for people among them and for strangers: the same eight, every time."""
    faces = crowd(20_000, seed=1)
    doubles = faces.astype(np.float64)
    directions = Directions(faces, columns)
    short = directions.shorten(faces)
    probes = [like(faces[row * 301], seed=row, noise=0.3) for row in range(30)]
    probes += list(crowd(20, seed=2))
    missed = 0
    for probe in probes:
        quick = bounded_rows(faces, short, probe, directions, floor=floor, most=8)
        whole = every_row(faces, probe, floor=floor, most=8)
        missed += len(set(whole.rows.tolist()) - set(quick.rows.tolist()))
        assert len(quick.rows) == len(whole.rows)
        assert set(whole.rows.tolist()) == brute(doubles, probe, floor, 8)
    assert missed == 0


def wide_crowd(count: int, *, seed: int, dimension: int = 128) -> FloatArray:
    """Embeddings in which strangers are nearly at right angles, as those of SFace are."""
    widths = np.exp(-np.arange(dimension) / (dimension / 2))
    return unit(np.random.default_rng(seed).normal(size=(count, dimension)) * widths)


@pytest.mark.parametrize("dimension", [128, 512])
@pytest.mark.parametrize("within", [1.0286, 1.1258])
def test_recall_is_one_within_a_radius_that_rules_out_few(dimension: int, within: float) -> None:
    faces = wide_crowd(20_000, seed=1, dimension=dimension)
    faces[7_000:7_020] = unit(faces[:1] + 0.6 * wide_crowd(20, seed=2, dimension=dimension))
    doubles, floor = faces.astype(np.float64), 1 - within**2 / 2
    directions = Directions(faces, 32)
    short = directions.shorten(faces)
    probes = [*faces[:20], *wide_crowd(20, seed=3, dimension=dimension)]
    found = 0
    for probe in probes:
        quick = bounded_rows(faces, short, probe, directions, floor=floor, most=8)
        assert set(quick.rows.tolist()) == brute(doubles, probe, floor, 8)
        found += len(quick.rows)
    assert found >= 20 + 7  # themselves, and those who are like the first


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 300),
    st.sampled_from([2, 5, 32]),
    st.sampled_from([NO_FLOOR, 0.0, 0.5, 0.99]),
    st.integers(1, 10),
)
def test_whatever_the_faces_the_bound_rules_out_nobody_wrongly(
    seed: int, count: int, columns: int, floor: float, most: int
) -> None:
    """Directions may come from quite other faces: then they rule out few, and no wrong ones."""
    random = np.random.default_rng(seed)
    faces = unit(random.normal(size=(count, 128)))
    faces[random.integers(0, count, count // 2)] = faces[0]  # some are identical
    directions = Directions(unit(random.normal(size=(3, 128))), columns)
    probe = faces[0] if seed % 2 else unit(random.normal(size=(1, 128)))[0]
    short = directions.shorten(faces)
    quick = bounded_rows(faces, short, probe, directions, floor=floor, most=most)
    whole = every_row(faces, probe, floor=floor, most=most)
    assert len(quick.rows) == len(whole.rows) == len(set(quick.rows.tolist()))
    np.testing.assert_allclose(quick.scores, whole.scores, atol=1e-5)


def test_the_bound_rules_out_nearly_everybody() -> None:
    """Otherwise it would cost more than it saves."""
    faces = crowd(20_000, seed=1)
    directions = Directions(faces, 32)
    probe = like(faces[7], seed=3, noise=0.3)
    bounds = directions.shorten(faces) @ directions.shorten(probe[None])[0]
    assert np.all(bounds >= faces @ probe - 4e-6)
    assert np.count_nonzero(bounds >= 0.94) < 200


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_faces_or_none_are_no_special_case(count: int) -> None:
    faces = crowd(3, seed=1)[:count]
    hits = every_row(faces, crowd(1, seed=2)[0], floor=NO_FLOOR, most=8)
    assert sorted(hits.rows.tolist()) == list(range(count))


def test_identical_faces_are_all_found_as_far_as_there_is_room() -> None:
    faces = np.repeat(crowd(1, seed=1), 50_000, axis=0)
    directions = Directions(faces, 32)
    short = directions.shorten(faces)
    hits = bounded_rows(faces, short, faces[0], directions, floor=0.9, most=8)
    assert len(set(hits.rows.tolist())) == 8
    np.testing.assert_allclose(hits.scores, 1.0, atol=1e-6)


def test_every_pair_that_is_near_is_found_once() -> None:
    faces = crowd(5000, seed=1)
    for one, other in ((3, 4000), (2047, 2048), (10, 11)):
        faces[other] = like(faces[one], seed=one, noise=0.05)
    found = list(near_pairs(faces, None, floor=0.99))
    assert sorted(found) == [(3, 4000), (10, 11), (2047, 2048)]


@pytest.mark.parametrize("columns", [8, 48])
@pytest.mark.parametrize("count", [1, 511, 2049, 9000])
def test_the_bound_loses_no_pair(count: int, columns: int) -> None:
    """Few directions leave nearly all to be multiplied out, many hardly any."""
    faces = crowd(count, seed=count)
    for one in range(0, count - 1, 500):
        faces[one + 1] = like(faces[one], seed=one, noise=0.2)
    floor = 0.9
    scores = np.triu(faces @ faces.T, k=1)
    clear = np.abs(scores - floor) > 1e-5  # the others may be rounded to either side
    short = Directions(faces, columns).shorten(faces)

    found = list(near_pairs(faces, short, floor=floor))

    assert len(found) == len(set(found))
    expected = set(zip(*map(np.ndarray.tolist, np.nonzero((scores >= floor) & clear)), strict=True))
    assert expected == {pair for pair in found if clear[pair]}


def test_rows_that_are_all_alike_are_all_pairs() -> None:
    faces = np.repeat(crowd(1, seed=1), 700, axis=0)
    short = Directions(faces, 32).shorten(faces)
    assert len(set(near_pairs(faces, short, floor=0.9))) == 700 * 699 // 2
