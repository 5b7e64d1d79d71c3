"""Paper, swapped photos, repeats and splices don't sign in; who does what is asked does."""

from __future__ import annotations

import pytest

from facelogin.evaluation.presentations.stage import Stage
from presentations.showing import shown

DEPTH_OR_POSE = {"turn", "parallax", "direction", "frontal", "return", "faces", "jump", "quality"}


def test_rendered_people_sign_in_here(on: Stage) -> None:
    """Else it would say nothing that nobody else does. One in ten may be kept out."""
    assert shown(on, "genuine", count=10).granted >= 9


@pytest.mark.parametrize("name", ["P1", "P2", "P3", "P4"])
def test_no_print_signs_in(on: Stage, name: str) -> None:
    result = shown(on, name)
    assert result.granted == 0, result
    assert set(result.reasons) <= DEPTH_OR_POSE


def test_no_swap_of_photos_signs_in(on: Stage) -> None:
    result = shown(on, "P5")
    assert result.granted == 0, result
    assert result.reasons["jump"] > 0


@pytest.mark.parametrize("name", ["P4s", "P5s", "P11s"])
def test_neither_slowness_nor_a_gap_lets_anybody_in(on: Stage, name: str) -> None:
    """Eight of each: more are presented by ``facelogin evaluate pad``."""
    result = shown(on, name, count=8)
    assert result.granted == 0, result


def test_no_frame_counts_twice(on: Stage) -> None:
    result = shown(on, "P10")
    assert result.granted == 0, result
    assert result.reasons["repeated_frame"] > 0


def test_nobody_turns_in_anothers_place(on: Stage) -> None:
    result = shown(on, "P11")
    assert result.granted == 0, result
    assert result.reasons["continuity"] > 0
