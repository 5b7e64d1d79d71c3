"""One counter in the store, changed by compare-and-set for the length of one request."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from facelogin.domain.errors import Busy, FactorClosed, StoreUnavailable, TooManyAttempts
from facelogin.domain.models import Budget
from facelogin.domain.ports import BudgetStore, Clock
from facelogin.domain.slots import Booking
from facelogin.domain.throttle import HeldBooking, Limits, Tally, moment_ms, moment_of

_RACES = 500
"""How many lost races in a row are too many. A race is lost only to one who wrote, and a wrong
guess writes only as long as the limit lasts, so this takes hundreds of successes at one moment."""

_SOON_S = 1
_RANDOM_BITS = 48


class Counter:
    """Books failures under ``key`` and takes them back; refuses when ``limits`` say so.

    ``account`` is whose counter it is, None for nobody's. ``closed_for`` is how long the store
    keeps a closed counter. ``locked`` is called with the refusal of the first request that is
    turned away. ``booking`` is one that an earlier request made.
    """

    def __init__(
        self,
        *,
        budgets: BudgetStore,
        clock: Clock,
        limits: Limits,
        key: str,
        account: str | None = None,
        closed_for: timedelta,
        locked: Callable[[TooManyAttempts], None],
        booking: Booking | None = None,
    ) -> None:
        self._budgets = budgets
        self._clock = clock
        self._limits = limits
        self._key = key
        self._account = account
        self._closed_for = closed_for
        self._locked = locked
        self._read = False
        self._kept: Budget | None = None
        self._booking = booking

    @property
    def held(self) -> HeldBooking | None:
        """What was booked and is not given back, to be taken up by another request."""
        if self._booking is None:
            return None
        return HeldBooking(self._key, self._account, self._booking)

    def check(self) -> None:
        """Raise TooManyAttempts where nothing may be booked now; StoreUnavailable."""
        now_ms = self._now_ms()
        kept = self._tally(now_ms)
        self._refuse_locked(kept, self._limits.settled(kept, now_ms), now_ms)

    def book(self) -> None:
        """Count one more failure, at once and for all to see.

        Raises TooManyAttempts where that is one too many, Busy where more races were lost than can
        be, or StoreUnavailable (then it may have been counted).
        """
        for _ in range(_RACES):
            now_ms = self._now_ms()
            kept = self._tally(now_ms)
            tally = self._limits.settled(kept, now_ms)
            self._refuse_locked(kept, tally, now_ms)
            if self._put(self._limits.booked(tally, now_ms)):
                self._booking = tally.slots.booking(now_ms)
                return
        raise Busy(retry_after_s=_SOON_S)

    def give_back(self) -> None:
        """Take the booking back, if there is one: it was no failure. Raises Busy, StoreUnavailable.

        A counter that was erased since then stays erased.
        """
        self._take_back(self._limits.given_back)

    def undo(self) -> None:
        """Take the booking back, if there is one: there was no try. It forgives no other failure.

        Raises Busy, StoreUnavailable.
        """
        self._take_back(self._limits.undone)

    def _take_back(self, without: Callable[[Tally, Booking], Tally]) -> None:
        booking = self._booking
        if booking is None:
            return
        for _ in range(_RACES):
            now_ms = self._now_ms()
            tally = self._limits.settled(self._tally(now_ms), now_ms)
            if self._kept is None or self._put(without(tally, booking)):
                self._booking = None
                return
        raise Busy(retry_after_s=_SOON_S)

    def clear(self) -> None:
        """Forget every failure. Raises Busy, StoreUnavailable."""
        for _ in range(_RACES):
            self._tally(self._now_ms())
            if self._kept is None or self._put(self._limits.empty(_random())):
                return
        raise Busy(retry_after_s=_SOON_S)

    def _refuse_locked(self, kept: Tally, tally: Tally, now_ms: int) -> None:
        """Raise TooManyAttempts, or FactorClosed, if the counter is locked; note that it was told.

        What the clock's steps back did to it is noted as well, so that a wait does come to an end.
        """
        wait_ms = self._limits.wait_ms(tally, now_ms)
        if not wait_ms:
            return
        kind = FactorClosed if tally.closed else TooManyAttempts
        refusal = kind(retry_after_s=-(-wait_ms // 1000))
        told = tally.as_told()
        if told != kept and self._put(told) and not tally.told:
            self._locked(refusal)
        raise refusal

    def _tally(self, now_ms: int) -> Tally:
        """Return the counter as it was last seen, read now unless it is known already."""
        if not self._read:
            self._kept = self._budgets.find(self._key)
            self._read = True
        if self._kept is None or moment_ms(self._kept.expires_at) <= now_ms:
            return self._limits.empty(_random())
        try:
            return Tally.load(self._kept.state)
        except ValueError as error:
            raise StoreUnavailable from error

    def _put(self, tally: Tally) -> bool:
        """Keep the counter if it is still as it was seen; else it has to be read again."""
        forgotten_ms = self._limits.forgotten_ms(tally)
        budget = Budget(
            key=self._key,
            account=self._account,
            state=tally.dump(),
            revision=_random() if self._kept is None else self._kept.revision + 1,
            expires_at=moment_of(forgotten_ms)
            if forgotten_ms is not None
            else self._clock.now() + self._closed_for,
        )
        done = self._budgets.put(budget, after=self._kept)
        self._read, self._kept = done, budget if done else None
        return done

    def _now_ms(self) -> int:
        return moment_ms(self._clock.now())


def _random() -> int:
    """Return a number that no earlier counter under the same key had."""
    return secrets.randbits(_RANDOM_BITS)
