"""Samples a turned square of an image, halving the image first where that would skip pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import Rgb


def sample_square(
    pixels: Rgb, affine: NDArray[np.float64], *, side_px: int, step: float, max_step: float
) -> Rgb:
    """Return the square, shape (side_px, side_px, 3), uint8; black beyond the image.

    ``affine`` (2x3) takes its pixels to those of the image, ``step`` of them to one of its own.
    While that is more than ``max_step`` the image is averaged in blocks of 2x2, an odd last row or
    column left out; then it is sampled bilinearly.
    """
    source, turn = pixels, affine.copy()
    while step > max_step and min(source.shape[:2]) >= 2:
        height, width = (side // 2 for side in source.shape[:2])
        even = source[: 2 * height, : 2 * width]
        halved = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
        source = np.asarray(halved, np.uint8)
        turn[:, :2] /= 2
        turn[:, 2] = (turn[:, 2] + 0.5) / 2 - 0.5
        step /= 2
    if source.size == 0:
        return np.zeros((side_px, side_px, 3), np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    square = cv2.warpAffine(source, turn, (side_px, side_px), flags=flags)
    return np.asarray(square, dtype=np.uint8)
