"""How somebody, or something, is held before the camera in one moment, and in which light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from facelogin.domain.models import Rgb

Colour = tuple[float, float, float]
"""Red, green, blue, each 0 to 1."""

DARK: Colour = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Stance:
    """Angles as of ``domain.observation.Pose``, and where the eyes are.

    ``x_cm`` is right of and ``y_cm`` below the lens' axis, ``away_cm`` the distance from it.
    ``bend`` (0 to 1) is for what can be bent.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    x_cm: float = 0.0
    y_cm: float = 0.0
    away_cm: float = 50.0
    bend: float = 0.0
    eyes_closed: bool = False


class Subject(Protocol):
    """What the camera looks at."""

    def picture(self, stance: Stance, screen: Colour = DARK) -> Rgb:
        """Return the frame, (480, 640, 3), with the light of a screen of that colour on it."""
        ...
