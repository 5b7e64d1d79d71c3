"""Whether a probe shows the person of a sealed template."""

from __future__ import annotations

import logging

from facelogin.domain import matching
from facelogin.domain.calibration import TARGET_FMR, Calibration
from facelogin.domain.errors import SealError, UnknownKey
from facelogin.domain.measures import NO_MEASURES, STAGE_SECONDS, timed
from facelogin.domain.models import EngineRef, SealedTemplate, User
from facelogin.domain.ports import FaceEngine, Measures, Recogniser, Sealer
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

        Such a one was tampered with, or its key is lost: that is recorded. Of several templates
        the default engine's decides, and never another one beside it: two chances would be twice
        the false-match rate.
        """
        template = user.template_by(one.ref for one in self._recognisers) or user.template
        try:
            return self.compare(template, shown, user_id=user.user_id)
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
        target_fmr = self._target_fmr
        with timed(self._measures, STAGE_SECONDS, "match"):
            template = self._sealer.unseal(sealed, user_id=user_id)
            if shown.glimpse is not None:
                decided = matching.decide_at_a_glimpse(
                    shown.glimpse,
                    template,
                    calibration=self._engine.calibration,
                    target_fmr=target_fmr,
                )
                if decided is not None:
                    return decided
        probe = shown.whole().of(template.engine)
        calibration = self._calibration_of(template.engine)
        if probe is None or calibration is None:
            _log.error("no such engine runs here", extra={"engine": template.engine.id})
            return False
        match = matching.verify(
            probe.embedding,
            template,
            calibration=calibration,
            target_fmr=target_fmr,
            probe_images=probe.image_count,
            spread=probe.spread,
            parts=probe.parts,
        )
        return match.accepted

    @property
    def _recognisers(self) -> tuple[Recogniser, ...]:
        return (self._engine, *self._engine.others)

    def _calibration_of(self, engine: EngineRef) -> Calibration | None:
        return next((one.calibration for one in self._recognisers if one.ref == engine), None)
