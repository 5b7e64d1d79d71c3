"""The turned square of an image that the mesh network looks at, and how its pixels are taken."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Box
from facelogin.face.detector import Detection
from facelogin.face.warp import sample_square

CROP_PX = 192

_MARGIN = 1.5
"""Side of the region over the longer side of the face in it (MediaPipe's face landmark graph)."""
_MAX_STEP = 1.6
"""Image pixels per crop pixel beyond which bilinear sampling would skip detail."""
_SPARE_PX = 8
"""What is taken around a region before it is halved, so that no border shows inside."""
_LEFT_EYE_OUTER, _RIGHT_EYE_OUTER = 33, 263


@dataclass(frozen=True, slots=True)
class Region:
    """A turned square: centre (x, y), side, angle in radians.

    Coordinates are continuous image pixels: pixel i covers i to i + 1.
    """

    x: float
    y: float
    side: float
    angle: float

    def from_crop(self, side_px: int = CROP_PX) -> NDArray[np.float64]:
        """The 2x3 affine from pixel indices of a crop of that side to those of the image."""
        turn = self.side / side_px * _rotation(self.angle)
        middle = (side_px - 1) / 2
        shift = np.array((self.x - 0.5, self.y - 0.5)) - turn @ (middle, middle)
        return np.column_stack([turn, shift])


def region_of(detection: Detection) -> Region:
    """Return the region around a detection, upright by its eyes."""
    box = detection.box
    across = detection.keypoints[1] - detection.keypoints[0]
    return Region(
        x=box.x + box.width / 2,
        y=box.y + box.height / 2,
        side=_MARGIN * max(box.width, box.height),
        angle=math.atan2(across[1], across[0]),
    )


def region_around(mesh: FloatArray) -> Region:
    """Return the region around a mesh, shape (468, 3), image pixels, upright by its eyes."""
    x_y = mesh[:, :2].astype(np.float64)
    across = x_y[_RIGHT_EYE_OUTER] - x_y[_LEFT_EYE_OUTER]
    angle = math.atan2(across[1], across[0])
    upright = x_y @ _rotation(angle)
    low, high = upright.min(axis=0), upright.max(axis=0)
    centre = _rotation(angle) @ ((low + high) / 2)
    return Region(
        x=float(centre[0]) + 0.5,
        y=float(centre[1]) + 0.5,
        side=_MARGIN * float((high - low).max()),
        angle=angle,
    )


def region_within(box: Box, landmarks: FloatArray) -> Region:
    """Return the region around a box, upright by dlib's five points (5, 2): corners of the eyes."""
    across = landmarks[0] - landmarks[2]
    return Region(
        x=box.x + box.width / 2,
        y=box.y + box.height / 2,
        side=_MARGIN * max(box.width, box.height),
        angle=math.atan2(across[1], across[0]),
    )


def cut_region(pixels: Rgb, region: Region) -> Rgb:
    """Return the region as the mesh network wants it, shape (192, 192, 3)."""
    return square_of(pixels, region, side_px=CROP_PX)


def square_of(pixels: Rgb, region: Region, *, side_px: int) -> Rgb:
    """Return the region as a square, black beyond the image; halved first while too fine."""
    affine = region.from_crop(side_px)
    source, step = pixels, region.side / side_px
    if step > _MAX_STEP:
        corner, source = _around(pixels, region)
        affine[:, 2] -= corner
    return sample_square(source, affine, side_px=side_px, step=step, max_step=_MAX_STEP)


def _around(pixels: Rgb, region: Region) -> tuple[tuple[int, int], Rgb]:
    """Return the corner (x, y) and pixels of the upright part of the image around a region."""
    turned = abs(math.cos(region.angle)) + abs(math.sin(region.angle))
    reach = region.side / 2 * turned + _SPARE_PX
    height, width = pixels.shape[:2]
    left, top = max(0, math.floor(region.x - reach)), max(0, math.floor(region.y - reach))
    right = max(left, min(width, math.ceil(region.x + reach)))
    bottom = max(top, min(height, math.ceil(region.y + reach)))
    return (left, top), pixels[top:bottom, left:right]


def _rotation(angle: float) -> NDArray[np.float64]:
    """Clockwise as seen, since y points down."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([(cosine, -sine), (sine, cosine)])
