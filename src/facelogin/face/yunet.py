"""Finds faces with YuNet, a small detector of another make than BlazeFace."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.face.networks import Network

_STRIDES = (8, 16, 32)
_POINTS = 5


@dataclass(frozen=True, slots=True)
class Candidates:
    """Every place where a face may be: ``scores`` (n,) 0-1, ``points`` (n, 5, 2).

    ``fine`` (64, height / 8, width / 8) and ``coarse`` (64, height / 16, width / 16) are the
    channels that those of strides 8 and 16 are computed from.

    The points are the eye on the image's left, the eye on its right, the tip of the nose and the
    corners of the mouth, left first; pixels, continuous: pixel i covers i to i + 1.
    """

    scores: FloatArray = field(repr=False)
    points: FloatArray = field(repr=False)
    fine: FloatArray = field(repr=False)
    coarse: FloatArray = field(repr=False)


class YuNet:
    """The detector over its network; holds no state between calls."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def candidates(self, square: Rgb) -> Candidates:
        """Return what the network sees in a picture whose sides are multiples of 32."""
        heads = self._network.run(square.astype(np.float32)[None])
        corners, strides = _places(*square.shape[:2])
        offsets = heads["points"].reshape(-1, _POINTS, 2)
        points = corners[:, None] + offsets * strides[:, None, None]
        return Candidates(heads["scores"].ravel(), points, heads["fine"][0], heads["coarse"][0])


@lru_cache(maxsize=8)
def _places(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the places' corners, (n, 2) x and y, and their strides (n,)."""
    corners, strides = [], []
    for stride in _STRIDES:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride]
        corners.append(np.stack([x.ravel(), y.ravel()], axis=1) * stride)
        strides.append(np.full(x.size, stride))
    found = np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)
    for array in found:
        array.flags.writeable = False
    return found
