"""Fits MediaPipe's FaceMesh to a face: 468 points in space, and whether there is a face at all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from facelogin.domain.models import FloatArray, Rgb
from facelogin.face.detector import Detection
from facelogin.face.networks import Network
from facelogin.face.region import CROP_PX, Region, cut_region, region_around, region_of

MIN_PRESENCE = 0.5
"""Of the network's own flag, below which it says that there is no face."""

_MAX_DISAGREEMENT = 0.3
"""Upright faces reach .13, profiles .23, faces rolled by 90 degrees .20 in 95 of 100; patterns on
cloth and faces upside down, which the presence flag lets pass, often exceed it."""
_REFIT_DISAGREEMENT = 0.1
"""From here on the detector, coarse where the face is small in the picture, has placed the region
badly; a second fit in a region of the mesh's own halves the error of the points. (Faces in profile
may be lost by it; the first fit stands then.)"""
_AGREEING = ((33, 133), (263, 362), (1,), (13, 14))
"""The mesh points whose means the detector's first four keypoints name."""

_LEFT_EYE_OUTER, _RIGHT_EYE_OUTER = 33, 263
_FIVE = (263, 362, 33, 133, 2)
_FIVE_OFFSETS = np.array(
    [(-0.0120, 0.0088), (0.0129, 0.0041), (0.0121, 0.0100), (-0.0112, 0.0053), (0.0009, 0.0157)]
)
"""From five mesh points to where dlib's 5-point predictor puts them; measured on photos, in the
frame of the eyes (x from the image-left to the image-right outer corner), unit ``_FACE_UNIT``."""
_FACE_UNIT = 2.5
"""Root-mean-square distances of the points from their centroid."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """A fitted mesh, and the network's 0-1 flag for a face being there.

    ``points`` is (468, 3): x, y in image pixels (pixel centres are integers), z in the same unit,
    negative towards the camera.
    """

    points: FloatArray = field(repr=False)
    presence: float


class FaceMesh:
    """The mesh network; holds no state between calls."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def confirm(self, pixels: Rgb, detection: Detection) -> Mesh | None:
        """Return the mesh of a detected face; None where the mesh sees no face, or another one."""
        mesh = self.fit(pixels, region_of(detection))
        if mesh.presence <= MIN_PRESENCE:
            return None
        gap = disagreement(mesh.points, detection)
        if gap > _MAX_DISAGREEMENT:
            return None
        if gap <= _REFIT_DISAGREEMENT:
            return mesh
        again = self.fit(pixels, region_around(mesh.points))
        return again if again.presence > MIN_PRESENCE else mesh

    def fit(self, pixels: Rgb, region: Region) -> Mesh:
        """Return the mesh that the network sees in a region, be there a face or not."""
        crop = cut_region(pixels, region)
        heads = self._network.run(crop.astype(np.float32)[None])
        points = np.asarray(heads["mesh"], dtype=np.float64).reshape(-1, 3)
        affine = region.from_crop()
        x_y = (points[:, :2] - 0.5) @ affine[:, :2].T + affine[:, 2]
        z = points[:, 2:] * (region.side / CROP_PX)
        return Mesh(
            points=np.hstack([x_y, z]).astype(np.float32),
            presence=float(heads["presence"].ravel()[0]),
        )


def disagreement(mesh: FloatArray, detection: Detection) -> float:
    """Return how far the detector's eyes, nose and mouth are from those of a mesh (468, 3).

    The mean distance, in spans of the eyes or, if longer, from the eyes to the mouth.
    """
    x_y = mesh[:, :2].astype(np.float64)
    fitted = np.stack([x_y[list(points)].mean(axis=0) for points in _AGREEING])
    gaps = np.linalg.norm(fitted + 0.5 - detection.keypoints[: len(_AGREEING)], axis=1)
    across = x_y[_RIGHT_EYE_OUTER] - x_y[_LEFT_EYE_OUTER]
    down = fitted[3] - (fitted[0] + fitted[1]) / 2
    span = max(math.hypot(*across), math.hypot(*down), 1e-9)
    return float(gaps.mean() / span)


def five_points(mesh: FloatArray) -> FloatArray:
    """Return the five points that place dlib's chip, (5, 2), from a mesh of shape (468, 3)."""
    x_y = mesh[:, :2].astype(np.float64)
    across = x_y[_RIGHT_EYE_OUTER] - x_y[_LEFT_EYE_OUTER]
    x_axis = across / max(math.hypot(*across), 1e-9)
    y_axis = np.array((-x_axis[1], x_axis[0]))
    spread = x_y - x_y.mean(axis=0)
    unit = _FACE_UNIT * math.sqrt(float(np.mean(np.sum(spread**2, axis=1))))
    shifts = unit * (_FIVE_OFFSETS[:, :1] * x_axis + _FIVE_OFFSETS[:, 1:] * y_axis)
    return np.asarray(x_y[list(_FIVE)] + shifts, dtype=np.float32)
