"""Orders of turns that somebody has begun to see, kept for their next try.

A live capture that ends for want of frames is no guess. If its order were drawn anew each time,
whoever has one prepared clip could have it drawn again, for nothing, until it fits.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from facelogin.domain.challenge import Direction
from facelogin.domain.errors import Busy, SealError
from facelogin.domain.models import KeptChallenge
from facelogin.domain.ports import ChallengeBox, ChallengeStore, Clock, Pseudonyms

_KEPT_FOR = timedelta(days=7)
_PURPOSE = "order"
_RACES = 20
_SOON_S = 1

Order = tuple[Direction, ...]


class KeptOrders:
    """Keeps at most one order for each of those who try, sealed, beside the live captures."""

    def __init__(
        self, *, store: ChallengeStore, box: ChallengeBox, pseudonyms: Pseudonyms, clock: Clock
    ) -> None:
        self._store = store
        self._box = box
        self._pseudonyms = pseudonyms
        self._clock = clock

    def take(self, whose: str) -> Order | None:
        """Return the order that is kept, which nobody else gets; None if there is none.

        Raises Busy, StoreUnavailable.
        """
        for _ in range(_RACES):
            found = self._store.find(self._key(whose))
            order = self._opened(found)
            if found is None or order is None:
                return None
            if self._store.put(self._sealed(whose, (), found), after=found):
                return order
        raise Busy(retry_after_s=_SOON_S)

    def keep(self, whose: str, order: Order) -> bool:
        """Keep an order for the next try; False, and nothing changes, if another one is kept.

        Raises Busy, StoreUnavailable.
        """
        for _ in range(_RACES):
            found = self._store.find(self._key(whose))
            kept = self._opened(found)
            if kept is not None:
                return kept == order
            if self._store.put(self._sealed(whose, order, found), after=found):
                return True
        raise Busy(retry_after_s=_SOON_S)

    def _opened(self, found: KeptChallenge | None) -> Order | None:
        if found is None or found.expires_at <= self._clock.now():
            return None
        try:
            state = self._box.open(
                found.sealed,
                challenge_id=found.challenge_id,
                purpose=found.purpose,
                expires_at=found.expires_at,
            )
        except SealError:
            return None  # of a key that is gone: as if it had expired
        return tuple(Direction(one) for one in json.loads(state)) or None

    def _sealed(
        self, whose: str, order: Sequence[Direction], before: KeptChallenge | None
    ) -> KeptChallenge:
        expires_at, key = _whole_ms(self._clock.now() + _KEPT_FOR), self._key(whose)
        return KeptChallenge(
            capture=key,
            challenge_id=key,
            purpose=_PURPOSE,
            sealed=self._box.seal(
                json.dumps(order).encode(),
                challenge_id=key,
                purpose=_PURPOSE,
                expires_at=expires_at,
            ),
            superseded=(),
            revision=secrets.randbits(48) if before is None else before.revision + 1,
            expires_at=expires_at,
        )

    def _key(self, whose: str) -> str:
        """Return a key that no capture has, whose keys are the hex of a SHA-256."""
        return f"order:{self._pseudonyms.of('order', whose)}"


def _whole_ms(moment: datetime) -> datetime:
    """Return the moment as stores keep it: a seal names it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
