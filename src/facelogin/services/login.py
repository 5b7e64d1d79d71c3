"""Verification (1:1): whether a face belongs to the account of that name."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np

from facelogin.domain import matching
from facelogin.domain.errors import AccountDisabled, LivenessRequired, NotRecognised
from facelogin.domain.models import SealedTemplate, Template, User
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import Clock, FaceEngine, Sealer, UserStore
from facelogin.services.capture import CaptureReader, Probe
from facelogin.services.comparison import TemplateComparer

_DECOY_USER_ID = "decoy"


class Login:
    """Decides whether images show the person that a username names.

    An unknown username runs through the same work against a decoy, a sealed template like any
    other, and is refused whatever its distance.
    """

    def __init__(
        self,
        *,
        users: UserStore,
        engine: FaceEngine,
        reader: CaptureReader,
        sealer: Sealer,
        required_assurance: Assurance,
        clock: Clock,
    ) -> None:
        self._users = users
        self._engine = engine
        self._reader = reader
        self._sealer = sealer
        self._comparer = TemplateComparer(engine=engine, sealer=sealer)
        self._required_assurance = required_assurance
        self._clock = clock
        self._decoy: SealedTemplate | None = None

    def login(self, username: str, images: Sequence[bytes]) -> User:
        """Return the user whose face the images show.

        Raises LivenessRequired where a photo is not enough, NotRecognised for a wrong face and an
        unknown username alike, AccountDisabled only after the face matched, an ImageRefused for
        images that can't be used, or StoreUnavailable.
        """
        if self._required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        return self.verify(username, images)

    def verify(self, username: str, images: Sequence[bytes]) -> User:
        """Compare on the operator's word, whatever assurance a login over the network needs."""
        user = self._users.find_by_username(username)
        probe = self._reader.read(images)
        if not self._matches(user, probe) or user is None:
            raise NotRecognised
        if user.disabled:
            raise AccountDisabled
        return user

    def _matches(self, user: User | None, probe: Probe) -> bool:
        sealed, user_id = (
            (self._sealed_decoy(), _DECOY_USER_ID)
            if user is None
            else (user.template, user.user_id)
        )
        return self._comparer.matches(sealed, probe, user_id=user_id)

    def _sealed_decoy(self) -> SealedTemplate:
        if self._decoy is None:
            direction = np.frombuffer(secrets.token_bytes(128), dtype=np.int8).astype(np.float32)
            decoy = Template(
                template_id=secrets.token_hex(16),
                engine=self._engine.ref,
                embedding=matching.normalise(direction + 0.5),
                image_count=1,
                created_at=self._clock.now(),
            )
            self._decoy = self._sealer.seal(decoy, user_id=_DECOY_USER_ID)
        return self._decoy
