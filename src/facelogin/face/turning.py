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
    seen = [Observation.of(pixels, look(pixels))]
    for quarters in _QUARTER_TURNS:
        if seen[-1].faces:
            return seen[-1]
        turned = np.ascontiguousarray(np.rot90(pixels, quarters))
        seen.append(Observation.of(turned, look(turned)))
    if seen[-1].faces:
        return seen[-1]
    return next((one for one in seen if one.doubtful is not None), seen[0])
