"""A head in three dimensions, from one photo: it turns, and its photo's surroundings stay.

The face is its mesh. Beyond it a shell goes back to ears, hair and neck; there the photo fades
into the surroundings, whose part behind the head is painted over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.eyelids import with_closed_eyes
from facelogin.evaluation.pad.geometry import (
    FOCAL_PX,
    HEIGHT_PX,
    WIDTH_PX,
    Points,
    project,
    rotation,
)
from facelogin.evaluation.pad.portraits import PX_PER_CM, Portrait
from facelogin.evaluation.pad.renderer import Surface, clipped, draw
from facelogin.evaluation.pad.stance import DARK, Colour, Stance

NECK_CM = np.array((0.0, 4.0, 10.0))
"""What a head turns about, from between the eyes: above the neck, behind the face."""
_RAYS = 48
_RINGS = (0.25, 0.5, 0.75, 1.0)
_SOLID_UP_TO = 0.45
_FADING_CM = 1.1
_AMBIENT, _DIRECTED = 0.75, 0.25
_VAGUE_PX = 30.0
"""How far what is beyond the photo is blurred: no face is left in it."""
_BEHIND_KEPT = 128
_BEHIND: dict[int, tuple[Portrait, Rgb]] = {}
"""Photos without their heads, by the portrait's id; the oldest goes first."""

DEPTH = 0.87
"""What the mesh's depth is multiplied by: a head rendered at a yaw of 24 degrees then reads 24 at
the median, and its nose shifts by 0.125 of the eyes' distance (real heads: 0.10 to 0.13)."""


@dataclass(frozen=True, slots=True)
class Lighting:
    """Where the light comes from (a unit vector), and how much of a screen's light comes back."""

    towards: tuple[float, float, float] = (0.0, -0.5, -0.866)
    skin_gain: float = 0.15
    background_gain: float = 0.03


