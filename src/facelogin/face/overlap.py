"""How far two boxes are one: intersection over union (IoU)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray
from facelogin.domain.observation import Box


def corners(box: Box) -> FloatArray:
    """Return (2, 2): the upper left corner of a box and the lower right one, x and y each."""
    left_top, size = np.array([box.x, box.y]), np.array([box.width, box.height])
    return np.stack([left_top, left_top + size]).astype(np.float32)


def overlap(many: FloatArray, one: FloatArray) -> NDArray[np.float32]:
    """Return the IoU of each of ``many`` boxes, (n, 2, 2), with ``one``: their ``corners``."""
    low = np.maximum(many[:, 0], one[0])
    high = np.minimum(many[:, 1], one[1])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    areas = np.prod(np.maximum(many[:, 1] - many[:, 0], 0), axis=1)
    total = areas + np.prod(np.maximum(one[1] - one[0], 0)) - shared
    return np.asarray(shared / np.maximum(total, 1e-9), dtype=np.float32)
