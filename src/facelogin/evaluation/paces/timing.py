"""How somebody turns their head, and when a camera takes frames of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from facelogin.evaluation.pad.motions import Manner

PACES = (0.3, 0.5, 0.65, 1.0, 1.5)
"""1 is a turn of 1.1 to 1.6 seconds, there and back."""
HOLDS_S = (0.0, 0.6, 1.0, 2.0)
"""How much longer than a moment somebody stays where they have turned to."""
RATES_FPS = (5, 10, 15, 30)
LOSSES = ("10 % lost", "30 % lost", "stall of 0.5 s")
_LOST = {"10 % lost": 0.1, "30 % lost": 0.3}
_STALL_MS = 500.0
_AFTERWARDS_MS = 400.0
_JITTER_MS = 4.0


@dataclass(frozen=True, slots=True)
class Circumstance:
    """How fast somebody turns and how long they stay, before which camera."""

    pace: float
    hold_s: float
    fps: int
    loss: str | None = None


def circumstances() -> Iterator[Circumstance]:
    """Yield those that are measured: all of them with no frame lost, some with frames lost."""
    for pace, hold_s, fps in product(PACES, HOLDS_S, RATES_FPS):
        yield Circumstance(pace, hold_s, fps)
    for loss, pace, hold_s, fps in product(LOSSES, (0.5, 1.0), (0.0, 1.0), RATES_FPS):
        yield Circumstance(pace, hold_s, fps, loss)


@dataclass(frozen=True, slots=True)
class Motion:
    """When a turn begins, has reached its farthest, begins to come back and is over (ms)."""

    marks_ms: tuple[float, float, float, float]

    def way_at(self, t_ms: float) -> float:
        """Return how much of the turn is done then, 0 to 1."""
        way = float(np.interp(t_ms, self.marks_ms, (0, 1, 1, 0)))
        return way * way * (3 - 2 * way)


def motion(manner: Manner, circumstance: Circumstance) -> Motion:
    """Return somebody's turn at that pace."""
    rise_ms = manner.rise_ms / circumstance.pace
    start, gone = manner.onset_ms, manner.onset_ms + rise_ms
    back = gone + manner.hold_ms / circumstance.pace + 1000 * circumstance.hold_s
    return Motion((start, gone, back, back + rise_ms))


def frame_times(moved: Motion, one: Circumstance, rng: np.random.Generator) -> list[int]:
    """Return when the camera takes frames, milliseconds since the step was shown."""
    gap, end = 1000 / one.fps, moved.marks_ms[3] + _AFTERWARDS_MS
    times = np.arange(rng.uniform(0, gap), end, gap)
    times = times + rng.uniform(-_JITTER_MS, _JITTER_MS, len(times))
    if one.loss in _LOST:
        times = times[rng.random(len(times)) >= _LOST[one.loss]]
    elif one.loss is not None:
        begins = rng.uniform(moved.marks_ms[0], max(moved.marks_ms[3] - _STALL_MS, 1))
        times = times[(times < begins) | (times > begins + _STALL_MS)]
    return [max(0, round(float(t_ms))) for t_ms in times]
