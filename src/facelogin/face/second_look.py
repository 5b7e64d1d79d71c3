"""A second opinion on a fitted mesh: whether an upright human face lies where it says.

The mesh fits a face to whatever it is given, upside-down ones and dogs among them. YuNet, trained
apart from it, looks at the same place, turned upright by the mesh.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.face.arcface_chip import arcface_points
from facelogin.face.region import region_around, square_of
from facelogin.face.yunet import Candidates, YuNet

VIEW_PX = 128
"""The side of what YuNet looks at: the mesh's region, whose middle two thirds are the face."""
_MIN_SCORE = 0.88
"""YuNet's score for faces of Labeled Faces in the Wild is .89 and more (2,459 pictures), for dogs
at most .87."""
_MAX_DISAGREEMENT = 0.2
"""The mean distance of the five points from the mesh's, in the face's span: .08 is usual, one face
in a thousand exceeds .18; upside down and on dogs the median is .36."""
_MAX_DISPLACEMENT = 0.5
"""Of the five points' middle, in spans, from which a candidate is another face."""
_CERTAIN = 0.925
"""No face upside down reaches .92 (1,327 of them)."""
_MIN_LEAD = 0.01
"""How much higher a face must score upright than upside down: .018 is the least of 806."""


class SecondLook:
    """Judges meshes by YuNet; holds no state between calls."""

    def __init__(self, yunet: YuNet) -> None:
        self._yunet = yunet

    def is_human(self, pixels: Rgb, mesh: FloatArray) -> bool:
        """Return whether an upright human face lies where this mesh, shape (468, 3), does."""
        view, points = view_of(pixels, mesh)
        seen = self._yunet.candidates(view)
        score, gap = _nearest(seen, points)
        if score < _MIN_SCORE or gap > _MAX_DISAGREEMENT:
            return False
        if score >= _CERTAIN:
            return True
        turned = self._yunet.candidates(np.ascontiguousarray(view[::-1, ::-1]))
        return score - float(turned.scores.max()) >= _MIN_LEAD


def view_of(pixels: Rgb, mesh: FloatArray) -> tuple[Rgb, NDArray[np.float64]]:
    """Return the face turned upright, (128, 128, 3), and its eyes, nose and mouth corners (5, 2).

    The points are the mesh's, in continuous pixels of that view.
    """
    region = region_around(mesh)
    view = square_of(pixels, region, side_px=VIEW_PX)
    affine = region.from_crop(VIEW_PX)
    inside = (arcface_points(mesh) - affine[:, 2]) @ np.linalg.inv(affine[:, :2]).T
    return view, inside + 0.5


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
