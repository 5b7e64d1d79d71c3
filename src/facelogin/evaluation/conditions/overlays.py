"""Draws things on a face: cloth and glass with soft edges, lit as the face beneath is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb

Colour = tuple[float, float, float]
Points = NDArray[np.float64]
"""(n, 2): x, y in image pixels."""
Plane = NDArray[np.float32]

_LEFT_EYE_OUTER, _RIGHT_EYE_OUTER = 33, 263
_FOREHEAD, _CHIN = 10, 152
_SUBPIXEL = 16
"""OpenCV draws in sixteenths of a pixel (shift 4)."""


@dataclass(frozen=True, slots=True)
class Axes:
    """A face's own frame: ``middle`` between the eyes, ``right`` and ``down`` of one eye span.

    The span is the distance of the outer eye corners; ``right`` is the image's.
    """

    middle: Points
    right: Points
    down: Points

    def at(self, x: float, y: float) -> Points:
        """Return the image point that lies ``x`` and ``y`` spans from the middle of the eyes."""
        point: Points = self.middle + x * self.right + y * self.down
        return point

    def polygon(self, corners: Sequence[tuple[float, float]]) -> Points:
        """Return these corners, in spans, in image pixels."""
        return np.array([self.at(*corner) for corner in corners])

    @property
    def span(self) -> float:
        """One span, image pixels."""
        return float(np.hypot(*self.right))


def axes_of(mesh: FloatArray) -> Axes:
    """Return the frame of a mesh, shape (468, 3)."""
    x_y = mesh[:, :2].astype(np.float64)
    right = x_y[_RIGHT_EYE_OUTER] - x_y[_LEFT_EYE_OUTER]
    middle = (x_y[_RIGHT_EYE_OUTER] + x_y[_LEFT_EYE_OUTER]) / 2
    return Axes(middle, right, np.array((-right[1], right[0])))


def landmarks(mesh: FloatArray, numbers: Sequence[int]) -> Points:
    """Return these points of the mesh, image pixels."""
    return mesh[list(numbers), :2].astype(np.float64)


def pushed_out(mesh: FloatArray, points: Points, factor: float) -> Points:
    """Return points moved away from the middle of the face by a factor (1: not at all)."""
    middle = landmarks(mesh, (_FOREHEAD, _CHIN)).mean(axis=0)
    moved: Points = middle + (points - middle) * factor
    return moved


def filled(shape: Sequence[int], polygon: Points, *, soft_px: float) -> Plane:
    """Return how much of each pixel (0-1) a polygon covers, its edge blurred by that sigma."""
    plane = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(plane, [_fixed(polygon)], 255, lineType=cv2.LINE_AA, shift=4)
    return _softened(plane, soft_px)


def stroked(shape: Sequence[int], line: Points, *, width_px: float, soft_px: float) -> Plane:
    """Return how much of each pixel (0-1) an open line covers."""
    plane = np.zeros(shape[:2], np.uint8)
    width = max(1, round(width_px))
    cv2.polylines(
        plane,
        [_fixed(line)],
        isClosed=False,
        color=255,
        thickness=width,
        lineType=cv2.LINE_AA,
        shift=4,
    )
    return _softened(plane, soft_px)


def ellipse(axes: Axes, centre: tuple[float, float], radii: tuple[float, float]) -> Points:
    """Return the outline of an ellipse upright with the face, all in spans, as a polygon."""
    angles = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    around = [
        (centre[0] + radii[0] * math.cos(one), centre[1] + radii[1] * math.sin(one))
        for one in angles
    ]
    return axes.polygon(around)


def cloth(
    shape: Sequence[int], colour: Colour | None, axes: Axes, chance: np.random.Generator
) -> NDArray[np.float32]:
    """Return woven cloth, (height, width, 3): folds across it and a fine grain.

    Without a colour it is printed with spots of one on another, both by chance.
    """
    height, width = shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    down = ((x - axes.middle[0]) * axes.down[0] + (y - axes.middle[1]) * axes.down[1]) / (
        axes.span**2
    )
    folds = 0.06 * np.sin(2 * math.pi * (down * chance.uniform(2, 4) + chance.uniform()))
    grain = chance.normal(0, 0.03, (height, width)).astype(np.float32)
    dyed = _printed(shape, axes, chance) if colour is None else np.asarray(colour, np.float32)
    made = dyed * (1 + folds + grain)[:, :, None]
    return np.asarray(made, np.float32)


def _printed(shape: Sequence[int], axes: Axes, chance: np.random.Generator) -> NDArray[np.float32]:
    ground, spots = chance.uniform(20, 235, (2, 3))
    size = chance.uniform(0.03, 0.12) * axes.span
    field = cv2.GaussianBlur(chance.normal(0, 1, shape[:2]), (0, 0), max(size, 0.5))
    where = (field > chance.uniform(0.2, 1.0) * field.std())[:, :, None]
    return np.asarray(np.where(where, spots, ground), np.float32)


def plain(shape: Sequence[int], colour: Colour, chance: np.random.Generator) -> Plane:
    """Return a smooth surface of that colour, (height, width, 3), with a camera's noise."""
    noise = chance.normal(0, 2, (*shape[:2], 1))
    return np.asarray(np.asarray(colour) + noise, np.float32)


def laid_over(pixels: Rgb, surface: Plane, cover: Plane, *, lit: float = 0.6) -> Rgb:
    """Return the picture with a surface (height, width, 3) over it where ``cover`` (0-1) says.

    ``lit`` is how much the surface takes on of the light that is on the face, 0-1.
    """
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = max(3.0, math.sqrt(float(cover.sum())) / 6)
    blurred = cv2.GaussianBlur(luma, (0, 0), size)
    usual = max(float((blurred * cover).sum() / max(float(cover.sum()), 1e-6)), 1.0)
    light = 1 + lit * (np.clip(blurred / usual, 0.3, 1.7) - 1)
    shaded = surface * light[:, :, None]
    mixed = pixels * (1 - cover[:, :, None]) + shaded * cover[:, :, None]
    made: Rgb = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return made


def skin_of(pixels: Rgb, mesh: FloatArray) -> Colour:
    """Return the median colour of a face's forehead and cheeks."""
    points = np.rint(landmarks(mesh, (151, 9, 108, 337, 50, 280, 205, 425, 117, 346))).astype(int)
    height, width = pixels.shape[:2]
    x, y = np.clip(points[:, 0], 0, width - 1), np.clip(points[:, 1], 0, height - 1)
    red, green, blue = np.median(pixels[y, x], axis=0)
    return float(red), float(green), float(blue)


def _fixed(points: Points) -> NDArray[np.int32]:
    return np.rint(points * _SUBPIXEL).astype(np.int32).reshape(-1, 1, 2)


def _softened(plane: NDArray[np.uint8], soft_px: float) -> Plane:
    cover = plane.astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(cover, (0, 0), max(soft_px, 0.3)), np.float32)
