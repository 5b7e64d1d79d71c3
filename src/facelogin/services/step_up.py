"""Step-up: a person who is signed in shows the face again, and the session is fresh once more."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.errors import LivenessRequired, NotRecognised
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.capture import CaptureReader
from facelogin.services.comparison import TemplateComparer
from facelogin.services.sessions import Issued, Sessions, SignedIn
from facelogin.services.throttle import Factor, Throttle


class StepUp:
    """Compares a face with that of the session's own user, and with nobody else's."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        reader: CaptureReader,
        comparer: TemplateComparer,
        required_assurance: Assurance,
        throttle: Throttle,
        audit: Audit,
    ) -> None:
        self._sessions = sessions
        self._reader = reader
        self._comparer = comparer
        self._required_assurance = required_assurance
        self._throttle = throttle
        self._audit = audit

    def confirm(self, signed_in: SignedIn, images: Sequence[bytes], requester: Requester) -> Issued:
        """Return a new session, with a new token, in the place of the one that asked.

        Raises TooManyAttempts, LivenessRequired where a photo is not enough, NotRecognised for a
        wrong face, an ImageRefused or InvalidRequest for images that can't be used (the session
        stays), SessionRequired where it has ended meanwhile, Busy, or StoreUnavailable.
        """
        if self._required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        user = signed_in.user
        with self._throttle.admit(
            Factor.FACE, requester, username=user.username, user=user
        ) as attempt:
            probe = self._reader.read(images)
            attempt.book()
            if not self._comparer.matches(user, probe, requester):
                self._record(Outcome.REFUSED, requester, user, reason=NotRecognised.code)
                raise NotRecognised
            attempt.succeed()
        self._record(Outcome.OK, requester, user)
        return self._sessions.renew(signed_in, amr=("face",), assurance=Assurance.PHOTO)

    def _record(
        self, outcome: Outcome, requester: Requester, user: User, *, reason: str | None = None
    ) -> None:
        self._audit.record(
            Action.STEP_UP,
            outcome,
            requester,
            user_id=user.user_id,
            factor=Factor.FACE,
            reason=reason,
        )
