"""Step-up: a person who is signed in shows the face again, and the session is fresh once more."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.errors import LivenessRequired, NotRecognised
from facelogin.domain.policy import Assurance
from facelogin.services.capture import CaptureReader
from facelogin.services.comparison import TemplateComparer
from facelogin.services.sessions import Issued, Sessions, SignedIn


class StepUp:
    """Compares a face with that of the session's own user, and with nobody else's."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        reader: CaptureReader,
        comparer: TemplateComparer,
        required_assurance: Assurance,
    ) -> None:
        self._sessions = sessions
        self._reader = reader
        self._comparer = comparer
        self._required_assurance = required_assurance

    def confirm(self, signed_in: SignedIn, images: Sequence[bytes]) -> Issued:
        """Return a new session, with a new token, in the place of the one that asked.

        Raises LivenessRequired where a photo is not enough, NotRecognised for a wrong face, an
        ImageRefused or InvalidRequest for images that can't be used (the session stays), and
        SessionRequired where it has ended meanwhile, or StoreUnavailable.
        """
        if self._required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        user = signed_in.user
        probe = self._reader.read(images)
        if not self._comparer.matches(user.template, probe, user_id=user.user_id):
            raise NotRecognised
        return self._sessions.renew(signed_in, amr=("face",), assurance=Assurance.PHOTO)
