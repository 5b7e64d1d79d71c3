"""What frames of one moment are worth, and the one image that they become in a template."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelogin.domain import moments
from facelogin.domain.matching import fuse
from facelogin.domain.models import Embedding

GAP = 0.3


def frames(count: int, gap: float = GAP, seed: int = 1) -> list[Embedding]:
    """So many unit vectors, each so far from every other."""
    axes, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((128, count + 1)))
    own = gap**2 / 2
    return [
        (np.sqrt(1 - own) * axes[:, 0] + np.sqrt(own) * axes[:, 1 + number]).astype(np.float32)
        for number in range(count)
    ]


def moved(frame: Embedding, seed: int, by: float = 0.1) -> Embedding:
    return fuse([frame + by * a_stranger(seed)])


def a_stranger(seed: int = 9) -> Embedding:
    random = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return np.asarray(random / np.linalg.norm(random), np.float32)


def test_as_many_as_they_are_worth_is_exact_between_days() -> None:
    assert moments.effective_images(frames(4, 0.8), days_apart=0.8) == pytest.approx(4)
    assert moments.effective_images(frames(4, 1e-3), days_apart=0.8) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("apart", [0.8, 1.0, 1.2])
def test_more_frames_of_two_moments_stay_two(apart: float) -> None:
    one, other = frames(2, apart)
    shaken = [moved(one, seed) for seed in range(3)] + [moved(other, seed) for seed in range(3, 5)]
    assert moments.counted([one, other], days_apart=0.8) == 2
    assert moments.counted(shaken, days_apart=0.8) == 2
    assert moments.counted([one, moved(one, 7)], days_apart=0.8) == 1


def test_frames_of_a_moving_head_are_one_moment() -> None:
    """Each is near the next, the first far from the last."""
    one, other = frames(2, 1.0)
    path = [fuse([one * (6 - step) + other * step]) for step in range(7)]
    assert float(np.linalg.norm(path[0] - path[-1])) == pytest.approx(1.0)
    assert moments.counted(path, days_apart=0.8) == 1


@given(st.integers(2, 6), st.floats(0.01, 1.2), st.floats(0.1, 1.3))
def test_a_mean_must_be_nearer_but_not_nearer_than_its_gain(
    count: int, gap: float, threshold: float
) -> None:
    burst = frames(count, gap)
    cosine = 1 - threshold**2 / 2
    length = float(np.linalg.norm(np.mean(burst, axis=0)))
    whole_gain = np.sqrt(max(0.0, 2 - 2 * cosine / length))
    assert whole_gain <= moments.threshold_of_mean(threshold, burst) + 1e-6
    assert moments.threshold_of_mean(threshold, burst) <= threshold + 1e-9


def test_a_threshold_of_unrelated_vectors_stays() -> None:
    assert moments.threshold_of_mean(1.5, frames(3)) == 1.5


def test_one_image_lies_between_a_frame_and_the_mean() -> None:
    burst = frames(3)
    one, mean = moments.as_one_image(burst), fuse(burst)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-6)
    assert float(one @ mean) == pytest.approx(np.linalg.norm(np.mean(burst, axis=0)) ** 0.4)
    assert float(burst[0] @ mean) < float(one @ mean) < 1


def test_one_image_of_copies_is_the_picture() -> None:
    (picture,) = frames(1)
    np.testing.assert_allclose(moments.as_one_image([picture] * 3), picture, atol=1e-6)
    np.testing.assert_allclose(moments.as_one_image([picture]), picture, atol=1e-6)


def test_one_image_does_not_depend_on_the_order() -> None:
    burst = [*frames(2), *frames(1, 0.1, seed=3)]
    np.testing.assert_allclose(
        moments.as_one_image(burst), moments.as_one_image(burst[::-1]), atol=1e-6
    )


def test_strangers_come_no_nearer_than_to_a_frame() -> None:
    """Over many strangers: the spread of cosines is that of a single frame, hardly more."""
    burst, strangers = frames(3), np.stack([a_stranger(seed) for seed in range(4000)])
    single = float(np.std(strangers @ burst[0]))
    assert float(np.std(strangers @ moments.as_one_image(burst))) == pytest.approx(single, rel=0.05)
