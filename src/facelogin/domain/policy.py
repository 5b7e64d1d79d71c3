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
    ImageRefused,
    SeveralFaces,
    TooBlurred,
    TooBright,
    TooDark,
)
from facelogin.domain.observation import Face, Observation, Pose


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

    Each limit is where the default engine's match rate falls, measured by
    ``facelogin evaluate gates`` (docs/accuracy.md, "What a capture must show, and why").
    """

    second_face_ratio: float = 0.5
    """A second person counts from this width on, in widths of the widest face."""
    min_face_width_px: float = 60.0
    """Of the face box, in image pixels."""
    min_contrast_to_noise: float = 3.5
    """Below it features drown in noise; see ``Face``."""
    max_clipped: float = 0.3
    """Share of the face that is white."""
    max_clipped_in_doubt: float = 0.15
    """As ``max_clipped``, where no face was confirmed, or something seems to cover it: half of what
    a face may show that was recognised as one. White parts hide what a second look goes by."""
    washed_out_luma: float = 200.0
    """Mean of Y' from which features that drown do so in too much light, not in too little."""
    max_yaw_deg: float = 35.0
    """To either side."""
    max_pitch_deg: float = 28.0
    """Up or down."""

    def subject(self, observation: Observation, *, min_sharpness: float) -> Face:
        """Return the one face that this capture is about.

        ``min_sharpness`` is the engine's own figure, on the scale of its ``Face.sharpness``.

        Raises the first of FaceNotFound, SeveralFaces, FaceTooSmall, FaceCutOff, TooBright,
        TooDark, FaceCovered, TooBlurred, FaceTurnedAway that applies; the last with the detail
        that says which way to turn.
        """
        if not observation.faces or not observation.faces[0].human:
            raise self._nobody(observation.doubtful or next(iter(observation.faces), None))
        face, *others = observation.faces
        if any(other.box.width >= self.second_face_ratio * face.box.width for other in others):
            raise SeveralFaces
        if face.box.width < self.min_face_width_px:
            raise FaceTooSmall
        if face.cut_off:
            raise FaceCutOff
        badly_lit = self.badly_lit(face)
        if badly_lit is not None:
            raise badly_lit
        way_back = self._way_back(face.pose)
        if face.covered is not None and way_back is None:  # a turn hides things, too
            if face.clipped > self.max_clipped_in_doubt:
                raise TooBright
            raise FaceCovered(detail=face.covered)
        if not face.sharpness >= min_sharpness:  # what was not measured is not sharp either
            raise TooBlurred
        if way_back is not None:
            raise FaceTurnedAway(detail=way_back)
        return face

    def _nobody(self, doubtful: Face | None) -> ImageRefused:
        """Return why nobody is seen: the light, if it is bad on what might have been a face."""
        if doubtful is None:
            return FaceNotFound()
        if doubtful.clipped > self.max_clipped_in_doubt:
            return TooBright()
        return self.badly_lit(doubtful) or FaceNotFound()

    def badly_lit(self, face: Face) -> TooBright | TooDark | None:
        """Return why the light of a face would not do, or None.

        White areas are too much light. Features that drown in noise are too little, unless the
        whole face is nearly white: a camera may have made the picture brighter, and the noise too.
        """
        if not face.clipped <= self.max_clipped:
            return TooBright()
        if face.contrast_to_noise >= self.min_contrast_to_noise:
            return None
        return TooBright() if face.mean_luma >= self.washed_out_luma else TooDark()

    def _way_back(self, pose: Pose | None) -> str | None:
        if pose is None:
            return None
        return way_back(pose, max_yaw_deg=self.max_yaw_deg, max_pitch_deg=self.max_pitch_deg)


def way_back(pose: Pose, *, max_yaw_deg: float, max_pitch_deg: float) -> str | None:
    """Return what a head that is turned too far should do, None if it isn't.

    Of two angles beyond their limits, the one farther beyond is told.
    """
    yaw, pitch = pose.yaw_deg / max_yaw_deg, pose.pitch_deg / max_pitch_deg
    if max(abs(yaw), abs(pitch)) <= 1:
        return None
    if abs(yaw) >= abs(pitch):
        return "turn_right" if yaw > 0 else "turn_left"
    return "lower_chin" if pitch > 0 else "lift_chin"


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """Who may register over the network, and what they must show and agree to."""

    mode: RegistrationMode
    required_assurance: Assurance
    consent_required: bool
    notice_version: str


@dataclass(frozen=True, slots=True)
class WorkPolicy:
    """How much one worker takes on: face jobs at once, and more that wait; the largest request."""

    running: int = 2
    waiting: int = 8
    largest_request_bytes: int = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session lasts: unused, at the most, and how long a login counts as fresh."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    fresh: timedelta = timedelta(minutes=5)
