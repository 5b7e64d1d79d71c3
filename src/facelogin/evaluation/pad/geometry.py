"""Rotations, and the pinhole camera that everything is seen through."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 640, 480
FIELD_OF_VIEW_DEG = 60.0
"""Of the frame's width, as webcams have it."""
FOCAL_PX = WIDTH_PX / 2 / math.tan(math.radians(FIELD_OF_VIEW_DEG / 2))

Points = NDArray[np.float64]
"""(n, 3): x to the right, y down, z away from the camera."""


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """Return Rz(roll) Ry(yaw) Rx(pitch), with the signs of ``domain.observation.Pose``."""
    (yaw_cos, yaw_sin), (pitch_cos, pitch_sin), (roll_cos, roll_sin) = (
        (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
        for angle in (yaw_deg, pitch_deg, roll_deg)
    )
    about_z = np.array([(roll_cos, -roll_sin, 0), (roll_sin, roll_cos, 0), (0, 0, 1)])
    about_y = np.array([(yaw_cos, 0, -yaw_sin), (0, 1, 0), (yaw_sin, 0, yaw_cos)])
    about_x = np.array([(1, 0, 0), (0, pitch_cos, pitch_sin), (0, -pitch_sin, pitch_cos)])
    return np.asarray(about_z @ about_y @ about_x)


def project(points: Points) -> NDArray[np.float64]:
    """Return where the camera sees points (cm from the lens), (n, 2) pixel indices."""
    middle = ((WIDTH_PX - 1) / 2, (HEIGHT_PX - 1) / 2)
    return np.asarray(points[:, :2] * (FOCAL_PX / points[:, 2:]) + middle)
