"""Finds faces with BlazeFace (MediaPipe's short-range detector) at any size of input."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Box
from facelogin.face.networks import Network
from facelogin.face.overlap import overlap

COARSE_PX = 160
FINE_PX = 256
FINEST_PX = 384
SEEN_FROM_PX = 16
"""Of faces this wide at the network's input 97 in 100 or more are found, of half of it fewer than
half (60 heads of Labeled Faces in the Wild pasted into 1280x720, inputs of 160 to 768 pixels)."""

_GRID = ((16, 2), (32, 6))
"""(stride in input pixels, anchors per cell) of the two heads."""
_MULTIPLE_PX = 32
_SCORE_LOGIT = 0.0
"""The logit of the published score threshold, 0.5."""
_SAME_FACE_IOU = 0.3


@dataclass(frozen=True, slots=True)
class Detection:
    """A rectangle that may hold a face.

    ``keypoints`` is (6, 2): image-left eye, image-right eye, nose, mouth, image-left ear,
    image-right ear. Coordinates are image pixels and continuous: pixel i covers i to i + 1.
    """

    box: Box
    score: float
    keypoints: FloatArray = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Letterbox:
    """An image scaled into a frame: frame = image * scale + offset, per axis."""

    frame: NDArray[np.float32]
    scale: tuple[float, float]
    offset: tuple[int, int]


class BlazeFace:
    """The detector over its network; holds no state between calls."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, pixels: Rgb, *, long_side_px: int) -> list[Detection]:
        """Return the detections in an image scaled to ``long_side_px``, the widest first.

        The network also fires on clutter: a detection is a face only when the mesh confirms it.
        """
        letterbox = _letterbox(pixels, long_side_px)
        heads = self._network.run(letterbox.frame[None])
        logits = heads["logits"].ravel()
        hits = np.flatnonzero(logits > _SCORE_LOGIT)
        if hits.size == 0:
            return []
        height, width = letterbox.frame.shape[:2]
        points = _to_points(heads["boxes"][0, hits], _anchors(height, width)[hits])
        scores = 1 / (1 + np.exp(-np.clip(logits[hits], -100, 100).astype(np.float64)))
        merged = _merge_overlapping(points, scores)
        found = [_in_image(corners, score, letterbox) for corners, score in merged]
        return sorted(found, key=lambda detection: detection.box.width, reverse=True)


def _letterbox(pixels: Rgb, long_side_px: int) -> _Letterbox:
    height, width = pixels.shape[:2]
    scale = long_side_px / max(height, width)
    inner_w, inner_h = max(1, round(width * scale)), max(1, round(height * scale))
    shrinks = scale < 1
    inner = cv2.resize(
        pixels, (inner_w, inner_h), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    frame_w, frame_h = (-(-side // _MULTIPLE_PX) * _MULTIPLE_PX for side in (inner_w, inner_h))
    left, top = (frame_w - inner_w) // 2, (frame_h - inner_h) // 2
    frame = np.zeros((frame_h, frame_w, 3), np.float32)
    frame[top : top + inner_h, left : left + inner_w] = inner
    return _Letterbox(frame, (inner_w / width, inner_h / height), (left, top))


@lru_cache(maxsize=32)
def _anchors(height: int, width: int) -> FloatArray:
    """Return the anchor centres of an input of that size, (n, 2) x and y; 896 at 256x256."""
    grids = []
    for stride, per_cell in _GRID:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride]
        centres = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride
        grids.append(np.repeat(centres, per_cell, axis=0))
    anchors = np.concatenate(grids).astype(np.float32)
    anchors.flags.writeable = False
    return anchors


def _to_points(regressed: FloatArray, anchors: FloatArray) -> FloatArray:
    """Return (n, 8, 2): two corners of the box and six keypoints, input pixels.

    The network gives centre, size and keypoints, all but the size relative to the anchor.
    """
    values = regressed.reshape(-1, 8, 2)
    centre, half = values[:, 0] + anchors, values[:, 1] / 2
    keypoints = values[:, 2:] + anchors[:, None]
    return np.concatenate([(centre - half)[:, None], (centre + half)[:, None], keypoints], axis=1)


def _merge_overlapping(
    points: FloatArray, scores: NDArray[np.float64]
) -> list[tuple[FloatArray, float]]:
    """Blend detections that overlap by IoU 0.3, weighted by score (BlazeFace, section 3.4)."""
    left = np.argsort(-scores, kind="stable")
    merged = []
    while left.size:
        best = left[0]
        same = overlap(points[left, :2], points[best, :2]) > _SAME_FACE_IOU
        same[0] = True
        group = left[same]
        blend = np.average(points[group], axis=0, weights=scores[group])
        merged.append((blend.astype(np.float32), float(scores[best])))
        left = left[~same]
    return merged


def _in_image(points: FloatArray, score: float, letterbox: _Letterbox) -> Detection:
    offset = np.array(letterbox.offset, np.float32)
    x_y = np.asarray((points - offset) / np.array(letterbox.scale, np.float32), np.float32)
    left, top, right, bottom = (float(edge) for edge in x_y[:2].ravel())
    return Detection(Box(left, top, right - left, bottom - top), score, x_y[2:])
