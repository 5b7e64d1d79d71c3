"""The photos that presentations are made from, read once: pixels, mesh, pose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.domain.observation import Observation, Pose
from facelogin.evaluation.pad.geometry import rotation

EYES_PX = 120.0
"""Every portrait is scaled to this distance of the eyes' outer corners."""
EYES_CM = 9.0
"""The same distance on a person."""
PX_PER_CM = EYES_PX / EYES_CM

IMAGE_LEFT_CORNER, IMAGE_RIGHT_CORNER = 33, 263
"""The mesh points at the outer corners of the eyes."""
_REACH_EYES = 4.0
"""What is kept of a photo on each side of the eyes, in distances of the eyes."""
_MIN_EYES_PX = 40.0
_MAX_YAW_DEG, _MAX_PITCH_DEG = 12.0, 15.0


class Observer(Protocol):
    """What is needed of a face engine."""

    def observe(self, image: bytes) -> Observation:
        """Return the faces in an encoded image."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """One person's photo. ``mesh`` is (468, 3) in its pixels; ``pose`` is the head's in it."""

    pixels: Rgb = field(repr=False)
    mesh: FloatArray = field(repr=False)
    pose: Pose

    @property
    def eyes_px(self) -> NDArray[np.float64]:
        """The middle between the outer corners of the eyes, (3,), pixels."""
        corners = self.mesh[[IMAGE_LEFT_CORNER, IMAGE_RIGHT_CORNER]]
        return np.asarray(corners.mean(axis=0), np.float64)

    @property
    def turn(self) -> NDArray[np.float64]:
        """The rotation that the head has in the photo, (3, 3)."""
        return rotation(self.pose.yaw_deg, self.pose.pitch_deg, self.pose.roll_deg)

    def upright_cm(self) -> NDArray[np.float64]:
        """The mesh as of a head that looks into the camera, (468, 3), cm from between the eyes."""
        return np.asarray((self.mesh - self.eyes_px) @ self.turn / PX_PER_CM)

    def pixels_at(self, upright_cm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where points of the upright head are in the photo, (n, 2)."""
        turned = upright_cm @ self.turn.T
        return np.asarray(turned[:, :2] * PX_PER_CM + self.eyes_px[:2])


def read_portraits(observer: Observer, photos: Iterable[Rgb]) -> Iterator[Portrait]:
    """Yield the portraits among ``photos``, in order, leaving out what is none."""
    for pixels in photos:
        portrait = read_portrait(observer, pixels)
        if portrait is not None:
            yield portrait


def read_portrait(observer: Observer, pixels: Rgb) -> Portrait | None:
    """Return the portrait in a photo, scaled and cut to size.

    None unless there is one whole face that looks roughly into the camera and is not too small.
    """
    faces = observer.observe(_encoded(pixels)).faces
    if len(faces) != 1 or faces[0].cut_off:
        return None
    face = faces[0]
    if face.mesh is None or face.pose is None or not _faces_camera(face.pose):
        return None
    eyes_px = _eyes_px(face.mesh)
    if eyes_px < _MIN_EYES_PX:
        return None
    return _scaled(pixels, face.mesh, face.pose, scale=EYES_PX / eyes_px)


def _faces_camera(pose: Pose) -> bool:
    return abs(pose.yaw_deg) <= _MAX_YAW_DEG and abs(pose.pitch_deg) <= _MAX_PITCH_DEG


def _eyes_px(mesh: FloatArray) -> float:
    across = mesh[IMAGE_RIGHT_CORNER] - mesh[IMAGE_LEFT_CORNER]
    return float(np.linalg.norm(across))


def _scaled(pixels: Rgb, mesh: FloatArray, pose: Pose, *, scale: float) -> Portrait:
    eyes = mesh[[IMAGE_LEFT_CORNER, IMAGE_RIGHT_CORNER], :2].mean(axis=0)
    reach = _REACH_EYES * EYES_PX / scale
    height, width = pixels.shape[:2]
    left, top = (max(0, int(eyes[axis] - reach)) for axis in (0, 1))
    right, bottom = min(width, int(eyes[0] + reach) + 1), min(height, int(eyes[1] + reach) + 1)
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    cut = cv2.resize(
        np.ascontiguousarray(pixels[top:bottom, left:right]),
        None,
        fx=scale,
        fy=scale,
        interpolation=method,
    )
    moved = (mesh - (left, top, 0.0) + (0.5, 0.5, 0.0)) * scale - (0.5, 0.5, 0.0)
    return Portrait(np.asarray(cut, np.uint8), moved.astype(np.float32), pose)


def _encoded(pixels: Rgb) -> bytes:
    return cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, ::-1]))[1].tobytes()