@dataclass(frozen=True)
class Head:
    """A person before a camera; ``stance0`` is how they sit, and where the surroundings match.

    ``depth`` says how far the face comes forward, in depths of its mesh.
    """

    portrait: Portrait = field(repr=False)
    stance0: Stance = field(default_factory=Stance)
    lighting: Lighting = field(default_factory=Lighting)
    depth: float = DEPTH

    def picture(self, stance: Stance, screen: Colour = DARK) -> Rgb:
        """Return the head, turned, before its surroundings."""
        turn = rotation(stance.yaw_deg, stance.pitch_deg, stance.roll_deg)
        place = np.array((stance.x_cm, stance.y_cm, stance.away_cm))
        points = (self._points - NECK_CM) @ turn.T + NECK_CM + place
        light = self._light(self._normals @ turn.T) / self._light(self._normals)
        return draw(
            _lit(self._surroundings, screen, self.lighting.background_gain),
            self._closed if stance.eyes_closed else self._open,
            points,
            shade=np.clip(light, 0.7, 1.3),
            tint=tint(screen, self.lighting.skin_gain),
        )

    def _light(self, normals: Points) -> NDArray[np.float64]:
        facing = np.maximum(normals @ np.array(self.lighting.towards), 0)
        return np.asarray(_AMBIENT + _DIRECTED * facing)

    @cached_property
    def _points(self) -> Points:
        return np.asarray(self._in_photo * (1.0, 1.0, self.depth))

    @cached_property
    def _in_photo(self) -> Points:
        face = self.portrait.upright_cm()
        return np.concatenate([face, *(_ring(face, share) for share in _RINGS)])

    @cached_property
    def _triangles(self) -> NDArray[np.int32]:
        return triangulate(self._points[:, :2])

    @cached_property
    def _normals(self) -> Points:
        corners = self._points[self._triangles]
        of_triangles = np.cross(corners[:, 2] - corners[:, 0], corners[:, 1] - corners[:, 0])
        normals = np.zeros_like(self._points)
        for corner in range(3):
            np.add.at(normals, self._triangles[:, corner], of_triangles)
        return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1), 1e-9)[:, None])

    @cached_property
    def _open(self) -> Surface:
        return self._surface(self.portrait.pixels)

    @cached_property
    def _closed(self) -> Surface:
        return self._surface(with_closed_eyes(self.portrait))

    def _surface(self, pixels: Rgb) -> Surface:
        height, width = pixels.shape[:2]
        shell = self._inside(_SOLID_UP_TO, (width, height))
        fading = cv2.GaussianBlur(shell, (0, 0), _FADING_CM * PX_PER_CM)
        opacity = np.maximum(fading, self._inside(0.0, (width, height)))
        where = self.portrait.pixels_at(self._in_photo)
        return Surface(np.dstack([pixels, opacity]), where, self._triangles)

    @cached_property
    def _surroundings(self) -> Rgb:
        """The photo without the head, as it lies behind somebody who sits as at first."""
        painted = self._behind()
        sits = self.stance0
        eyes = project(np.array([(sits.x_cm, sits.y_cm, sits.away_cm)]))[0]
        scale = FOCAL_PX / sits.away_cm / PX_PER_CM
        roll = math.radians(sits.roll_deg - self.portrait.pose.roll_deg)
        cos, sin = scale * math.cos(roll), scale * math.sin(roll)
        turn = np.array([(cos, -sin), (sin, cos)])
        affine = np.column_stack([turn, eyes - turn @ self.portrait.eyes_px[:2]])
        return _continued(painted, affine)

    def _behind(self) -> Rgb:
        """The photo without the head; the same for all heads of one portrait."""
        known = _BEHIND.get(id(self.portrait))
        if known is None or known[0] is not self.portrait:
            height, width = self.portrait.pixels.shape[:2]
            hidden = self._inside(0.8, (width, height))
            known = (self.portrait, _painted_over(self.portrait.pixels, hidden))
            if len(_BEHIND) >= _BEHIND_KEPT:
                del _BEHIND[next(iter(_BEHIND))]
            _BEHIND[id(self.portrait)] = known
        return known[1]

    def _inside(self, share: float, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return a picture that is 255 within the shell up to that share of it."""
        ring = _ring(self.portrait.upright_cm(), share)
        outline = np.round(self.portrait.pixels_at(ring)).astype(np.int32)
        mask = np.zeros((size[1], size[0]), np.uint8)
        return np.asarray(cv2.fillPoly(mask, [outline], 255), np.uint8)


def triangulate(flat: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the Delaunay triangles of points (n, 2), (m, 3), clockwise as drawn (y down)."""
    points = np.asarray(flat, np.float32)
    low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
    sides = high - low
    division = cv2.Subdiv2D((float(low[0]), float(low[1]), float(sides[0]), float(sides[1])))
    numbers: dict[tuple[float, float], int] = {}
    for number, (x, y) in enumerate(points.tolist()):
        division.insert((x, y))
        numbers[x, y] = number
    found = []
    for x0, y0, x1, y1, x2, y2 in np.asarray(division.getTriangleList()).tolist():
        corners = [numbers.get(corner) for corner in ((x0, y0), (x1, y1), (x2, y2))]
        if None in corners:
            continue
        clockwise = (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0) > 0
        found.append(corners if clockwise else corners[::-1])
    return np.array(found, np.int32)


def tint(screen: Colour, gain: float) -> Colour:
    """Return the factors per channel with which a screen brightens what reflects its light."""
    red, green, blue = (1 + gain * channel for channel in screen)
    return red, green, blue


def _lit(pixels: Rgb, screen: Colour, gain: float) -> Rgb:
    if screen == DARK:
        return pixels
    factors = np.array(tint(screen, gain), np.float32)
    return clipped(pixels * factors)


def _ring(face: Points, share: float) -> Points:
    """Return points around a head, (48, 3), cm: 0 is the outline of the face, 1 that of the shell.

    To the sides there are ears, above hair, below the neck; all go back.
    """
    outline = face[cv2.convexHull(face[:, :2].astype(np.float32), returnPoints=False).ravel()]
    middle = outline.mean(axis=0)
    spokes = outline - middle
    angles = np.arctan2(spokes[:, 1], spokes[:, 0])
    order = np.argsort(angles)
    rays = np.linspace(-math.pi, math.pi, _RAYS, endpoint=False)
    radius, depth = (
        np.interp(rays, angles[order], values[order], period=2 * math.pi)
        for values in (np.hypot(spokes[:, 0], spokes[:, 1]), outline[:, 2])
    )
    up, down = np.maximum(-np.sin(rays), 0), np.maximum(np.sin(rays), 0)
    reach = 0.28 + 0.27 * up**2 - 0.08 * down**2
    back = 4.5 + 2.5 * up**2 - 0.5 * down**2
    away = np.maximum(radius * (1 + reach * share), radius + 1e-3)
    return np.column_stack(
        [
            middle[0] + away * np.cos(rays),
            middle[1] + away * np.sin(rays),
            depth + back * share**1.5,
        ]
    )


def _continued(pixels: Rgb, affine: NDArray[np.float64]) -> Rgb:
    """Place a photo in the frame; what it doesn't cover gets its colours, without detail."""
    size = (WIDTH_PX, HEIGHT_PX)
    mirrored = cv2.warpAffine(pixels, affine, size, borderMode=cv2.BORDER_REFLECT)
    small = cv2.resize(mirrored, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), _VAGUE_PX / 8)
    vague = cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR)
    inner = np.full((pixels.shape[0], pixels.shape[1]), 255, np.uint8)
    covered = cv2.warpAffine(inner, affine, size)
    soft = (cv2.GaussianBlur(cv2.erode(covered, np.ones((17, 17), np.uint8)), (0, 0), 4) / 255.0)[
        ..., None
    ]
    return clipped(vague * (1 - soft) + mirrored * soft)


def _painted_over(pixels: Rgb, hidden: NDArray[np.uint8]) -> Rgb:
    """Fill what is hidden with what is around it, without detail."""
    small = cv2.resize(pixels, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(hidden, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_LINEAR)
    filled = cv2.inpaint(small, np.where(mask > 0, 255, 0).astype(np.uint8), 5, cv2.INPAINT_TELEA)
    filled = cv2.GaussianBlur(filled, (0, 0), 1.0)
    fine = cv2.resize(filled, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_CUBIC)
    soft = (cv2.GaussianBlur(hidden, (0, 0), 8) / 255.0)[:, :, None]
    return clipped(pixels * (1 - soft) + fine * soft)
