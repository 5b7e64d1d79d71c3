"""Follows points of a face from frame to frame by their pixels, and measures parallax with them.

The mesh says where to look: in the first frame, and where a point was lost. Were its own points
compared, its idea of what a face is like would give depth to a bent photo; pixels know nothing of
faces. Pyramidal Lucas-Kanade (Bouguet, 2001), forwards and back again.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Shift

_LEFT_EYE_OUTER, _RIGHT_EYE_OUTER = 33, 263
_EYES = (33, 133, 263, 362, 159, 145, 386, 374)
_BROWS = (46, 53, 52, 65, 55, 276, 283, 282, 295, 285)
_MOUTH_CORNERS = (61, 291)
_PLANE = (*_EYES, *_BROWS, *_MOUTH_CORNERS)
_NOSE = (1, 4, 5, 195, 44, 274, 45, 275, 19, 94)

_WINDOW_PX = 17
_LEVELS, _LEVELS_NEAR = 3, 1
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.01)
_MAX_WAY_BACK = 0.05
"""How far, in spans of the eyes, a point may end from where it began when followed back."""
_MIN_PLANE_POINTS = 10
_MIN_NOSE_POINTS = 2


class Flow:
    """Points of one face, followed through the frames of one step. Not to be shared."""

    def __init__(self, pixels: Rgb, mesh: FloatArray) -> None:
        """Begin with the points of ``mesh``, shape (468, 3), image pixels, in the first frame."""
        across = mesh[_RIGHT_EYE_OUTER, :2] - mesh[_LEFT_EYE_OUTER, :2]
        self._span = max(math.hypot(*across), 1.0)
        self._start = _followed(mesh)
        self._points = self._start
        self._mesh: FloatArray | None = self._start
        self._alive = np.ones(len(self._start), np.bool_)
        self._grey = _grey(pixels)

    def follow(self, pixels: Rgb, mesh: FloatArray | None = None) -> Shift | None:
        """Return the nose's shift in the next frame, None where too many points were lost.

        A point that was lost is looked for once more near where ``mesh``, that of the same face in
        this frame, moved; it stands if its pixels lead there and back. Else it stays lost.
        """
        grey = _grey(pixels)
        moved, found = self._there_and_back(grey, self._points)
        lost = np.flatnonzero(self._alive & ~found)
        placed = None if mesh is None else _followed(mesh)
        if placed is not None and self._mesh is not None and len(lost):
            by = placed[lost] - self._mesh[lost]
            moved[lost], found[lost] = self._there_and_back(grey, self._points[lost], by)
        self._alive &= found
        self._points, self._grey, self._mesh = moved, grey, placed
        return self._shift()

    def _there_and_back(
        self, grey: NDArray[np.uint8], points: FloatArray, by: FloatArray | None = None
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return where points are in the next frame, and whether they end where they began.

        ``by`` is how far each is thought to have moved; then only its neighbourhood is searched.
        """
        moved, found = _track(self._grey, grey, points, by)
        back, found_back = _track(grey, self._grey, moved, None if by is None else -by)
        astray = np.linalg.norm(back - points, axis=1)
        return moved, found & found_back & (astray <= _MAX_WAY_BACK * self._span)

    def _shift(self) -> Shift | None:
        plane, nose = self._alive[: len(_PLANE)], self._alive[len(_PLANE) :]
        if plane.sum() < _MIN_PLANE_POINTS or nose.sum() < _MIN_NOSE_POINTS:
            return None
        before, now = self._start[: len(_PLANE)][plane], self._points[: len(_PLANE)][plane]
        homography, _ = cv2.findHomography(before, now, 0)
        mapped = _mapped(self._start, np.asarray(homography, np.float64))
        left_over = (self._points - mapped) / self._span
        if not np.isfinite(left_over).all():
            return None
        right, down = np.median(left_over[len(_PLANE) :][nose], axis=0)
        of_plane = left_over[: len(_PLANE)][plane]
        noise = math.sqrt(float(np.mean(np.sum(of_plane**2, axis=1))))
        return Shift(right=float(right), down=float(down), noise=noise)


def eyes_px(mesh: FloatArray) -> float:
    """Return the distance of the outer corners of the eyes of a mesh, shape (468, 3)."""
    return math.dist(mesh[_LEFT_EYE_OUTER, :2], mesh[_RIGHT_EYE_OUTER, :2])


def _grey(pixels: Rgb) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _followed(mesh: FloatArray) -> FloatArray:
    """Return the points of a mesh that are followed, shape (n, 2)."""
    return np.ascontiguousarray(mesh[[*_PLANE, *_NOSE], :2], np.float32)


def _track(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    points: FloatArray,
    by: FloatArray | None,
) -> tuple[FloatArray, NDArray[np.bool_]]:
    guess = points if by is None else points + by
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points.reshape(-1, 1, 2),
        guess.reshape(-1, 1, 2).astype(np.float32),
        winSize=(_WINDOW_PX, _WINDOW_PX),
        maxLevel=_LEVELS if by is None else _LEVELS_NEAR,
        criteria=_STOP,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(moved, np.float32).reshape(-1, 2), np.asarray(found).ravel() == 1


def _mapped(points: FloatArray, homography: NDArray[np.float64]) -> FloatArray:
    """Return points, shape (n, 2), where the homography takes them; nowhere finite for none."""
    if homography.shape != (3, 3):
        return np.full_like(points, np.inf)
    there = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(there[:, :2] / there[:, 2:], np.float32)
