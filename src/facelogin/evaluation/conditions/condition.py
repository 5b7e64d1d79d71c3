"""What a condition is: a name, and how a photo is put under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from facelogin.domain.models import FloatArray, Rgb

Render = Callable[[Rgb, FloatArray, np.random.Generator], Rgb]
"""From pixels (height, width, 3), the mesh of their face (468, 3) in image pixels, and chance, to
new pixels."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, like "mask" or "jpeg 10"."""

    name: str
    render: Render
