"""Everything that can go wrong, drawn as a tree.

    FaceloginError
    ├── ConfigurationError                 the process can't start like this
    │   ├── EngineUnavailable              ... with the templates that its store has
    │   └── WrongKeyRing                   ... because another key ring sealed what the store holds
    ├── BeyondCalibration                  no threshold was measured for a false-match rate
    ├── EvaluationRefused                  this data set says nothing about error rates
    ├── KeyChangeRefused                   the key ring can't be changed as it stands
    ├── StoreFault                         why the store can't be used, for its operator
    ├── SealError                          a sealed template can't be opened
    │   └── UnknownKey                     ... because no key of that id is in the ring
    └── Refusal                            an answer for the client: code + sentence
        ├── NotJson, MediaTypeUnsupported, MethodNotAllowed, NotFound, BodyTooLarge, InvalidRequest
        ├── ConsentRequired, ConsentOutdated
        ├── SessionRequired, NotRecognised, UsernameNeeded
        ├── CrossSite, NotYours, LivenessRequired, LivenessFailed, FreshLoginRequired,
        │   RegistrationClosed, AccountDisabled
        ├── UsernameTaken, EmailTaken, TemplateSuperseded
        ├── ChallengeUnknown, ChallengeSuperseded, ChallengeSpent, ChallengeExpired,
        │   AnswerInProgress
        ├── ImageRefused
        │   ├── ImageUnreadable, ImageTypeUnsupported, ImageAnimated, ImageTooLarge, FrameRefused
        │   └── FaceNotFound, SeveralFaces, FaceTooSmall, TooDark, TooBright, TooBlurred,
        │       FaceTurnedAway, FaceCutOff, FaceCovered
        ├── TooManyAttempts
        │   └── FactorClosed
        ├── Busy, StoreUnavailable, IdentificationUnavailable
        └── InternalError                  a fault of ours; says nothing but that

Those above ``Refusal`` never reach a client. Every ``Refusal`` has a stable ``code`` for programs
and a sentence for the person. Which HTTP status an error becomes is decided once, in
``facelogin.api.errors``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from facelogin.domain.models import EngineRef


class FaceloginError(Exception):
    """Root of everything that facelogin raises on purpose."""


class ConfigurationError(FaceloginError):
    """The process can't start like this; the message says which setting and what is allowed."""


class EngineUnavailable(ConfigurationError):
    """The store has templates of an engine that can't run here, so their people can't sign in."""

    def __init__(self, engine: EngineRef, *, known: Sequence[EngineRef]) -> None:
        """Name the engine, those that can run, and what to do."""
        names = ", ".join(f"{one.id} {one.version}" for one in known)
        super().__init__(
            f"The store has templates of engine {engine.id} {engine.version}, which can't run "
            f"here (these can: {names}). Install what it needs (face-recognition: "
            "`pip install 'facelogin[reference]'` and `pip install --no-deps face_recognition`; an "
            "operator's own network: FACELOGIN_RECOGNISER; other weights: FACELOGIN_WEIGHTS_DIR), "
            "or start the version of facelogin that made them. To serve without these people's "
            "faces, so that they sign in by a recovery code and enrol anew, name it in "
            f"FACELOGIN_ENGINES_GIVEN_UP={engine.id}."
        )
        self.engine = engine


class WrongKeyRing(ConfigurationError):
    """The key ring can't open what the store holds, so nobody could sign in with a face."""

    def __init__(self, *, ring: str, store: str, kid: str | None) -> None:
        """Name both, the key that is missing if it is known, and what to do."""
        missing = f" It was sealed with the key {kid}." if kid else ""
        super().__init__(
            f"The key ring {ring} does not open what the store holds ({store}): they do not belong "
            f"together.{missing} Set FACELOGIN_KEYRING_FILE to the ring of this store, or "
            "FACELOGIN_DATABASE_URL to the store of this ring; `facelogin keys list` counts what "
            "can't be opened. If that ring is lost for good, `facelogin keys bind` goes on without "
            "it: people sign in by a recovery code and enrol anew."
        )


