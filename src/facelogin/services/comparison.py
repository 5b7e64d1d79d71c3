"""Whether a probe shows the person of a sealed template."""

from __future__ import annotations

import logging

from facelogin.domain import matching
from facelogin.domain.errors import SealError
from facelogin.domain.models import SealedTemplate
from facelogin.domain.ports import FaceEngine, Sealer
from facelogin.services.capture import Probe

_log = logging.getLogger(__name__)


class TemplateComparer:
    """Opens a sealed template and compares it (1:1) with what a request showed."""

    def __init__(self, *, engine: FaceEngine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer

    def matches(self, sealed: SealedTemplate, probe: Probe, *, user_id: str) -> bool:
        """Return whether the probe is near enough; a template that can't be opened never is."""
        try:
            return self.compare(sealed, probe, user_id=user_id)
        except SealError as error:
            _log.error("template refused", extra={"user_id": user_id, "reason": str(error)})
            return False

    def compare(self, sealed: SealedTemplate, probe: Probe, *, user_id: str) -> bool:
        """Return whether the probe is near enough.

        Raises SealError where the template can't be opened.
        """
        template = self._sealer.unseal(sealed, user_id=user_id)
        match = matching.verify(
            probe.embedding,
            template,
            engine=self._engine.ref,
            probe_images=probe.image_count,
            thresholds=self._engine.thresholds,
        )
        return match.accepted
