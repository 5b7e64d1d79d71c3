"""Verification (1:1): whether a face belongs to the account of that name."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.errors import AccountDisabled, LivenessRequired, NotRecognised
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import Clock, FaceEngine, Sealer, UserStore
from facelogin.services.capture import CaptureReader
from facelogin.services.comparison import TemplateComparer
from facelogin.services.decoy import Decoy


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
        self._reader = reader
        self._comparer = TemplateComparer(engine=engine, sealer=sealer)
        self._required_assurance = required_assurance
        self._decoy = Decoy(engine=engine, sealer=sealer, comparer=self._comparer, clock=clock)

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
        if user is None:
            self._decoy.compare(probe)
            raise NotRecognised
        if not self._comparer.matches(user.template, probe, user_id=user.user_id):
            raise NotRecognised
        if user.disabled:
            raise AccountDisabled
        return user
