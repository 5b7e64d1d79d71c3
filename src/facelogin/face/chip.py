"""Cuts the 150x150 chip that dlib's face network was trained on, pixel for pixel as dlib would.

The steps are those of dlib's ``get_face_chip_details`` and ``extract_image_chips`` (Boost licence),
written anew. The network is sensitive to them: a plain warp moves an embedding by 0.03, leaving the
pyramid out by 0.1, where one person's pictures lie about 0.3 apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb

CHIP_PX = 150

_PADDING = 0.25
_REFERENCE = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ],
)
"""dlib's mean face, unit square: image-right eye outer and inner corner, image-left eye outer and
inner corner, base of the nose."""

_TARGET = (_REFERENCE + _PADDING) / (1 + 2 * _PADDING) * CHIP_PX

_SHRINK_OFFSET = np.array((1.25, 0.75))
"""Where dlib's pyramid_down<2> says a point goes: p / 2 - offset."""

_CORNERS = np.array(
    [(0, 0, 1), (CHIP_PX - 1, 0, 1), (0, CHIP_PX - 1, 1), (CHIP_PX - 1,) * 2 + (1,)]
).T
"""Of the chip, as columns (x, y, 1)."""

_FLOAT_DUST = 1e-4
"""dlib truncates exact sums; ours may end a hair below the integer that they are."""


_STRIP_ROWS = 64
"""How many rows of a level of the pyramid are made at once."""


@dataclass(frozen=True, slots=True)
class ChipFrame:
    """A rectangle, turned about its centre by ``angle`` (radians), in image pixels.

    ``low`` and ``high`` are the centres of its first and last pixels before it is turned.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    angle: float

    @property
    def centre(self) -> NDArray[np.float64]:
        """The point that the rectangle is turned about, (x, y)."""
        return (self.low + self.high) / 2

    @property
    def side(self) -> float:
        """Width in pixels, the first and the last included."""
        return float(self.high[0] - self.low[0]) + 1

    def moved(self, by: NDArray[np.float64]) -> ChipFrame:
        """The same frame ``by`` pixels further on."""
        return ChipFrame(self.low + by, self.high + by, self.angle)

    def shrunk(self) -> ChipFrame:
        """The same frame one level down the pyramid."""
        return ChipFrame(self.low / 2 - _SHRINK_OFFSET, self.high / 2 - _SHRINK_OFFSET, self.angle)

    def from_chip(self) -> NDArray[np.float64]:
        """The 2x3 affine that takes chip pixels 0..149 onto this frame."""
        step = (self.high[0] - self.low[0]) / (CHIP_PX - 1)
        turn = step * _rotation(self.angle)
        corner = self.centre + _rotation(self.angle) @ (self.low - self.centre)
        return np.column_stack([turn, corner])


def chip_frame(landmarks: FloatArray) -> ChipFrame:
    """Return where the chip of a face lies; ``landmarks`` is (5, 2), image pixels, dlib's order.

    The least-squares similarity from the reference points, as complex numbers z -> a z + b.
    """
    source = _TARGET @ (1, 1j)
    target = np.asarray(landmarks, dtype=np.float64) @ (1, 1j)
    offset = source - source.mean()
    a = np.vdot(offset, target - target.mean()) / np.vdot(offset, offset)
    middle = a * (CHIP_PX / 2 * (1 + 1j) - source.mean()) + target.mean()
    half = (CHIP_PX * abs(a) - 1) / 2
    centre = np.array((middle.real, middle.imag))
    return ChipFrame(centre - half, centre + half, math.atan2(a.imag, a.real))


def cut_chip(pixels: Rgb, landmarks: FloatArray) -> Rgb:
    """Return the chip, shape (150, 150, 3), uint8, red first; black beyond the image's border."""
    frame = chip_frame(landmarks)
    levels = _pyramid_levels(frame)
    corner, crop = _crop(pixels, frame, grow=2 ** (levels + 2) - 2)
    frame = frame.moved(-corner)
    if crop.size == 0:
        return np.zeros((CHIP_PX, CHIP_PX, 3), np.uint8)
    level = crop
    for _ in range(levels):
        level, frame = _shrink(level), frame.shrunk()
    return _warp(level.astype(np.float32), frame.from_chip())


def _pyramid_levels(frame: ChipFrame) -> int:
    """Count the halvings that still leave more pixels than the chip has."""
    levels = 0
    while (frame := frame.shrunk()).side > CHIP_PX:
        levels += 1
    return levels


def _crop(pixels: Rgb, frame: ChipFrame, *, grow: int) -> tuple[NDArray[np.float64], Rgb]:
    """Return the corner (x, y) and pixels of the part of the image that the chip needs.

    dlib grows the turned frame by 2 pixels and, per level, to twice that and 2 more.
    """
    reach = (frame.side - 1) / 2 * (abs(math.cos(frame.angle)) + abs(math.sin(frame.angle))) + grow
    height, width = pixels.shape[:2]
    left, top = np.maximum(np.floor(frame.centre - reach + 0.5), 0).astype(int)
    right, bottom = np.floor(frame.centre + reach + 0.5).astype(int) + 1
    crop = pixels[top : max(0, min(bottom, height)), left : max(0, min(right, width))]
    return np.array((left, top), dtype=np.float64), crop


def _shrink(level: Rgb) -> Rgb:
    """Halve as pyramid_down<2>: the 5x5 binomial, no partial windows, truncated to integers.

    In strips, since a face that fills 16 megapixels takes 192 MB as float32.
    """
    height, width = (max(0, side - 3) // 2 for side in level.shape[:2])
    halved = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        rows = min(_STRIP_ROWS, height - top)
        strip = level[2 * top : 2 * (top + rows) + 3].astype(np.float32)
        part = cv2.pyrDown(strip)[1 : 1 + rows, 1 : 1 + width]
        halved[top : top + rows] = part + np.float32(_FLOAT_DUST)  # truncates
    return halved


def _warp(level: NDArray[np.float32], affine: NDArray[np.float64]) -> Rgb:
    """Sample bilinearly and truncate; a pixel is black unless its four neighbours exist."""
    if min(level.shape[:2]) < 2:
        return np.zeros((CHIP_PX, CHIP_PX, 3), np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        level, affine, (CHIP_PX, CHIP_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    chip = (warped + np.float32(_FLOAT_DUST)).astype(np.uint8)
    if not _lies_within(affine, level.shape[1], level.shape[0]):
        chip[_beyond(affine, level.shape[1], level.shape[0])] = 0
    return chip


def _lies_within(affine: NDArray[np.float64], width: int, height: int) -> bool:
    """Whether no chip pixel comes from beyond an image of that size: its corners tell."""
    x, y = affine @ _CORNERS
    return bool(x.min() >= 0 and y.min() >= 0 and x.max() < width - 1 and y.max() < height - 1)


def _beyond(affine: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """Which chip pixels, shape (150, 150), come from beyond an image of that size."""
    edge = np.arange(CHIP_PX, dtype=np.float64)
    x = affine[0, 0] * edge[None, :] + affine[0, 1] * edge[:, None] + affine[0, 2]
    y = affine[1, 0] * edge[None, :] + affine[1, 1] * edge[:, None] + affine[1, 2]
    return np.asarray((x < 0) | (y < 0) | (x >= width - 1) | (y >= height - 1))


def _rotation(angle: float) -> NDArray[np.float64]:
    return np.array([(math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))])
