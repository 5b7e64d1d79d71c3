"""Closes the eyes of a portrait by drawing its lids down."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.evaluation.pad.portraits import Portrait

EYES = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""Mesh points along the upper and the lower lid of each eye, from image-left to image-right."""
_LID_EYE_WIDTHS = 0.28
"""How much skin above an eye serves as its lid."""
_OVERLAP_EYE_WIDTHS = 0.05
"""How far the lid comes below where the mesh has the lower one."""


def with_closed_eyes(portrait: Portrait) -> Rgb:
    """Return the photo with the eyes closed."""
    height, width = portrait.pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    source = y.copy()
    for upper, lower in EYES:
        _draw_down(source, y, portrait.mesh[list(upper), :2], portrait.mesh[list(lower), :2])
    closed = cv2.remap(portrait.pixels, x, source, cv2.INTER_LINEAR)
    return np.asarray(closed, np.uint8)


def _draw_down(
    source: NDArray[np.float32],
    y: NDArray[np.float32],
    upper: FloatArray,
    lower: FloatArray,
) -> None:
    """Write into ``source`` the row that each pixel around one eye is taken from."""
    across = np.arange(source.shape[1])
    top = np.interp(across, upper[:, 0], upper[:, 1])
    bottom = np.maximum(np.interp(across, lower[:, 0], lower[:, 1]), top)
    eye_width = float(upper[:, 0].max() - upper[:, 0].min())
    within = (across >= upper[:, 0].min()) & (across <= upper[:, 0].max())
    crease = top - _LID_EYE_WIDTHS * eye_width
    lid = bottom + _OVERLAP_EYE_WIDTHS * eye_width
    on_lid = within & (y >= crease) & (y < lid)
    stretch = (top - crease) / np.maximum(lid - crease, 1e-3)
    source[on_lid] = (crease + (y - crease) * stretch)[on_lid]
