"""What a capture must show before it may enrol or verify anybody."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from doubles import GOOD_FACE
from facelogin.domain.errors import (
    FaceCovered,
    FaceCutOff,
    FaceNotFound,
    FaceTooSmall,
    FaceTurnedAway,
    ImageRefused,
    SeveralFaces,
    TooBlurred,
    TooBright,
    TooDark,
)
from facelogin.domain.observation import Box, Cover, Face, Observation, Pose
from facelogin.domain.policy import CapturePolicy

FACE = replace(GOOD_FACE, pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=0), contrast_to_noise=30.0)
MIN_SHARPNESS = 10.0
LIMITS = CapturePolicy()
YAW, PITCH, NOISE = LIMITS.max_yaw_deg, LIMITS.max_pitch_deg, LIMITS.min_contrast_to_noise
BIT = 0.1


def width(face: Face, width_px: float) -> Face:
    return replace(face, box=Box(x=0, y=0, width=width_px, height=width_px * 1.2))


def subject(*faces: Face) -> Face:
    observation = Observation(pixels=np.zeros((1, 1, 3), np.uint8), faces=faces)
    return CapturePolicy().subject(observation, min_sharpness=MIN_SHARPNESS)


def turned(yaw_deg: float, pitch_deg: float) -> Face:
    return replace(FACE, pose=Pose(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=0))


@pytest.mark.parametrize(
    "face",
    [
        FACE,
        width(FACE, LIMITS.min_face_width_px),
        replace(FACE, contrast_to_noise=NOISE),
        replace(FACE, clipped=LIMITS.max_clipped),
        replace(FACE, sharpness=MIN_SHARPNESS),
        turned(YAW, PITCH),
        turned(-YAW, -PITCH),
        replace(FACE, pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=90)),
        replace(FACE, pose=None),
    ],
)
def test_a_face_at_the_limits_is_good_enough(face: Face) -> None:
    assert subject(face) == face


@pytest.mark.parametrize("luma", [12.0, 245.0])
def test_how_dark_a_face_is_refuses_nobody(luma: float) -> None:
    assert subject(replace(FACE, mean_luma=luma)).mean_luma == luma


@pytest.mark.parametrize(
    ("face", "refusal"),
    [
        (width(FACE, LIMITS.min_face_width_px - BIT), FaceTooSmall),
        (replace(FACE, cut_off=True), FaceCutOff),
        (replace(FACE, contrast_to_noise=NOISE - BIT), TooDark),
        (replace(FACE, contrast_to_noise=NOISE - BIT, mean_luma=199), TooDark),
        (replace(FACE, contrast_to_noise=NOISE - BIT, mean_luma=200), TooBright),
        (replace(FACE, contrast_to_noise=math.nan), TooDark),
        (replace(FACE, clipped=LIMITS.max_clipped + 0.01), TooBright),
        (replace(FACE, clipped=math.nan), TooBright),
        (replace(FACE, sharpness=9.9), TooBlurred),
        (replace(FACE, sharpness=math.nan), TooBlurred),
    ],
)
def test_a_face_beyond_a_limit_is_refused_by_name(face: Face, refusal: type[ImageRefused]) -> None:
    with pytest.raises(refusal):
        subject(face)


@pytest.mark.parametrize(
    ("yaw_deg", "pitch_deg", "way"),
    [
        (YAW + BIT, 0, "turn_right"),
        (-YAW - BIT, 0, "turn_left"),
        (0, PITCH + BIT, "lower_chin"),
        (0, -PITCH - BIT, "lift_chin"),
        (YAW + 20, PITCH + 5, "turn_right"),
        (YAW + 5, -PITCH - 20, "lift_chin"),
    ],
)
def test_a_face_turned_away_is_told_the_way_back(
    yaw_deg: float, pitch_deg: float, way: str
) -> None:
    with pytest.raises(FaceTurnedAway) as refused:
        subject(turned(yaw_deg, pitch_deg))
    assert refused.value.detail == way


def test_an_image_without_a_face_is_refused() -> None:
    with pytest.raises(FaceNotFound):
        subject()


def test_a_second_face_counts_from_half_the_width_of_the_first() -> None:
    assert subject(width(FACE, 200), width(FACE, 99)).box.width == 200
    with pytest.raises(SeveralFaces):
        subject(width(FACE, 200), width(FACE, 100))


def test_several_faces_are_told_before_anything_else_is() -> None:
    with pytest.raises(SeveralFaces):
        subject(width(replace(FACE, contrast_to_noise=0), 50), width(FACE, 50))


def test_what_is_no_upright_human_is_no_face() -> None:
    with pytest.raises(FaceNotFound):
        subject(replace(FACE, human=False))


@pytest.mark.parametrize(
    ("doubtful", "refusal"),
    [
        (FACE, FaceNotFound),
        (replace(FACE, clipped=LIMITS.max_clipped_in_doubt), FaceNotFound),
        (replace(FACE, clipped=LIMITS.max_clipped_in_doubt + 0.01), TooBright),
        (replace(FACE, contrast_to_noise=NOISE - BIT), TooDark),
        (replace(FACE, contrast_to_noise=NOISE - BIT, mean_luma=200), TooBright),
    ],
)
def test_bad_light_says_why_nobody_is_seen(doubtful: Face, refusal: type[ImageRefused]) -> None:
    found = (replace(doubtful, human=False),)
    seen = Observation.of(np.zeros((1, 1, 3), np.uint8), found)
    assert seen.faces == ()
    with pytest.raises(refusal):
        CapturePolicy().subject(seen, min_sharpness=MIN_SHARPNESS)


def test_light_is_told_before_a_covering() -> None:
    white = LIMITS.max_clipped_in_doubt + 0.01
    with pytest.raises(TooBright):
        subject(replace(FACE, covered=Cover.EYES, clipped=white))
    with pytest.raises(TooDark):
        subject(replace(FACE, covered=Cover.EYES, contrast_to_noise=0))
    assert subject(replace(FACE, clipped=white)).clipped == white


@pytest.mark.parametrize("cover", Cover)
def test_a_covered_face_is_refused_by_what_covers(cover: Cover) -> None:
    with pytest.raises(FaceCovered) as refused:
        subject(replace(FACE, covered=cover, sharpness=0))
    assert refused.value.detail == cover.value


def test_a_turn_is_told_before_what_it_hides() -> None:
    with pytest.raises(FaceTurnedAway):
        subject(replace(turned(50, 0), covered=Cover.EYES))
