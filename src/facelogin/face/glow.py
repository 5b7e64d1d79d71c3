"""Measures how a face is coloured, and what is beside it: means of log(R/G) and log(B/G)."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Box, Glow, Hue

_FOREHEAD = (108, 69, 109, 338, 299, 337, 151, 9)
_CHEEKS = ((117, 118, 101, 36, 205, 187, 123), (346, 347, 330, 266, 425, 411, 352))
_DARK, _FULL = 6, 250
"""Pixels with a channel beyond these are left out: they have lost their colour."""
_LEAST_PX = 60
_NEAR, _FAR = 0.2, 0.6
"""Where the strips to either side of a face begin and end, in widths of its box."""


def glow(pixels: Rgb, mesh: FloatArray, box: Box) -> Glow | None:
    """Return the colour of cheeks and forehead of ``mesh``, shape (468, 3), and of what is beside.

    None where too little skin is in the picture and neither dark nor saturated.
    """
    skin = _hue(pixels[_skin(pixels, mesh)])
    return None if skin is None else Glow(skin, _hue(_beside(pixels, box)))


def _skin(pixels: Rgb, mesh: FloatArray) -> NDArray[np.bool_]:
    mask = np.zeros(pixels.shape[:2], np.uint8)
    for part in (_FOREHEAD, *_CHEEKS):
        outline = cv2.convexHull(np.rint(mesh[list(part), :2]).astype(np.int32))
        cv2.fillConvexPoly(mask, outline, 1)
    return mask.astype(np.bool_)


def _beside(pixels: Rgb, box: Box) -> NDArray[np.uint8]:
    """Return the pixels of two upright strips, as high as the face, shape (n, 3)."""
    top, bottom = max(0, math.floor(box.y)), max(0, math.ceil(box.y + box.height))
    near, far = _NEAR * box.width, _FAR * box.width
    right = box.x + box.width
    spans = ((box.x - far, box.x - near), (right + near, right + far))
    strips = [
        pixels[top:bottom, max(0, math.floor(start)) : max(0, math.ceil(end))]
        for start, end in spans
    ]
    return np.concatenate([strip.reshape(-1, 3) for strip in strips])


def _hue(colours: NDArray[np.uint8]) -> Hue | None:
    """Return the mean log ratios of pixels, shape (n, 3), red first; None for too few good ones."""
    good = colours[(colours.min(axis=1) >= _DARK) & (colours.max(axis=1) <= _FULL)]
    if len(good) < _LEAST_PX:
        return None
    red, green, blue = np.log(good.astype(np.float64)).mean(axis=0)
    return Hue(red=float(red - green), blue=float(blue - green))
