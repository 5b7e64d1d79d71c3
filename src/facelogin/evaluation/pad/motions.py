"""How poses follow one another when somebody does what a step asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from facelogin.evaluation.pad.stance import Stance

LEFT, RIGHT, UP, DOWN = "left", "right", "up", "down"
DIRECTIONS = (LEFT, RIGHT, UP, DOWN)
SIGNS = {LEFT: (1, 0), RIGHT: (-1, 0), UP: (0, 1), DOWN: (0, -1)}
"""Of yaw and pitch. ``left`` is the person's own: the nose moves to larger x, unmirrored."""

_TURN_FRAMES = 8
_FLASH_FRAMES = 10
_FLASH_GAP_MS = 400
_MIN_GAP_MS, _MAX_GAP_MS = 45, 390
_FASTEST_DEG_PER_MS = 0.13


@dataclass(frozen=True, slots=True)
class Moment:
    """``way`` is how much of the turn is done: 0 straight, 1 at its farthest."""

    t_ms: int
    stance: Stance
    way: float


@dataclass(frozen=True, slots=True)
class Manner:
    """How one performer moves: where they sit, how far and how fast they turn.

    ``drift_cm`` is how far they move aside in a turn, ``tremor_deg`` how still they hold. ``bent``
    and ``bends`` say of what is held in the hand how bent it is when straight and when turned.
    """

    stance0: Stance
    yaw_deg: float = 28.0
    pitch_deg: float = 17.0
    roll_deg: float = 2.0
    drift_cm: float = 0.0
    onset_ms: float = 250.0
    rise_ms: float = 430.0
    hold_ms: float = 260.0
    tremor_deg: float = 0.3
    bent: float = 0.0
    bends: float = 0.0
    blinks: float = 0.05


def centre(manner: Manner, rng: np.random.Generator, *, flashed: bool = False) -> list[Moment]:
    """Look straight and hold still: 5 or 6 frames, or 10 where there is a flash to be seen."""
    count = _FLASH_FRAMES if flashed else int(rng.integers(5, 7))
    gap = _FLASH_GAP_MS - 10 if flashed else float(rng.uniform(100, 130))
    times = _times(manner.onset_ms, manner.onset_ms + gap * (count - 1), count, rng)
    return [_moment(manner, t_ms, (0, 0), 0.0, rng) for t_ms in times]


def turn(manner: Manner, direction: str, rng: np.random.Generator) -> list[Moment]:
    """Turn that way, stay a moment and come back: 8 frames, the first one still straight."""
    signs = SIGNS[direction]
    farthest = abs(signs[0]) * manner.yaw_deg + abs(signs[1]) * manner.pitch_deg
    rise_ms = max(manner.rise_ms, 1.5 * farthest / _FASTEST_DEG_PER_MS)
    gone, back = manner.onset_ms + rise_ms, manner.onset_ms + rise_ms + manner.hold_ms
    end = back + rise_ms
    chosen = _chosen_ms(manner.onset_ms, gone, back, end)
    times = _spread(chosen, rng)
    marks = (manner.onset_ms, gone, back, end)
    ways = np.interp(times, marks, (0, 1, 1, 0))
    return [
        _moment(manner, t_ms, signs, float(way * way * (3 - 2 * way)), rng)
        for t_ms, way in zip(times, ways, strict=True)
    ]


def shake(manner: Manner, rng: np.random.Generator) -> list[Moment]:
    """Turn to one side, then to the other, and come back."""
    rise_ms = max(manner.rise_ms, 1.5 * manner.yaw_deg / _FASTEST_DEG_PER_MS)
    start = manner.onset_ms
    marks = start + rise_ms * np.array((0.0, 1.0, 3.0, 4.0))
    times = _times(start - 0.2 * rise_ms, float(marks[-1]) + 0.2 * rise_ms, _TURN_FRAMES, rng)
    first = int(rng.choice((-1, 1)))
    sideways = np.interp(times, marks, (0, first, -first, 0))
    return [
        _moment(manner, t_ms, (int(np.sign(way)), 0), abs(float(way)), rng)
        for t_ms, way in zip(times, sideways, strict=True)
    ]


def _moment(
    manner: Manner, t_ms: int, signs: tuple[int, int], way: float, rng: np.random.Generator
) -> Moment:
    sits = manner.stance0
    yaw, pitch, roll = rng.normal(0, manner.tremor_deg, 3)
    x, y, away = rng.normal(0, 0.08, 3)
    stance = replace(
        sits,
        yaw_deg=sits.yaw_deg + signs[0] * way * manner.yaw_deg + yaw,
        pitch_deg=sits.pitch_deg + signs[1] * way * manner.pitch_deg + pitch,
        roll_deg=sits.roll_deg + abs(signs[0]) * way * manner.roll_deg + roll,
        x_cm=sits.x_cm + signs[0] * way * manner.drift_cm + x,
        y_cm=sits.y_cm - signs[1] * way * manner.drift_cm + y,
        away_cm=sits.away_cm + away,
        bend=manner.bent + (manner.bends - manner.bent) * way,
        eyes_closed=bool(rng.random() < manner.blinks),
    )
    return Moment(t_ms, stance, way)


def _chosen_ms(start: float, gone: float, back: float, end: float) -> list[float]:
    """Return when the frames of a turn are taken that a page sends of all that it has.

    The last straight one, two on the way, two at the farthest, two on the way back, and the first
    straight one.
    """
    there, again = gone - start, end - back
    on_the_way = (start + 0.38 * there, start + 0.66 * there)
    returning = (back + 0.34 * again, back + 0.62 * again)
    return [start - 20, *on_the_way, gone, back, *returning, end + 20]


def _times(start: float, end: float, count: int, rng: np.random.Generator) -> list[int]:
    """Return ``count`` times, milliseconds, nearly evenly apart."""
    return _spread(list(np.linspace(start, end, count)), rng)


def _spread(meant: Sequence[float], rng: np.random.Generator) -> list[int]:
    """Return times, milliseconds, near those that are meant, as far apart as frames may be."""
    gap = (meant[-1] - meant[0]) / (len(meant) - 1)
    near = np.array(meant) + rng.uniform(-0.12, 0.12, len(meant)) * gap
    times = [max(0, round(float(near[0])))]
    for sooner, later in pairwise(near):
        step = np.clip(later - sooner, _MIN_GAP_MS, _MAX_GAP_MS)
        times.append(times[-1] + round(float(step)))
    return times


def largest_step_deg_per_100_ms(moments: Sequence[Moment]) -> float:
    """Return the fastest turn between two frames."""
    return max(
        max(
            abs(later.stance.yaw_deg - sooner.stance.yaw_deg),
            abs(later.stance.pitch_deg - sooner.stance.pitch_deg),
        )
        * 100
        / (later.t_ms - sooner.t_ms)
        for sooner, later in pairwise(moments)
    )
