"""The template that a probe is compared with where a username is nobody's."""

from __future__ import annotations

import secrets
from contextlib import suppress

import numpy as np

from facelogin.domain import matching
from facelogin.domain.errors import SealError
from facelogin.domain.models import SealedTemplate, Template
from facelogin.domain.ports import Clock, FaceEngine, Sealer
from facelogin.services.capture import Shown
from facelogin.services.comparison import TemplateComparer

_USER_ID = "decoy"


class Decoy:
    """A sealed template of nobody, so that an unknown name costs what a known one costs."""

    def __init__(
        self, *, engine: FaceEngine, sealer: Sealer, comparer: TemplateComparer, clock: Clock
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._comparer = comparer
        self._clock = clock
        self._sealed: SealedTemplate | None = None

    def compare(self, shown: Shown) -> None:
        """Do the work of one comparison that is refused; whom the face resembles doesn't matter.

        A decoy that no longer opens, its key being retired, is sealed anew.
        """
        try:
            self._comparer.compare(self._sealed or self._seal(), shown, user_id=_USER_ID)
        except SealError:
            with suppress(SealError):
                self._comparer.compare(self._seal(), shown, user_id=_USER_ID)

    def _seal(self) -> SealedTemplate:
        numbers = secrets.token_bytes(self._engine.dimension)
        direction = np.frombuffer(numbers, dtype=np.int8).astype(np.float32)
        template = Template(
            template_id=secrets.token_hex(16),
            engine=self._engine.ref,
            embedding=matching.normalise(direction + 0.5),
            image_count=1,
            created_at=self._clock.now(),
        )
        self._sealed = self._sealer.seal(template, user_id=_USER_ID)
        return self._sealed
