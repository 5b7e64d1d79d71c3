"""A photo on paper: flat or bent, held or worn as a mask, with or without holes for the eyes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.eyelids import EYES, with_closed_eyes
from facelogin.evaluation.pad.geometry import HEIGHT_PX, WIDTH_PX, Points, rotation
from facelogin.evaluation.pad.heads import NECK_CM, Head, tint
from facelogin.evaluation.pad.portraits import PX_PER_CM, Portrait
from facelogin.evaluation.pad.renderer import Surface, clipped, draw
from facelogin.evaluation.pad.stance import DARK, Colour, Stance, Subject

_COLUMNS, _ROWS = 24, 24
_FACE_CM = np.array((0.0, 3.0, 0.0))
"""What a print is turned about in the hand, from between the eyes."""
_BEFORE_EYES_CM = 4.0
"""How far a mask is from the eyes of who wears it: the nose is in between."""
_HOLE_EYES = 0.75
"""Half the width of an eye hole, in widths of an eye."""
_PAPER_GAIN = 0.12


@dataclass(frozen=True, slots=True)
class Sheet:
    """Paper: half its sides, and how it is bent (no ``radius_cm``: flat).

    A vertical axis bends it as around a bottle. A negative radius is hollow towards the camera.
    """

    half_width_cm: float = 10.0
    half_height_cm: float = 13.0
    axis: Literal["vertical", "horizontal"] = "vertical"
    radius_cm: float | None = None

    def bent(self, flat: Points, share: float) -> Points:
        """Return the points of the flat sheet, bent by that share (0 to 1) of its curvature."""
        if self.radius_cm is None or share <= 0:
            return flat
        radius = self.radius_cm / share
        along = 0 if self.axis == "vertical" else 1
        angle = (flat[:, along] - _FACE_CM[along]) / radius
        bent = flat.copy()
        bent[:, along] = _FACE_CM[along] + radius * np.sin(angle)
        bent[:, 2] = radius * (1 - np.cos(angle))
        return bent


@dataclass(frozen=True)
class Print:
    """A portrait, printed in life size, before a room or before ``behind``.

    ``worn`` turns it about the neck of somebody behind it; ``holes`` leave the eyes out.
    """

    portrait: Portrait = field(repr=False)
    behind: Subject
    sheet: Sheet = field(default_factory=Sheet)
    worn: bool = False
    holes: bool = False

    def picture(self, stance: Stance, screen: Colour = DARK) -> Rgb:
        """Return the print, held or worn as the stance says."""
        turn = rotation(stance.yaw_deg, stance.pitch_deg, stance.roll_deg)
        about = NECK_CM if self.worn else _FACE_CM
        flat = self._vertices - ((0, 0, _BEFORE_EYES_CM) if self.worn else (0, 0, 0))
        bent = self.sheet.bent(self._vertices, stance.bend) + (flat - self._vertices)
        place = np.array((stance.x_cm, stance.y_cm, stance.away_cm))
        return draw(
            self.behind.picture(stance, screen),
            self._closed if stance.eyes_closed and not self.holes else self._open,
            (bent - about) @ turn.T + about + place,
            tint=tint(screen, _PAPER_GAIN),
        )

    @cached_property
    def _vertices(self) -> Points:
        x = np.linspace(-self.sheet.half_width_cm, self.sheet.half_width_cm, _COLUMNS)
        y = np.linspace(-self.sheet.half_height_cm, self.sheet.half_height_cm, _ROWS)
        across, down = np.meshgrid(x, y)
        flat = np.column_stack([across.ravel(), down.ravel(), np.zeros(across.size)])
        return np.asarray(flat + _FACE_CM)

    @cached_property
    def _open(self) -> Surface:
        return self._surface(self.portrait.pixels)

    @cached_property
    def _closed(self) -> Surface:
        return self._surface(with_closed_eyes(self.portrait))

    def _surface(self, pixels: Rgb) -> Surface:
        roll = math.radians(self.portrait.pose.roll_deg)
        turn = np.array([(math.cos(roll), -math.sin(roll)), (math.sin(roll), math.cos(roll))])
        eyes = self.portrait.eyes_px[:2]
        where = self._vertices[:, :2] @ turn.T * PX_PER_CM + eyes
        texture = np.dstack([pixels, self._opacity(pixels.shape[:2])])
        return Surface(texture, where, _grid_triangles(_COLUMNS, _ROWS))

    def _opacity(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        opacity = np.full(shape, 255, np.uint8)
        if not self.holes:
            return opacity
        for upper, lower in EYES:
            lids = self.portrait.mesh[[*upper, *lower], :2]
            x, y = (float(value) for value in lids.mean(axis=0))
            half = _HOLE_EYES * float(lids[:, 0].max() - lids[:, 0].min())
            axes = (round(half), round(0.6 * half))
            cv2.ellipse(opacity, (round(x), round(y)), axes, 0, 0, 360, 0, cv2.FILLED)
        return opacity


@dataclass(frozen=True)
class Room:
    """Surroundings with nobody in them."""

    pixels: Rgb = field(repr=False)

    def picture(self, _stance: Stance, _screen: Colour = DARK) -> Rgb:
        """Return the room; it doesn't move, and a screen's light doesn't reach it."""
        return self.pixels


@dataclass(frozen=True)
class Wearer:
    """Somebody under a mask: a head that does everything but lean aside from its place."""

    head: Head

    def picture(self, stance: Stance, screen: Colour = DARK) -> Rgb:
        """Return the head as it is under the mask."""
        return self.head.picture(replace(stance, bend=0.0), screen)


def drawn_room(rng: np.random.Generator) -> Room:
    """Return a wall with some furniture, out of focus."""
    rows = np.linspace(0.9, 1.1, HEIGHT_PX)[:, None, None]
    wall = np.ones((HEIGHT_PX, WIDTH_PX, 1)) * rows * rng.uniform(90, 200, 3)
    for _ in range(rng.integers(3, 9)):
        left, top = int(rng.integers(-80, WIDTH_PX)), int(rng.integers(-80, HEIGHT_PX))
        width, height = (int(side) for side in rng.integers(30, 260, 2))
        part = (slice(max(top, 0), max(top + height, 0)), slice(max(left, 0), max(left + width, 0)))
        wall[part] = rng.uniform(30, 230, 3)
    wall += rng.normal(0, 12, (HEIGHT_PX, WIDTH_PX, 1))
    blurred = cv2.GaussianBlur(clipped(wall), (0, 0), 2.5)
    return Room(np.asarray(blurred, np.uint8))


def _grid_triangles(columns: int, rows: int) -> NDArray[np.int32]:
    numbers = np.arange(columns * rows).reshape(rows, columns)
    corners = (numbers[:-1, :-1], numbers[:-1, 1:], numbers[1:, 1:], numbers[1:, :-1])
    here, right, across, below = (corner.ravel() for corner in corners)
    upper = np.column_stack([here, right, across])
    lower = np.column_stack([here, across, below])
    return np.concatenate([upper, lower]).astype(np.int32)
