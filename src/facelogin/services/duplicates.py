"""People who seem to have two accounts: pairs whose faces would pass for one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from facelogin.domain.identification import Candidate
from facelogin.domain.models import EngineRef, User
from facelogin.domain.ports import FaceEngine, Gallery, Recogniser, UserStore


class Duplicates:
    """Compares everybody with everybody at the threshold of a comparison with a name.

    That is, with everybody of the same engine: two accounts of one person whose templates are of
    different engines are not found.
    """

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
        recognisers = {one.ref: one for one in (self._engine, *self._engine.others)}
        widest = {ref: self._threshold(one, 1, 1) for ref, one in recognisers.items()}
        for one, other in self._gallery.pairs(widest):
            limit = self._threshold(recognisers[one.engine], one.image_count, other.image_count)
            if other.distance <= limit:
                users = self._present(one, recognisers), self._present(other, recognisers)
                if users[0] is not None and users[1] is not None:
                    yield users[0], users[1]

    def _threshold(self, recogniser: Recogniser, enrolled: int, probe: int) -> float:
        return recogniser.calibration.threshold(
            target_fmr=self._target_fmr, enrolled=enrolled, probe=probe
        )

    def _present(self, candidate: Candidate, engines: Iterable[EngineRef]) -> User | None:
        """Return the user, if this is still the face that the store has."""
        user = self._users.find_by_id(candidate.user_id)
        return user if user is not None and candidate.stands_for(user, engines) else None
