"""Whether a probe shows the person of a sealed template."""

from __future__ import annotations

import logging

from facelogin.domain import matching
from facelogin.domain.calibration import TARGET_FMR
from facelogin.domain.errors import SealError, UnknownKey
from facelogin.domain.measures import NO_MEASURES, STAGE_SECONDS, timed
from facelogin.domain.models import SealedTemplate, User
from facelogin.domain.ports import FaceEngine, Measures, Sealer
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.capture import Shown

_log = logging.getLogger(__name__)


class TemplateComparer:
    """Opens a sealed template and compares it (1:1) with what a request showed."""

    def __init__(
        self,
        *,
        engine: FaceEngine,
        sealer: Sealer,
        audit: Audit,
        target_fmr: float = TARGET_FMR,
        measures: Measures = NO_MEASURES,
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._audit = audit
        self._target_fmr = target_fmr
        self._measures = measures

    def matches(self, user: User, shown: Shown, requester: Requester) -> bool:
        """Return whether the face is near enough; a template that can't be opened never is.

        Such a one was tampered with, or its key is lost: that is recorded.
        """
        try:
            return self.compare(user.template, shown, user_id=user.user_id)
        except SealError as error:
            _log.error("template refused", extra={"user_id": user.user_id, "reason": str(error)})
            self._audit.record(
                Action.TEMPLATE_REFUSED,
                Outcome.REFUSED,
                requester,
                user_id=user.user_id,
                reason="unknown_key" if isinstance(error, UnknownKey) else "seal_broken",
            )
            return False

    def compare(self, sealed: SealedTemplate, shown: Shown, *, user_id: str) -> bool:
        """Return whether the face is near enough.

        The rest of a glimpse is embedded in doubt only. A wrong face, somebody unknown (a decoy)
        and a template that can't be opened are beyond doubt, and take the same time.
        Raises SealError where the template can't be opened.
        """
        calibration, target_fmr = self._engine.calibration, self._target_fmr
        with timed(self._measures, STAGE_SECONDS, "match"):
            template = self._sealer.unseal(sealed, user_id=user_id)
            if shown.glimpse is not None:
                decided = matching.decide_at_a_glimpse(
                    shown.glimpse, template, calibration=calibration, target_fmr=target_fmr
                )
                if decided is not None:
                    return decided
        probe = shown.whole()
        match = matching.verify(
            probe.embedding,
            template,
            calibration=calibration,
            target_fmr=target_fmr,
            probe_images=probe.image_count,
            spread=probe.spread,
        )
        return match.accepted
