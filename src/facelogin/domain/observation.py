"""What the engine saw in one image, before anybody decides whether that is good enough."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from facelogin.domain.models import FloatArray, Rgb


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in image pixels, origin top left, x to the right, y down."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head points, degrees. 0, 0, 0 faces the camera.

    ``yaw_deg`` is positive where the nose moves towards larger x of the unmirrored image (the
    person's own left), ``pitch_deg`` positive looking up, ``roll_deg`` positive clockwise as seen
    in the image.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


class Cover(StrEnum):
    """What something covers: the details of the refusal ``face_covered``."""

    MOUTH = "mouth"
    EYES = "eyes"
    """One or both."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face: where it is, how it is lit, focused and turned.

    ``landmarks`` holds the five points that place the chip, shape (5, 2), image pixels.
    ``mesh`` holds 468 points, shape (468, 3), x and y in image pixels, z in the same unit (towards
    the camera is negative); None from an engine without a mesh. ``pose`` is None likewise.
    ``mean_luma`` is the mean of Y' (ITU-R BT.601) over the box, 0-255. ``sharpness`` grows with
    focus; its scale belongs to the engine; NaN where it was not measured. ``cut_off`` is True where
    the border cuts the face. ``eyes_px`` is the distance of the outer corners of the eyes in the
    image. ``chip`` is the face cut out as the engine's network wants it, where the engine has done
    so; its shape is its own. ``human`` is False if a second look found no upright human face there;
    True also where none was taken. ``covered`` is what that look found covered, if anything.
    """

    box: Box
    score: float
    landmarks: FloatArray = field(repr=False)
    mesh: FloatArray | None = field(repr=False)
    pose: Pose | None
    mean_luma: float
    sharpness: float
    cut_off: bool
    eyes_px: float = 0.0
    contrast_to_noise: float = math.inf
    """How far features stand out from noise: a ratio of deviations of Y' (``quality.exposure``)."""
    clipped: float = 0.0
    """The share (0-1) of the face that is white."""
    chip: Rgb | None = field(default=None, repr=False, compare=False)
    human: bool = True
    covered: Cover | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """An image and the faces in it, the largest first. Lives for one request and is never kept.

    ``doubtful`` is what looked most like a face where none was confirmed: the light on it may say
    why. It is never embedded.
    """

    pixels: Rgb = field(repr=False)
    faces: tuple[Face, ...]
    doubtful: Face | None = None

    @classmethod
    def of(cls, pixels: Rgb, found: Sequence[Face]) -> Observation:
        """Return an image with what of ``found``, the most important first, is human."""
        faces = tuple(face for face in found if face.human)
        return cls(pixels, faces, found[0] if found and not faces else None)


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the nose has left the plane of eyes, brows and mouth since the step's first frame.

    ``right`` and ``down`` (image axes) are what remains of the nose's movement after the homography
    that the other points followed, ``noise`` the root-mean-square of what remains of theirs; all in
    spans of the outer eye corners in that first frame. Measured by following pixels.
    """

    right: float
    down: float
    noise: float

    @property
    def size(self) -> float:
        """The larger of both ways."""
        return max(abs(self.right), abs(self.down))


@dataclass(frozen=True, slots=True)
class Hue:
    """Means of log(R/G) and log(B/G) over some pixels (R', G', B' as encoded, natural log)."""

    red: float
    blue: float


@dataclass(frozen=True, slots=True)
class Glow:
    """How a face is coloured: cheeks and forehead, and what is beside it, None where nothing is."""

    skin: Hue
    background: Hue | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One frame of a step: what is in it, and the nose's shift since the step's first frame.

    ``shift`` is None in the first frame, where there is no face, and from where its points were
    lost.
    """

    observation: Observation
    shift: Shift | None
