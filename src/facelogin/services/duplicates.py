"""People who seem to have two accounts: pairs whose faces would pass for one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from facelogin.domain.identification import Candidate
from facelogin.domain.models import EngineRef
from facelogin.domain.ports import FaceEngine, Gallery, Recogniser, UserStore

_AT_ONCE = 500

Pair = tuple[Candidate, Candidate]


@dataclass(frozen=True, slots=True)
class Account:
    """One of two accounts: as much of it as tells them apart."""

    user_id: str
    username: str
    created_at: datetime


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

    def pairs(self) -> Iterator[tuple[Account, Account]]:
        """Yield every two accounts of which either face would be taken for the other's.

        At a false-match rate of 1e-4, one pair in ten thousand of different people is among them.
        Beside the gallery it takes some 300 bytes for everybody who is in a pair.

        Raises IdentificationUnavailable or StoreUnavailable.
        """
        self._gallery.check()
        recognisers = {one.ref: one for one in (self._engine, *self._engine.others)}
        near = self._near(recognisers)
        known: dict[str, Account | None] = {}
        while some := list(islice(near, _AT_ONCE)):
            self._look_up(some, tuple(recognisers), known)
            for one, other in some:
                accounts = known[one.user_id], known[other.user_id]
                if accounts[0] is not None and accounts[1] is not None:
                    yield accounts[0], accounts[1]

    def _near(self, recognisers: Mapping[EngineRef, Recogniser]) -> Iterator[Pair]:
        widest = {ref: self._threshold(one, 1, 1) for ref, one in recognisers.items()}
        for one, other in self._gallery.pairs(widest):
            limit = self._threshold(recognisers[one.engine], one.image_count, other.image_count)
            if other.distance <= limit:
                yield one, other

    def _threshold(self, recogniser: Recogniser, enrolled: int, probe: int) -> float:
        return recogniser.calibration.threshold(
            target_fmr=self._target_fmr, enrolled=enrolled, probe=probe
        )

    def _look_up(
        self,
        pairs: Sequence[Pair],
        engines: Sequence[EngineRef],
        known: dict[str, Account | None],
    ) -> None:
        """Note whose these candidates are; None if this is no more the face that the store has."""
        new = {one.user_id: one for pair in pairs for one in pair if one.user_id not in known}
        users = {user.user_id: user for user in self._users.find_by_ids(list(new))}
        for user_id, candidate in new.items():
            user = users.get(user_id)
            there = user is not None and candidate.stands_for(user, engines)
            known[user_id] = (
                Account(user.user_id, user.username, user.created_at) if user and there else None
            )
