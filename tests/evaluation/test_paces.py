"""Turns at any pace: how the page chooses frames of them, and how they are judged."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from facelogin.domain.liveness_policy import FRAMES_MISSING
from facelogin.evaluation.paces.page_frames import BETWEEN_FRAMES_MS, chosen, taken
from facelogin.evaluation.paces.report import write_report
from facelogin.evaluation.paces.run import PASSED, Turned, turn_heads
from facelogin.evaluation.paces.timing import (
    PACES,
    Circumstance,
    circumstances,
    frame_times,
    motion,
)
from facelogin.evaluation.paces.turners import RenderedTurner, rendered_turner
from facelogin.evaluation.pad.motions import Manner
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.pad.stance import Stance
from facelogin.face.engine import OnnxFaceEngine

LEAST, MOST, USUAL = 5, 24, 8


def filmed(one: Circumstance, seed: int = 1) -> tuple[list[int], list[float]]:
    """When a page takes frames of a turn, and how far the head is turned in them."""
    moved = motion(Manner(Stance()), one)
    every = frame_times(moved, one, np.random.default_rng(seed))
    times = [every[i] for i in taken(every)]
    return times, [28 * moved.way_at(t_ms) for t_ms in times]


@pytest.mark.parametrize("one", list(circumstances())[::7], ids=str)
def test_a_page_sends_no_more_than_a_turn_needs(one: Circumstance) -> None:
    times, degrees = filmed(one)
    picked = chosen(times, degrees, least=LEAST, most=MOST)
    assert picked == sorted(set(picked))
    assert len(picked) <= MOST
    assert max(degrees[i] for i in picked) >= 0.85 * max(degrees)
    assert degrees[picked[0]] <= 5 or picked[0] == 0
    assert min(times[b] - times[a] for a, b in pairwise(picked)) >= 60


def test_a_quick_turn_takes_few_frames_and_a_slow_one_more() -> None:
    quick, slow = (
        len(chosen(*filmed(Circumstance(pace, hold_s, 10)), least=LEAST, most=MOST))
        for pace, hold_s in ((1.5, 0.0), (0.3, 2.0))
    )
    assert USUAL <= quick <= 10
    assert 16 <= slow <= MOST


def test_a_page_takes_frames_some_time_apart() -> None:
    times = list(range(0, 2000, 33))
    kept = [times[i] for i in taken(times)]
    assert {later - sooner for sooner, later in pairwise(kept)} == {99}
    assert BETWEEN_FRAMES_MS == 85


def test_a_slower_pace_takes_longer_and_a_stall_loses_half_a_second() -> None:
    lasted = [motion(Manner(Stance()), Circumstance(pace, 0.0, 10)).marks_ms[3] for pace in PACES]
    assert lasted == sorted(lasted, reverse=True)
    times, _ = filmed(Circumstance(0.5, 1.0, 30, "stall of 0.5 s"))
    assert 500 <= max(later - sooner for sooner, later in pairwise(times)) < 700


@pytest.fixture(scope="module")
def turner(portrait: Portrait) -> RenderedTurner:
    """The astronaut, who turns to the left."""
    return rendered_turner("astronaut", portrait, "left", 1)


SLOW = [
    Circumstance(pace, hold_s, fps)
    for pace, hold_s, fps in ((0.3, 2.0, 10), (0.3, 0.0, 5), (0.65, 0.6, 15), (1.0, 2.0, 5))
]


def test_a_live_turn_passes_at_any_pace(engine: OnnxFaceEngine, turner: RenderedTurner) -> None:
    turns = list(turn_heads([turner], engine, seed=1, under=SLOW))
    assert [turn.said for turn in turns] == [PASSED] * len(SLOW)
    assert max(turn.lasted_ms for turn in turns) > 5500


def test_too_few_frames_of_a_turn_are_told(engine: OnnxFaceEngine, turner: RenderedTurner) -> None:
    lost = Circumstance(1.5, 0.0, 5, "stall of 0.5 s")
    (turn,) = turn_heads([turner], engine, seed=1, under=[lost])
    assert turn.said == FRAMES_MISSING


def test_a_report_counts_what_passed(tmp_path: Path) -> None:
    one = Circumstance(0.5, 1.0, 10)
    turns = [
        Turned("ana", "left", one, said, 12, lasted_ms)
        for said, lasted_ms in ((PASSED, 3200), (PASSED, 3900), (FRAMES_MISSING, 3500))
    ]
    text = write_report(tmp_path, turns)
    assert "| none | 0.5 | 1 | 3.2-3.9 | 0/0 | 2/3 | 0/0 | 0/0 |" in text
    assert "`frames_missing` 1" in text
    kept = (tmp_path / "turns.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["said"] for line in kept] == [turn.said for turn in turns]
