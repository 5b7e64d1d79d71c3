"""Tells what covers a face, from what YuNet's heads see at its eyes, nose and mouth.

Logistic regressions, for each eye, both eyes and the mouth, on the 64 channels of two strides at a
few points of the mesh: YuNet places eyes and mouth by these channels, so they say whether there is
one. For the eyes, also on how their tone differs from the skin's, point by point and in order:
dark glass dims all of it, a shadow only some. The weights come from
``tools/coverings.py``; no face is among them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Cover
from facelogin.face.yunet import Candidates

_POINTS = np.array(
    [(33, 133), (263, 362), (1, 1), (151, 151), (61, 61), (291, 291), (13, 14), (152, 152)]
)
"""Where channels are taken, each in the middle of two points of the mesh: the eye on the image's
left, the other one, nose, forehead, corners of the mouth, lips, chin."""
_TONES = np.array(
    [
        *[(33, 133), (27, 27), (223, 223), (230, 230), (229, 229), (226, 226), (232, 232)],
        *[(263, 362), (257, 257), (443, 443), (450, 450), (449, 449), (446, 446), (452, 452)],
        *[(50, 50), (280, 280), (205, 205), (425, 425), (151, 151), (4, 4)],
    ]
)
"""Where tones are taken: on an eye, on its lids, below, outside and inside; the same of the other;
and the skin of cheeks, forehead and nose."""
_SKIN = 14
"""Where the skin begins in ``_TONES``."""
_OF_AN_EYE = 7
"""Points of one eye in ``_TONES``: the first lies on it, the others on skin around it."""
_KNOTS = (-0.2, -0.4, -0.6, -0.8, -1.0)
"""Logarithms of luma above which what lies around an eye counts once more."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Which rows of ``_POINTS`` and ``_TONES`` a part is judged by."""

    points: tuple[int, ...]
    tones: tuple[int, ...] = ()


_PARTS: Mapping[str, _Places] = {
    "mouth": _Places((2, 4, 5, 6, 7)),
    "eyes": _Places((0, 1, 2, 3), tuple(range(14))),
    "left_eye": _Places((0, 2, 3), tuple(range(7))),
    "right_eye": _Places((1, 2, 3), tuple(range(7, 14))),
}
PARTS = tuple(_PARTS)
"""What is judged. Left is the image's."""
_FINE, _COARSE = 8, 16
_TONE_PX = 5
_DARK = 4.0
"""Grey levels added before a logarithm, so that black is no abyss."""
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

    def of(self, view: Rgb, seen: Candidates, mesh: NDArray[np.float64]) -> Cover | None:
        """Return what is covered in a view, if anything.

        ``mesh`` (468, 2) is in continuous pixels of the view, ``seen`` what YuNet sees in it.
        """
        for part, features in features_of(view, seen, mesh).items():
            fitted = self._parts[part]
            if float(features @ fitted.weights) + fitted.bias > 0:
                return Cover.MOUTH if part == "mouth" else Cover.EYES
        return None


def features_of(view: Rgb, seen: Candidates, mesh: NDArray[np.float64]) -> Mapping[str, FloatArray]:
    """Return each part's features: YuNet's channels at its points, then the tones there.

    (points * 128 + tones * 4 + around * 8,): of a point stride 8, then stride 16; of a tone red,
    green, blue and grain; of the skin around the eyes what ``_in_order`` says.
    """
    points = mesh[_POINTS].mean(axis=1)
    channels = np.concatenate(
        [_sampled(seen.fine, points / _FINE), _sampled(seen.coarse, points / _COARSE)], axis=1
    )
    tones = _tones(view, mesh[_TONES].mean(axis=1))
    return {
        part: np.concatenate(
            [
                channels[list(at.points)].ravel(),
                tones[list(at.tones)].ravel(),
                _in_order(tones[[row for row in at.tones if row % _OF_AN_EYE]]),
            ]
        )
        for part, at in _PARTS.items()
    }


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


def _tones(view: Rgb, points: NDArray[np.float64]) -> FloatArray:
    """Return how points differ from the skin, whose own come last: (n, 4) for the others.

    Logarithms of red, green and blue, and the grain: the standard deviation of luma over its mean;
    all in squares of 5 pixels.
    """
    half = _TONE_PX // 2
    limit = np.array(view.shape[1::-1]) - 1 - half
    middles = np.clip(np.rint(points - 0.5).astype(int), half, limit)
    steps = np.arange(-half, half + 1)
    rows = middles[:, 1, None, None] + steps[:, None]
    columns = middles[:, 0, None, None] + steps
    squares = view[rows, columns].astype(np.float64)
    luma = squares.mean(axis=3)
    grain = luma.std(axis=(1, 2)) / (luma.mean(axis=(1, 2)) + _DARK)
    tones = np.column_stack([np.log(squares.mean(axis=(1, 2)) + _DARK), grain])
    return np.asarray(tones[:_SKIN] - tones[_SKIN:].mean(axis=0), np.float32)


def _in_order(tones: FloatArray) -> FloatArray:
    """Return tones (n, 4) of one region as they don't say where in it: (n * 8,), each ascending.

    Luma, grain, red less blue, and how much luma is above each of ``_KNOTS``.
    """
    luma = np.sort(tones[:, :3].mean(axis=1))
    grain, warmth = np.sort(tones[:, 3]), np.sort(tones[:, 0] - tones[:, 2])
    above = [np.maximum(luma - knot, 0) for knot in _KNOTS]
    return np.concatenate([luma, grain, warmth, *above])