class BeyondCalibration(FaceloginError):
    """A threshold was asked for at a false-match rate that the engine's table doesn't reach.

    ``lowest_fmr`` and ``highest_fmr`` are what it does, for those numbers of images.
    """

    def __init__(
        self,
        *,
        target_fmr: float,
        lowest_fmr: float,
        highest_fmr: float,
        images: str,
        data_set: str,
    ) -> None:
        self.target_fmr = target_fmr
        self.lowest_fmr = lowest_fmr
        self.highest_fmr = highest_fmr
        super().__init__(
            f"The false-match rate {target_fmr:g} is beyond what was measured with this engine: "
            f"{lowest_fmr:g} to {highest_fmr:g} for {images} images ({data_set})."
        )


class EvaluationRefused(FaceloginError):
    """A data set can't be evaluated; the message says why, with counts, and what it needs."""


class ErrorRateExceeded(FaceloginError):
    """An evaluation found a false-match rate beyond what the target allows; it names where."""


class KeyChangeRefused(FaceloginError):
    """The key ring can't be changed as the operator wants; the message says why and what to do."""


class StillInFiles(FaceloginError):
    """Something was erased or replaced, and the database's files still hold bytes of it."""

    def __init__(self) -> None:
        super().__init__(
            "It is done, but bytes of what was erased are still in the database's files, because "
            "somebody reads them without a pause (a backup?). A server that runs goes on by "
            "itself; `facelogin retention run --erase` does so, too, when they are done."
        )


