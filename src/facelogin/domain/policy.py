"""What a capture must show and what assurance a login needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from facelogin.domain.errors import (
    FaceCovered,
    FaceCutOff,
    FaceNotFound,
    FaceTooSmall,
    FaceTurnedAway,
    SeveralFaces,
    TooBlurred,
    TooBright,
    TooDark,
)
from facelogin.domain.observation import Face, Observation


class Assurance(StrEnum):
    """How sure facelogin is that a person, not a picture, was in front of the camera."""

    NONE = "none"
    """Signed in without a face: by a recovery code. No login by face may ask for this."""
    PHOTO = "photo"
    LIVE = "live"

    @property
    def amr(self) -> tuple[str, ...]:
        """The authentication methods that lead to it, by their names in RFC 8176, section 2."""
        return _AMR[self]


_AMR = {
    Assurance.NONE: ("otp",),
    Assurance.PHOTO: ("face",),
    Assurance.LIVE: ("face", "user"),
}


class EngineMovePolicy(StrEnum):
    """Whose sign-in is strong enough to add a template of the default engine."""

    KNOWN_DEVICES = "known_devices"
    """A live one, from a device that has signed in to this account before."""
    OFF = "off"


class RegistrationMode(StrEnum):
    """Who may register over the network: anybody, whoever has an invitation, nobody."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CapturePolicy:
    """The quality a photo needs before it may enrol or verify anybody.

    Widths are of the face box, in image pixels; luma is the mean of Y' over that box (0-255);
    angles are degrees to either side.
    """

    second_face_ratio: float = 0.5
    min_face_width_px: float = 80.0
    min_luma: float = 40.0
    max_luma: float = 220.0
    max_yaw_deg: float = 25.0
    max_pitch_deg: float = 20.0

    def subject(self, observation: Observation, *, min_sharpness: float) -> Face:
        """Return the one face that this capture is about.

        ``min_sharpness`` is the engine's own figure, on the scale of its ``Face.sharpness``.

        Raises the first of FaceNotFound, SeveralFaces, FaceTooSmall, FaceCutOff, TooDark,
        TooBright, FaceCovered, TooBlurred, FaceTurnedAway that applies.
        """
        if not observation.faces or not observation.faces[0].human:
            raise FaceNotFound
        face, *others = observation.faces
        if any(other.box.width >= self.second_face_ratio * face.box.width for other in others):
            raise SeveralFaces
        if face.box.width < self.min_face_width_px:
            raise FaceTooSmall
        if face.cut_off:
            raise FaceCutOff
        if face.mean_luma < self.min_luma:
            raise TooDark
        if face.mean_luma > self.max_luma:
            raise TooBright
        if face.covered is not None and not self._turned_away(face):  # a turn hides things, too
            raise FaceCovered(detail=face.covered)
        if not face.sharpness >= min_sharpness:  # what was not measured is not sharp either
            raise TooBlurred
        if self._turned_away(face):
            raise FaceTurnedAway
        return face

    def _turned_away(self, face: Face) -> bool:
        if face.pose is None:
            return False
        yaw, pitch = abs(face.pose.yaw_deg), abs(face.pose.pitch_deg)
        return yaw > self.max_yaw_deg or pitch > self.max_pitch_deg


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """Who may register over the network, and what they must show and agree to."""

    mode: RegistrationMode
    required_assurance: Assurance
    consent_required: bool
    notice_version: str


@dataclass(frozen=True, slots=True)
class WorkPolicy:
    """How many face jobs one worker runs at once, and how many more may wait for it."""

    running: int = 2
    waiting: int = 8


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session lasts: unused, at the most, and how long a login counts as fresh."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    fresh: timedelta = timedelta(minutes=5)
