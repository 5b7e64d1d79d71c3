"""Measures how a face was photographed: its light, its focus, and whether it is all there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Box
from facelogin.face.chip import CHIP_PX

_LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601, red, green, blue."""

_MARGIN = 11
"""Chip pixels at each side that show hair and background rather than the face."""
_COARSE_PX = 40
"""How wide the middle of a face is made before its noise is measured: a network looks at little
finer than that, and JPEG takes finer noise from some pictures and not from others."""
_LEAST_SIDE_PX = 8
_NOISE_MASK = np.array(((1, -2, 1), (-2, 4, -2), (1, -2, 1)), np.float32)
_MEDIAN_OF_MASK = 6 * 0.6745
"""What the mask makes of normal noise of deviation 1: 6 is its norm, the rest the median's."""
_STEPS = 0.8
"""What rounding to whole numbers is worth as noise: with that, clean dimmed pictures match as often
as noisy ones of the same ratio do."""
_WHITE = 250
"""Y' from which no skin shows; JPEG moves white by a few steps."""
_DIRECTIONS = (0, math.pi / 4, math.pi / 2, 3 * math.pi / 4)
_USUAL = np.array((0.151, 0.181, 0.221, 0.184))
"""The medians of the ratio per direction over Labeled Faces in the Wild (folds 1-3, one face)."""
_LEAST_POWER = 16.0
"""Keeps a chip of one flat colour from dividing by zero."""


def mean_luma(pixels: Rgb, box: Box) -> float:
    """Return the mean of Y' (BT.601, 0-255) over the part of ``box`` that lies in the image."""
    inside = _inside(pixels, box)
    if inside.size == 0:
        return 0.0
    return float(np.dot(cv2.mean(inside)[:3], _LUMA))


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much of a face its light and the camera have left: see the fields of ``Face``."""

    contrast_to_noise: float
    clipped: float


def exposure(pixels: Rgb, box: Box) -> Exposure:
    """Return how far the face in ``box`` stands out from noise, and which share of it is white.

    Contrast is the deviation of Y' between Gaussians of 1 and 5 pixels of a face made small, which
    is what eyes, nose and mouth make; noise that of a mask which answers to neither slopes nor
    edges (Immerkaer, 1996; by its median, so that lashes don't count), and of the steps of 8 bits.
    A face of any skin that is evenly dimmed keeps its ratio until noise drowns it.
    """
    inside = _inside(pixels, _middle(box))
    if min(inside.shape[:2], default=0) < _LEAST_SIDE_PX:
        return Exposure(contrast_to_noise=0.0, clipped=0.0)
    luma = cv2.cvtColor(inside, cv2.COLOR_RGB2GRAY)
    height = max(_LEAST_SIDE_PX, round(luma.shape[0] * _COARSE_PX / luma.shape[1]))
    seen = cv2.resize(luma.astype(np.float32), (_COARSE_PX, height), interpolation=cv2.INTER_AREA)
    residue = cv2.filter2D(seen, -1, _NOISE_MASK)[1:-1, 1:-1]
    noise = math.hypot(float(np.median(np.abs(residue))) / _MEDIAN_OF_MASK, _STEPS)
    features = cv2.GaussianBlur(seen, (0, 0), 1) - cv2.GaussianBlur(seen, (0, 0), 5)
    return Exposure(
        contrast_to_noise=float(features.std()) / noise,
        clipped=float(np.mean(luma >= _WHITE)),
    )


def _inside(pixels: Rgb, box: Box) -> Rgb:
    """Return the part of ``box`` that lies in the image; it may be empty."""
    height, width = pixels.shape[:2]
    left, top = max(0, round(box.x)), max(0, round(box.y))
    right = min(width, max(left + 1, round(box.x + box.width)))
    bottom = min(height, max(top + 1, round(box.y + box.height)))
    return pixels[top:bottom, left:right]


def _middle(box: Box) -> Box:
    """Return the box without the tenth at each side, where hair and background show."""
    return Box(box.x + box.width / 10, box.y + box.height / 10, box.width * 0.8, box.height * 0.8)


def sharpness(chip: Rgb) -> float:
    """Return how sharp a face chip, shape (150, 150, 3), is in its least sharp direction.

    In each of four directions, the detail between Gaussians of 1 and 2 chip pixels is divided by
    that between 2 and 8 in all of them (so light, contrast and size of the face cancel out) and by
    what is usual there: 1.0 is the median of 2,302 press photos. Out of focus, all directions fall
    together; motion blur takes its own alone, coarse detail too, which is why the other directions
    are what it is compared with. Detail under a pixel, which is mostly noise, counts little.
    """
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    window, fine, coarse = _bands()
    spectrum = np.fft.rfft2((luma - float(luma.mean())) * window).ravel()
    power = spectrum.real**2 + spectrum.imag**2
    ratios = np.sqrt((fine @ power) / max(float(np.mean(coarse @ power)), _LEAST_POWER))
    return float(np.min(ratios / _USUAL))


@lru_cache(maxsize=1)
def _bands() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the window (n, n) and, per direction, the weights of the fine and coarse power."""
    side = CHIP_PX - 2 * _MARGIN
    y = 2 * np.pi * np.fft.fftfreq(side)[:, None]
    x = 2 * np.pi * np.fft.rfftfreq(side)[None, :]
    along = np.stack([x * math.cos(angle) + y * math.sin(angle) for angle in _DIRECTIONS])
    quiet = _gauss(1, np.hypot(x, y)) ** 2
    fine = quiet * (_gauss(1, along) - _gauss(2, along)) ** 2
    coarse = quiet * (_gauss(2, along) - _gauss(8, along)) ** 2
    window = np.outer(np.hanning(side), np.hanning(side))
    flat = (len(_DIRECTIONS), -1)
    return _frozen(window), _frozen(fine.reshape(flat)), _frozen(coarse.reshape(flat))


def _frozen(array: NDArray[np.float64]) -> FloatArray:
    """Return a float32 copy that nobody can write to, since it is shared among threads."""
    copy = array.astype(np.float32)
    copy.flags.writeable = False
    return copy


def _gauss(sigma_px: float, frequency: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transfer function of a Gaussian blur; ``frequency`` in radians per pixel."""
    return np.exp(-((sigma_px * frequency) ** 2) / 2)


def share_outside(mesh: FloatArray, *, width_px: int, height_px: int) -> float:
    """Return the share (0-1) of a mesh's points, shape (468, 3), that lie beyond the image."""
    x, y = mesh[:, 0], mesh[:, 1]
    outside = (x < -0.5) | (y < -0.5) | (x > width_px - 0.5) | (y > height_px - 0.5)
    return float(np.mean(outside))


def extent(points: FloatArray) -> Box:
    """Return the smallest upright box around points of shape (n, 2 or more)."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return Box(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
