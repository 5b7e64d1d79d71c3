"""Draws textured triangles as a webcam would see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.geometry import HEIGHT_PX, WIDTH_PX, Points, project

_SUBPIXEL_BITS = 4
_MIN_AREA_PX = 0.02
_NEAREST_CM = 5.0
"""What comes closer to the lens is not drawn."""

Texture = NDArray[np.uint8]
"""(height, width, 4): red, green, blue, opacity."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Triangles with a picture on them.

    ``where`` is (n, 2): the texture's pixel at each vertex. ``triangles`` is (m, 3), clockwise as
    seen from the front.
    """

    texture: Texture = field(repr=False)
    where: NDArray[np.float64] = field(repr=False)
    triangles: NDArray[np.int32] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Sampled:
    """Where in the texture each pixel of a part of the frame is found; ``shade`` is its light."""

    left: int
    top: int
    covered: NDArray[np.uint8]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    shade: NDArray[np.float32]


def draw(
    frame: Rgb,
    surface: Surface,
    points: Points,
    *,
    shade: NDArray[np.float64] | None = None,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Rgb:
    """Return ``frame`` with a surface in front of it.

    ``points`` are the surface's vertices, cm from the lens; ``shade`` (n,) is the light on each of
    them and ``tint`` that on all, as factors per channel. Far triangles are drawn first; those
    seen from behind are left out.
    """
    light = np.ones(len(points)) if shade is None else shade
    sampled = _sample(surface, points, light)
    if sampled is None:
        return frame
    looked_up = cv2.remap(
        surface.texture, sampled.x, sampled.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    edge = cv2.blur(sampled.covered, (3, 3)).astype(np.float32)
    opacity = (looked_up[:, :, 3] * edge * (sampled.covered > 0) / 255.0**2)[:, :, None]
    lit = looked_up[:, :, :3] * sampled.shade[:, :, None] * np.array(tint, np.float32)
    height, width = sampled.covered.shape
    rows = slice(sampled.top, sampled.top + height)
    columns = slice(sampled.left, sampled.left + width)
    behind = frame[rows, columns].astype(np.float32)
    drawn = frame.copy()
    drawn[rows, columns] = clipped(behind + (lit - behind) * opacity)
    return drawn


def clipped(levels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return levels as bytes: 0 for what is below, 255 for what is above."""
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def _sample(surface: Surface, points: Points, shade: NDArray[np.float64]) -> _Sampled | None:
    corners = project(points)[surface.triangles]  # (m, 3, 2)
    depth = points[surface.triangles, 2]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2
    seen = (area > _MIN_AREA_PX) & (depth.min(axis=1) > _NEAREST_CM)
    low = corners.min(axis=1) < (WIDTH_PX, HEIGHT_PX)
    seen &= low.all(axis=1) & (corners.max(axis=1) > 0).all(axis=1)
    if not seen.any():
        return None
    kept = np.flatnonzero(seen)
    kept = kept[np.argsort(-depth[kept].mean(axis=1), kind="stable")]
    corners = corners[kept]
    numbers = _numbers(corners)
    left, top, width, height = cv2.boundingRect((numbers > 0).view(np.uint8))
    part = numbers[top : top + height, left : left + width]
    rows, columns = np.nonzero(part)
    lookup = _lookups(surface, kept, corners, shade)[part[rows, columns] - 1]
    x, y = (columns + left).astype(np.float32), (rows + top).astype(np.float32)
    found = lookup[:, 0] * x[:, None] + lookup[:, 1] * y[:, None] + lookup[:, 2]
    maps = np.zeros((3, height, width), np.float32)
    maps[:, rows, columns] = found.T
    covered = ((part > 0) * np.uint8(255)).astype(np.uint8)
    return _Sampled(left, top, covered, maps[0], maps[1], maps[2])


def _numbers(corners: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return for each pixel the number of the triangle on top, from 1; 0 where there is none."""
    numbers = np.zeros((HEIGHT_PX, WIDTH_PX), np.int32)
    fine = np.round(np.clip(corners, -4000, 4000) * 2**_SUBPIXEL_BITS).astype(np.int32)
    for number, triangle in enumerate(fine, start=1):
        cv2.fillConvexPoly(numbers, triangle, number, cv2.LINE_8, _SUBPIXEL_BITS)
    return numbers


def _lookups(
    surface: Surface,
    kept: NDArray[np.intp],
    corners: NDArray[np.float64],
    shade: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return (m, 3, 3): rows for x, y and 1 of the frame, columns x, y and light of the texture."""
    vertices = surface.triangles[kept]
    values = np.concatenate([surface.where, shade[:, None]], axis=1)[vertices]
    placed = np.concatenate([corners, np.ones((len(kept), 3, 1))], axis=2)
    return np.linalg.solve(placed, values).astype(np.float32)