class AuditBroken(FaceloginError):
    """The part of the audit log that was to go does not verify, so nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "The audit log does not verify, so none of it was dropped: `facelogin audit verify` "
            "says what is wrong."
        )


class NotASegment(FaceloginError):
    """A file is not a whole segment of an audit log."""


class StoreFault(FaceloginError):
    """What is wrong with the store's place, in words for its operator.

    The cause of a StoreUnavailable: a client is told that and no more.
    """


class SealError(FaceloginError):
    """A sealed template is not what was sealed, or not for whom it was sealed."""


class UnknownKey(SealError):
    """The sealed template names a key that the key ring does not hold."""


class Refusal(FaceloginError):
    """A request is answered with a stable code and a sentence that a person can act on.

    ``detail`` narrows the code down, as "chin_up" does "face_turned_away": a word for programs.
    ``fields`` names what was wrong with which field of the request; without it, ``usual_field``,
    if the code is about one. ``retry_after_s`` (seconds) tells when the same request may be tried
    again; without it, what is usual for that refusal.
    """

    code: ClassVar[str]
    sentence: ClassVar[str]
    usual_field: ClassVar[str | None] = None
    usual_retry_after_s: ClassVar[int | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        detail: str | None = None,
        fields: Mapping[str, str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.message = message or self.sentence
        self.detail = detail
        usual = {self.usual_field: self.message} if self.usual_field else None
        self.fields = dict(fields) if fields else usual
        self.retry_after_s = self.usual_retry_after_s if retry_after_s is None else retry_after_s
        super().__init__(self.message)


# --- the request itself -----------------------------------------------------------------------


class NotJson(Refusal):
    code = "not_json"
    sentence = "The body of this request is not valid JSON."


class MediaTypeUnsupported(Refusal):
    code = "media_type_unsupported"
    sentence = "Send this as application/json or multipart/form-data."


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    sentence = "This address does not take that method."


class NotFound(Refusal):
    code = "not_found"
    sentence = "There is nothing at this address."


class BodyTooLarge(Refusal):
    code = "body_too_large"
    sentence = "That is too much data for one request. Send smaller or fewer images."

    @classmethod
    def beyond(cls, most_bytes: int, *, advice: str) -> BodyTooLarge:
        """Return the refusal of a body that is larger than this; ``advice`` is what to do."""
        return cls(f"A request like this may carry at most {_size(most_bytes)}. {advice}")


def _size(count: int) -> str:
    for unit, size in (("MiB", 1024**2), ("MB", 1000**2), ("KiB", 1024)):
        if count % size == 0:
            return f"{count // size} {unit}"
    return f"{count:,} bytes"


class InvalidRequest(Refusal):
    code = "invalid_request"
    sentence = "Something in this request is missing or not as it should be."


class ConsentRequired(Refusal):
    code = "consent_required"
    sentence = "Please agree to the privacy notice first."


class ConsentOutdated(Refusal):
    code = "consent_outdated"
    sentence = "The privacy notice has changed. Please read and agree to the current one."


# --- who is asking ----------------------------------------------------------------------------


class SessionRequired(Refusal):
    code = "session_required"
    sentence = "Please sign in first."


class NotRecognised(Refusal):
    """The answer to a wrong face, an unknown username and a template nobody can open alike."""

    code = "not_recognised"
    sentence = "That face does not match."


class UsernameNeeded(Refusal):
    """A face without a name is near two people, so only a name can tell which of them it is."""

    code = "username_needed"
    sentence = "Please type your username."


class CrossSite(Refusal):
    code = "cross_site"
    sentence = "This request came from another site and was refused."


class NotYours(Refusal):
    code = "not_yours"
    sentence = "That belongs to somebody else."


class LivenessRequired(Refusal):
    code = "liveness_required"
    sentence = "A photo is not enough here. Please use the live camera check."


class LivenessFailed(Refusal):
    code = "liveness_failed"
    sentence = "The live camera check did not pass. Please start again."


class FreshLoginRequired(Refusal):
    code = "fresh_login_required"
    sentence = "Please look at the camera once more before changing this."


class RegistrationClosed(Refusal):
    code = "registration_closed"
    sentence = "Registration is closed here. Ask the operator for an account."


class AccountDisabled(Refusal):
    """Raised only after the face matched, so that it tells nothing to a stranger."""

    code = "account_disabled"
    sentence = "This account is disabled. Ask the operator."


# --- accounts ---------------------------------------------------------------------------------


class UsernameTaken(Refusal):
    code = "username_taken"
    sentence = "That username is taken. Please choose another."
    usual_field = "username"


class EmailTaken(Refusal):
    code = "email_taken"
    sentence = "There is already an account with that email."
    usual_field = "email"


class TemplateSuperseded(Refusal):
    """The face of the account was replaced while this request was about to replace it."""

    code = "template_superseded"
    sentence = "Another request has just replaced your face. Please look and try again."


# --- live capture -----------------------------------------------------------------------------


class ChallengeUnknown(Refusal):
    code = "challenge_unknown"
    sentence = "That camera check does not exist. Please start again."


class ChallengeSuperseded(Refusal):
    code = "challenge_superseded"
    sentence = "A newer camera check has taken the place of this one."


class ChallengeSpent(Refusal):
    code = "challenge_spent"
    sentence = "That camera check has been used already. Please start again."


class ChallengeExpired(Refusal):
    code = "challenge_expired"
    sentence = "That camera check took too long. Please start again."


class AnswerInProgress(Refusal):
    """Another answer to the same step is being looked at, so this one is not."""

    code = "answer_in_progress"
    usual_retry_after_s = 2
    sentence = "The pictures of this step are being checked already. Please wait for that answer."


# --- images and the faces in them ---------------------------------------------------------------


class ImageRefused(Refusal):
    """An image, or the face in it, can't be used; the person can take a better one.

    ``picture`` is which of the images that were looked at together, from 0; None if nobody said.
    """

    picture: int | None = None


class ImageUnreadable(ImageRefused):
    code = "image_unreadable"
    sentence = "That image can't be read. Please take it again."


class ImageTypeUnsupported(ImageRefused):
    code = "image_type_unsupported"
    sentence = "Please send a JPEG, PNG or WebP image."


class ImageAnimated(ImageRefused):
    code = "image_animated"
    sentence = "Please send a still image, not an animation."


class ImageTooLarge(ImageRefused):
    code = "image_too_large"
    sentence = "That image has too many pixels. Please send a smaller one."


class FrameRefused(ImageRefused):
    """A frame of a live capture is no picture that a camera check takes; ``detail`` says why."""

    code = "frame_refused"
    sentence = "A picture of this camera check can't be used. Please start again."

    TOO_SMALL, TOO_LONG, SIZES_DIFFER = "too_small", "too_long", "sizes_differ"
    TOO_COMPLEX, NOT_ORDINARY = "too_complex", "not_ordinary"
    _SENTENCES: ClassVar[Mapping[str, str]] = {
        TOO_SMALL: "Frames need at least 96 pixels on each side. Please start again.",
        TOO_LONG: "Frames may have at most 2048 pixels on each side. Please start again.",
        SIZES_DIFFER: "All frames of a step must have one size. Please hold the camera still and "
        "start again.",
        TOO_COMPLEX: "Frames may have at most 12 passes and 200 segments. Please send ordinary "
        "JPEGs.",
        NOT_ORDINARY: "Frames must be baseline or progressive JPEGs with 8 bits per sample.",
    }

    def __init__(self, *, detail: str | None = None) -> None:
        super().__init__(self._SENTENCES.get(detail or ""), detail=detail)


class FaceNotFound(ImageRefused):
    code = "face_not_found"
    sentence = "No face was found. Please look straight at the camera."


class SeveralFaces(ImageRefused):
    code = "several_faces"
    sentence = "There is more than one face. One person at a time, please."


class FaceTooSmall(ImageRefused):
    code = "face_too_small"
    sentence = "Your face is too small in the picture. Please come closer."


class TooDark(ImageRefused):
    code = "too_dark"
    sentence = "It is too dark to see your face. Please find more light."


class TooBright(ImageRefused):
    code = "too_bright"
    sentence = "Your face is too bright in the picture. Please turn away from the light."


class TooBlurred(ImageRefused):
    code = "too_blurred"
    sentence = "The picture is blurred. Please hold still."


class FaceTurnedAway(ImageRefused):
    code = "face_turned_away"
    sentence = "Please look straight at the camera."


class FaceCutOff(ImageRefused):
    code = "face_cut_off"
    sentence = "Part of your face is outside the picture. Please move to the middle."


class FaceCovered(ImageRefused):
    code = "face_covered"
    sentence = "Something covers part of your face. Please take it away."


# --- limits and faults ------------------------------------------------------------------------


class TooManyAttempts(Refusal):
    code = "too_many_attempts"
    sentence = "Too many attempts. Please wait before you try again."


class FactorClosed(TooManyAttempts):
    """No wait opens a closed factor: another factor does, or the operator.

    ``retry_after_s`` is the longest wait there is, by which either may have happened.
    """

    code = "factor_closed"
    sentence = (
        "Signing in with a face is closed for this name after too many failed attempts. Use a "
        "recovery code, or ask the operator."
    )


class Busy(Refusal):
    code = "busy"
    sentence = "The server is busy. Please try again in a moment."


class StoreUnavailable(Refusal):
    """The store did not answer, or did not say whether it kept what it was given."""

    code = "store_unavailable"
    usual_retry_after_s = 5
    sentence = "The database does not answer. Please try again in a moment."


class IdentificationUnavailable(Refusal):
    """Nobody can be found by their face alone now; with a username everything goes on."""

    code = "identification_unavailable"
    usual_retry_after_s = 30
    sentence = "Signing in without a username is not possible right now. Please type yours."


class InternalError(Refusal):
    code = "internal_error"
    sentence = "Something went wrong here. It is not your fault."
