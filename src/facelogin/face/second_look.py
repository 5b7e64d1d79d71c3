"""A second opinion on a fitted mesh: whether an upright human face lies where it says.

The mesh fits a face to whatever it is given, upside-down ones and dogs among them. YuNet, trained
apart from it, looks at the same place, turned upright by the mesh.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Cover
from facelogin.face.arcface_chip import arcface_points
from facelogin.face.covering import Coverings
from facelogin.face.region import region_around, square_of
from facelogin.face.yunet import Candidates, YuNet

VIEW_PX = 128
"""The side of what YuNet looks at: the mesh's region, whose middle two thirds are the face."""
_MIN_SCORE = 0.88
"""YuNet's score for faces of Labeled Faces in the Wild is .89 and more (2,459 pictures), for dogs
at most .87."""
_MAX_DISAGREEMENT = 0.22
"""The mean distance of the five points from the mesh's, in the face's span: .08 is usual, one face
in a thousand exceeds .18; upside down and on dogs the median is .36."""
_MAX_DISPLACEMENT = 0.5
"""Of the five points' middle, in spans, from which a candidate is another face."""
_CERTAIN = 0.925
"""No face upside down reaches .92 (1,327 of them)."""
_MIN_LEAD = 0.01
"""How much higher a face must score upright than upside down: .018 is the least of 806."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether an upright human face lies where a mesh does, and what of it is covered."""

    human: bool
    covered: Cover | None = None


_SKIN = (50, 280, 205, 425, 151, 108, 337, 117, 346, 199)
"""Mesh points on cheeks, forehead and chin."""
_PATCH_PX = 9
_MIN_TEXTURE = 0.0035
"""In shares of luma. The seventh of ten patches of a photographed face has .023 and more (out of
focus by 4 % of its width .011, smoothed by a camera's filter .0043), of a drawn cartoon .0026."""
_LEAST_LUMA = 4.0
"""Keeps a black patch from dividing by zero."""


class SecondLook:
    """Judges meshes by YuNet; holds no state between calls."""

    def __init__(self, yunet: YuNet, coverings: Coverings) -> None:
        self._yunet = yunet
        self._coverings = coverings

    def opinion(self, pixels: Rgb, mesh: FloatArray) -> Opinion:
        """Return what a second look at this mesh, shape (468, 3), image pixels, says."""
        view, inside = view_of(pixels, mesh)
        seen = self._yunet.candidates(view)
        score, gap = _nearest(seen, arcface_points(inside.astype(np.float32)))
        if score < _MIN_SCORE or gap > _MAX_DISAGREEMENT:
            return Opinion(human=False)
        if score < _CERTAIN and not self._is_upright(view, score):
            return Opinion(human=False)
        if texture(view, inside) < _MIN_TEXTURE:
            return Opinion(human=False)
        return Opinion(human=True, covered=self._coverings.of(view, seen, inside))

    def _is_upright(self, view: Rgb, score: float) -> bool:
        turned = self._yunet.candidates(np.ascontiguousarray(view[::-1, ::-1]))
        return score - float(turned.scores.max()) >= _MIN_LEAD


def view_of(pixels: Rgb, mesh: FloatArray) -> tuple[Rgb, NDArray[np.float64]]:
    """Return the face turned upright, (128, 128, 3), and the mesh in it, (468, 2).

    The mesh is in continuous pixels of that view: pixel i covers i to i + 1.
    """
    region = region_around(mesh)
    view = square_of(pixels, region, side_px=VIEW_PX)
    affine = region.from_crop(VIEW_PX)
    inside = (mesh[:, :2] - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
    return view, inside + 0.5


def texture(view: Rgb, inside: NDArray[np.float64]) -> float:
    """Return how rough the skin is in a view: 0 if it was painted in flat colours.

    The standard deviation of luma, less its slope, over its mean, in patches of 9x9 pixels; the
    seventh of ten in ascending order, since a few patches may lie in flat light or behind hair.
    """
    luma = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
    half = _PATCH_PX // 2
    middles = np.clip(np.rint(inside[list(_SKIN)] - 0.5).astype(int), half, VIEW_PX - 1 - half)
    patches = np.stack(
        [luma[y - half : y + half + 1, x - half : x + half + 1].ravel() for x, y in middles]
    ).astype(np.float64)
    means = np.maximum(patches.mean(axis=1), _LEAST_LUMA)
    rough = (patches @ _without_slope()).std(axis=1) / means
    return float(np.sort(rough)[6])


@lru_cache(maxsize=1)
def _without_slope() -> NDArray[np.float64]:
    """Return the projection (81, 81) that takes mean and slope from a patch."""
    y, x = np.mgrid[0:_PATCH_PX, 0:_PATCH_PX].reshape(2, -1)
    plane = np.stack([x, y, np.ones(x.size)], axis=1)
    projection: NDArray[np.float64] = np.eye(x.size) - plane @ np.linalg.pinv(plane)
    projection.flags.writeable = False
    return projection


def _nearest(seen: Candidates, points: NDArray[np.float64]) -> tuple[float, float]:
    """Return the score of the best candidate at these points, and how far its own are off."""
    across = points[1] - points[0]
    down = (points[3] + points[4] - points[0] - points[1]) / 2
    span = max(math.hypot(*across), math.hypot(*down), 1e-9)
    off = np.linalg.norm(seen.points.mean(axis=1) - points.mean(axis=0), axis=1) / span
    scores = np.where(off < _MAX_DISPLACEMENT, seen.scores, 0.0)
    best = int(scores.argmax())
    gaps = np.linalg.norm(seen.points[best] - points, axis=1) / span
    return float(scores[best]), float(gaps.mean())
