"""Tells what covers a face, from what YuNet's heads see at its eyes, nose and mouth.

A logistic regression for each eye and one for the mouth, on the 64 channels of two strides at a few
points of the mesh. YuNet places eyes and mouth by these channels, so they say whether there is one.
The weights come from ``tools/coverings.py``; no face is among them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray
from facelogin.domain.observation import Cover
from facelogin.face.yunet import Candidates

POINTS: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "left_eye": ((33, 133), (1,), (151,)),
    "right_eye": ((263, 362), (1,), (151,)),
    "mouth": ((1,), (61,), (291,), (13, 14), (152,)),
}
"""Where each part is judged: at the means of these points of the mesh. Left is the image's."""
_FINE, _COARSE = 8, 16
_FILE = "coverings.json"


@dataclass(frozen=True, slots=True)
class Part:
    """The regression of one part: covered if ``weights`` @ features + ``bias`` is above 0."""

    weights: FloatArray = field(repr=False)
    bias: float


class Coverings:
    """Judges whether eyes and mouth are free."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts

    def of(self, seen: Candidates, mesh: NDArray[np.float64]) -> Cover | None:
        """Return what is covered; ``mesh`` (468, 2) is in continuous pixels of the view."""
        if self.excess(seen, mesh, "mouth") > 0:
            return Cover.MOUTH
        if max(self.excess(seen, mesh, part) for part in ("left_eye", "right_eye")) > 0:
            return Cover.EYES
        return None

    def excess(self, seen: Candidates, mesh: NDArray[np.float64], part: str) -> float:
        """Return how far a part is beyond its limit, in logits."""
        fitted = self._parts[part]
        return float(features_of(seen, mesh, part) @ fitted.weights) + fitted.bias


def features_of(seen: Candidates, mesh: NDArray[np.float64], part: str) -> FloatArray:
    """Return the features of one part, (points * 128,): per point stride 8, then stride 16."""
    points = np.stack([mesh[list(numbers)].mean(axis=0) for numbers in POINTS[part]])
    fine, coarse = _sampled(seen.fine, points / _FINE), _sampled(seen.coarse, points / _COARSE)
    return np.concatenate([fine, coarse], axis=1).ravel()


def read_coverings() -> Coverings:
    """Read the table in the package."""
    text = (resources.files("facelogin.face") / _FILE).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    parts = {
        name: Part(np.array(part["weights"], np.float32), float(part["bias"]))
        for name, part in document["parts"].items()
    }
    return Coverings(parts)


def _sampled(planes: FloatArray, points: NDArray[np.float64]) -> FloatArray:
    """Return the planes, (channels, height, width), bilinearly at points in cells, (n, channels).

    The middle of the first cell is (.5, .5); beyond the border the nearest cell holds.
    """
    height, width = planes.shape[1:]
    x = np.clip(points[:, 0] - 0.5, 0, width - 1.001)
    y = np.clip(points[:, 1] - 0.5, 0, height - 1.001)
    left, top = x.astype(int), y.astype(int)
    right_share, low_share = x - left, y - top
    upper = planes[:, top, left] * (1 - right_share) + planes[:, top, left + 1] * right_share
    lower = (
        planes[:, top + 1, left] * (1 - right_share) + planes[:, top + 1, left + 1] * right_share
    )
    return np.asarray((upper * (1 - low_share) + lower * low_share).T, np.float32)
