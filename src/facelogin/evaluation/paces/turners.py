"""People who turn their heads at any pace: rendered ones, and those in films."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from facelogin.domain.models import Rgb
from facelogin.evaluation.paces.timing import Circumstance, Motion, motion
from facelogin.evaluation.pad.clips import Clip, Replay
from facelogin.evaluation.pad.genuine import drawn_head, drawn_manner, drawn_webcam
from facelogin.evaluation.pad.heads import Head
from facelogin.evaluation.pad.motions import SIGNS, Manner
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.pad.webcam import Webcam

_STEP_DEG = 0.5
"""Pictures of a head are drawn this far apart, and each one once."""
_ONSET_MS = 300.0
_CLIP_NOISE = 1.0


class Turner(Protocol):
    """Somebody who turns their head in one direction and back."""

    @property
    def name(self) -> str:
        """Who it is."""
        ...

    @property
    def direction(self) -> str:
        """Where they turn: their own left or right, up or down."""
        ...

    @property
    def webcam(self) -> Webcam:
        """The camera before them."""
        ...

    def motion(self, circumstance: Circumstance) -> Motion:
        """Return when they move."""
        ...

    def degrees(self, moved: Motion, t_ms: float) -> float:
        """Return how far they are turned then."""
        ...

    def picture(self, moved: Motion, t_ms: float, rng: np.random.Generator) -> Rgb:
        """Return what is before the camera then."""
        ...

    def straight(self) -> Rgb:
        """Return what is before the camera while they look straight."""
        ...


@dataclass
class RenderedTurner:
    """A rendered head; its pictures are kept, so that one is drawn once for all paces."""

    name: str
    direction: str
    head: Head = field(repr=False)
    manner: Manner
    webcam: Webcam
    _drawn: dict[int, Rgb] = field(default_factory=dict, repr=False)

    @property
    def farthest_deg(self) -> float:
        """How far this head turns."""
        yaw, pitch = SIGNS[self.direction]
        return abs(yaw) * self.manner.yaw_deg + abs(pitch) * self.manner.pitch_deg

    def motion(self, circumstance: Circumstance) -> Motion:
        """Return when they move."""
        return motion(self.manner, circumstance)

    def degrees(self, moved: Motion, t_ms: float) -> float:
        """Return how far they are turned then."""
        return self.farthest_deg * moved.way_at(t_ms)

    def picture(self, moved: Motion, t_ms: float, rng: np.random.Generator) -> Rgb:
        """Return the head then, which nobody holds quite still."""
        tremor = rng.normal(0, self.manner.tremor_deg)
        return self._at(round((self.degrees(moved, t_ms) + tremor) / _STEP_DEG))

    def straight(self) -> Rgb:
        """Return the head as it looks straight."""
        return self._at(0)

    def _at(self, steps: int) -> Rgb:
        if steps not in self._drawn:
            manner, (yaw, pitch) = self.manner, SIGNS[self.direction]
            degrees, sits = steps * _STEP_DEG, manner.stance0
            way = degrees / self.farthest_deg
            self._drawn[steps] = self.head.picture(
                replace(
                    sits,
                    yaw_deg=sits.yaw_deg + yaw * degrees,
                    pitch_deg=sits.pitch_deg + pitch * degrees,
                    roll_deg=sits.roll_deg + abs(yaw) * way * manner.roll_deg,
                    x_cm=sits.x_cm + yaw * way * manner.drift_cm,
                    y_cm=sits.y_cm - pitch * way * manner.drift_cm,
                )
            )
        return self._drawn[steps]


def rendered_turner(name: str, portrait: Portrait, direction: str, seed: int) -> RenderedTurner:
    """Return the rendered head of a portrait, which turns in that direction."""
    rng = np.random.default_rng([seed, *name.encode()])
    manner = drawn_manner(rng)
    head, webcam = drawn_head(portrait, manner, rng), drawn_webcam(portrait, rng)
    return RenderedTurner(name, direction, head, manner, webcam)


@dataclass(frozen=True)
class FilmedTurner:
    """A turn in a film, played faster or slower, and held where it is farthest."""

    name: str
    direction: str
    clip: Clip = field(repr=False)
    first: int
    peak: int
    last: int
    still: int
    webcam: Webcam = field(default_factory=lambda: Webcam(noise=_CLIP_NOISE, quality=88))

    def motion(self, circumstance: Circumstance) -> Motion:
        """Return when they move."""
        gap_ms = self.clip.gap_ms / circumstance.pace
        gone = _ONSET_MS + gap_ms * (self.peak - self.first)
        back = gone + 1000 * circumstance.hold_s
        return Motion((_ONSET_MS, gone, back, back + gap_ms * (self.last - self.peak)))

    def degrees(self, moved: Motion, t_ms: float) -> float:
        """Return how far they are turned then, as it was read in the film."""
        pose, at_first = self.clip.poses[self._frame(moved, t_ms)], self.clip.poses[self.first]
        if pose is None or at_first is None:
            return 0.0
        yaw, pitch = SIGNS[self.direction]
        return yaw * (pose.yaw_deg - at_first.yaw_deg) + pitch * (
            pose.pitch_deg - at_first.pitch_deg
        )

    def picture(self, moved: Motion, t_ms: float, rng: np.random.Generator) -> Rgb:  # noqa: ARG002
        """Return the frame of the film that is nearest."""
        return self.clip.frames[self._frame(moved, t_ms)]

    def straight(self) -> Rgb:
        """Return a frame of the film in which they look straight."""
        return self.clip.frames[self.still]

    def _frame(self, moved: Motion, t_ms: float) -> int:
        at = np.interp(t_ms, moved.marks_ms, (self.first, self.peak, self.peak, self.last))
        return round(float(at))


def filmed_turners(name: str, film: Replay) -> Iterator[FilmedTurner]:
    """Yield the turns that a film holds."""
    for direction in film.directions:
        numbers, poses = film.segments[direction], film.clip.poses
        yaw, pitch = SIGNS[direction]

        def towards(n: int, yaw: int = yaw, pitch: int = pitch) -> float:
            pose = film.clip.poses[n]
            return float("-inf") if pose is None else yaw * pose.yaw_deg + pitch * pose.pitch_deg

        peak = max(range(numbers[0], numbers[-1] + 1), key=towards)
        if poses[numbers[0]] is not None:
            still: Sequence[int] = film.segments[None]
            yield FilmedTurner(
                name, direction, film.clip, numbers[0], peak, numbers[-1], still[len(still) // 2]
            )
