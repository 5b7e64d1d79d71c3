"""From images to the template that is kept: where enrolling and enrolling anew are the same."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.errors import ChallengeExpired
from facelogin.domain.models import SealedTemplate
from facelogin.domain.ports import Clock, FaceEngine, Sealer
from facelogin.domain.requester import Requester
from facelogin.services.capture import CaptureReader, Probe


class TemplateMaker:
    """Reads images and seals what they show for one user."""

    def __init__(
        self, *, engine: FaceEngine, reader: CaptureReader, sealer: Sealer, clock: Clock
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._sealer = sealer
        self._clock = clock

    def make(
        self, images: Sequence[bytes], requester: Requester, *, user_id: str
    ) -> SealedTemplate:
        """Return a new template, sealed for the user with that id, who need not exist yet.

        Raises an ImageRefused or InvalidRequest for images that can't be used, TooManyAttempts or
        Busy.
        """
        return self.seal(self._reader.read(images, requester), user_id=user_id)

    def seal(self, probe: Probe, *, user_id: str) -> SealedTemplate:
        """Return what a face becomes at enrolment, sealed for the user with that id.

        Raises ChallengeExpired for a capture that a worker with another engine has begun.
        """
        own = probe.of(self._engine.ref)
        if own is None:
            raise ChallengeExpired
        template = own.as_template(
            calibration=self._engine.calibration, created_at=self._clock.now()
        )
        return self._sealer.seal(template, user_id=user_id)
