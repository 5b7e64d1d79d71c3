"""Real clips as performers: the parts of a clip in which its person turns the way a step asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import Rgb
from facelogin.domain.observation import Pose
from facelogin.evaluation.pad.geometry import HEIGHT_PX, WIDTH_PX
from facelogin.evaluation.pad.motions import DIRECTIONS, SIGNS
from facelogin.evaluation.pad.performances import Flash, Shot, Step
from facelogin.evaluation.pad.portraits import Observer
from facelogin.evaluation.pad.webcam import encoded

_QUALITY = 88
_MAX_FRAMES = 10
_CENTRE_FRAMES = 5
_FIRST_MS = 160
_GAP_MS = 110
_STRAIGHT_DEG = 6.0
_TURNED_DEG = {"left": 18.0, "right": 18.0, "up": 12.0, "down": 12.0}
_DEFAULT_FPS = 25.0


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames (480, 640, 3) of one person, ``gap_ms`` apart, with the pose read in each."""

    frames: Sequence[Rgb] = field(repr=False)
    gap_ms: float
    poses: Sequence[Pose | None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Replay:
    """Plays a clip's segments; ``segments`` are the frame numbers for a direction, or straight."""

    clip: Clip = field(repr=False)
    segments: dict[str | None, Sequence[int]]

    @property
    def directions(self) -> tuple[str, ...]:
        """The turns that the clip holds."""
        return tuple(direction for direction in DIRECTIONS if direction in self.segments)

    def perform(self, step: Step, _flash: Flash | None = None) -> Sequence[Shot]:
        """Return the segment for a step; straight frames where the clip holds no such turn."""
        numbers = self.segments.get(step.direction, self.segments[None])
        gap = max(_GAP_MS, self.clip.gap_ms * (numbers[1] - numbers[0]))
        return [
            Shot(round(_FIRST_MS + gap * place), encoded(self.clip.frames[number], _QUALITY))
            for place, number in enumerate(numbers)
        ]


def read_clip(path: Path, observer: Observer) -> Clip:
    """Read a film (mp4, mjpeg) and the pose in each of its frames.

    Raises ConfigurationError for a file that holds no film.
    """
    film = cv2.VideoCapture(str(path))
    fps = film.get(cv2.CAP_PROP_FPS) or _DEFAULT_FPS
    frames = list(_frames(film))
    if not frames:
        raise ConfigurationError(f"{path} holds no film that can be read")
    return Clip(frames, 1000 / fps, [_pose(observer, frame) for frame in frames])


def replay(clip: Clip) -> Replay | None:
    """Return a performer of a clip; None where its person never looks straight for a while."""
    known = [pose for pose in clip.poses if pose is not None]
    if not known:
        return None
    straight = Pose(
        median(pose.yaw_deg for pose in known), median(pose.pitch_deg for pose in known), 0.0
    )
    step = max(1, round(_GAP_MS / clip.gap_ms))
    segments: dict[str | None, Sequence[int]] = {}
    for direction in DIRECTIONS:
        turned = [_towards(pose, straight, direction) for pose in clip.poses]
        found = _turn_in(turned, _TURNED_DEG[direction], step)
        if found is not None:
            segments[direction] = found
    still = [_is_straight(pose, straight) for pose in clip.poses]
    run = _longest_run(still)
    if len(run) < _CENTRE_FRAMES * step:
        return None
    segments[None] = run[: _CENTRE_FRAMES * step : step]
    return Replay(clip, segments)


def _turn_in(turned: Sequence[float], enough: float, step: int) -> Sequence[int] | None:
    """Return evenly spaced numbers from straight over the farthest turn to straight again."""
    values = np.array(turned)
    for peak in np.argsort(-np.nan_to_num(values, nan=-np.inf)):
        if not values[peak] >= enough:
            return None
        before = np.flatnonzero(values[:peak] <= _STRAIGHT_DEG)
        after = np.flatnonzero(values[peak:] <= _STRAIGHT_DEG)
        if before.size and after.size:
            first, last = max(int(before[-1]) - step, 0), int(peak + after[0])
            if not np.isnan(values[first : last + 1]).any():
                count = min(_MAX_FRAMES, (last - first) // step + 1)
                return [int(n) for n in np.round(np.linspace(first, last, max(count, 2)))]
    return None


def _towards(pose: Pose | None, straight: Pose, direction: str) -> float:
    if pose is None:
        return float("nan")
    yaw, pitch = SIGNS[direction]
    change = yaw * (pose.yaw_deg - straight.yaw_deg) + pitch * (pose.pitch_deg - straight.pitch_deg)
    return float(change)


def _is_straight(pose: Pose | None, straight: Pose) -> bool:
    return pose is not None and all(
        abs(_towards(pose, straight, direction)) <= _STRAIGHT_DEG for direction in ("left", "up")
    )


def _longest_run(flags: Sequence[bool]) -> Sequence[int]:
    best: range = range(0)
    start = 0
    for number, flag in enumerate([*flags, False]):
        if not flag:
            best = max(best, range(start, number), key=len)
            start = number + 1
    return best


def _pose(observer: Observer, frame: Rgb) -> Pose | None:
    faces = observer.observe(encoded(frame, 95)).faces
    return faces[0].pose if faces else None


def _frames(film: cv2.VideoCapture) -> Iterator[Rgb]:
    """Yield the frames, fitted into 640x480 with black bars."""
    while True:
        read, bgr = film.read()
        if not read:
            return
        height, width = bgr.shape[:2]
        scale = min(WIDTH_PX / width, HEIGHT_PX / height)
        inner = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        frame = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        top, left = (HEIGHT_PX - inner.shape[0]) // 2, (WIDTH_PX - inner.shape[1]) // 2
        frame[top : top + inner.shape[0], left : left + inner.shape[1]] = inner[:, :, ::-1]
        yield frame
