"""Looks at a picture from other sides if it shows no upright face as it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from facelogin.domain.models import Rgb
from facelogin.domain.observation import Face, Observation

_QUARTER_TURNS = (2, 1, 3)
"""In which a picture is looked at then, anticlockwise: upside down first."""


def observe_upright(pixels: Rgb, look: Callable[[Rgb], tuple[Face, ...]]) -> Observation:
    """Return the faces of a picture that are human and upright, as ``look`` finds them.

    If there is none, the picture is turned by 180, 90 and 270 degrees, for cameras that don't say
    how they were held. The observation's pixels are then the turned ones; if that doesn't help
    either, there is no face: the first that has a doubtful one, or else the pixels given.
    """
    doubtful: tuple[int, tuple[Face, ...]] = (0, ())
    for quarters in (0, *_QUARTER_TURNS):
        seen = _seen(pixels, quarters, look)
        if seen.faces:
            return seen
        if seen.doubtful is not None and not doubtful[1]:
            doubtful = quarters, (seen.doubtful,)
        del seen  # with its pixels: of a large picture, never more than two are in memory
    quarters, found = doubtful
    return Observation.of(_turned(pixels, quarters), found)


def _seen(pixels: Rgb, quarters: int, look: Callable[[Rgb], tuple[Face, ...]]) -> Observation:
    turned = _turned(pixels, quarters)
    return Observation.of(turned, look(turned))


def _turned(pixels: Rgb, quarters: int) -> Rgb:
    return np.ascontiguousarray(np.rot90(pixels, quarters)) if quarters else pixels
