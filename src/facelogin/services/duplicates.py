"""People who seem to have two accounts: pairs whose faces would pass for one another."""

from __future__ import annotations

from collections.abc import Iterator

from facelogin.domain.identification import Candidate
from facelogin.domain.models import User
from facelogin.domain.ports import FaceEngine, Gallery, UserStore


class Duplicates:
    """Compares everybody with everybody at the threshold of a comparison with a name."""

    def __init__(
        self, *, users: UserStore, gallery: Gallery, engine: FaceEngine, target_fmr: float
    ) -> None:
        self._users = users
        self._gallery = gallery
        self._engine = engine
        self._target_fmr = target_fmr

    def pairs(self) -> Iterator[tuple[User, User]]:
        """Yield every two accounts of which either face would be taken for the other's.

        At a false-match rate of 1e-4, one pair in ten thousand of different people is among them.

        Raises IdentificationUnavailable or StoreUnavailable.
        """
        self._gallery.check()
        for one, other in self._gallery.pairs(within=self._threshold(1, 1)):
            if other.distance <= self._threshold(one.image_count, other.image_count):
                users = self._present(one), self._present(other)
                if users[0] is not None and users[1] is not None:
                    yield users[0], users[1]

    def _threshold(self, enrolled: int, probe: int) -> float:
        return self._engine.calibration.threshold(
            target_fmr=self._target_fmr, enrolled=enrolled, probe=probe
        )

    def _present(self, candidate: Candidate) -> User | None:
        """Return the user, if this is still the face that the store has."""
        user = self._users.find_by_id(candidate.user_id)
        if user is None or user.template.template_id != candidate.template_id:
            return None
        return user
