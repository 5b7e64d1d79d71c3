"""Makes the counters of guesses and of writes, alone or several that count together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from facelogin.domain.errors import TooManyAttempts
from facelogin.domain.ports import BudgetStore, Clock, Pseudonyms
from facelogin.domain.requester import Requester
from facelogin.domain.slots import Booking
from facelogin.domain.throttle import HeldBooking, Limits, WindowLimits
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.counter import Counter

UNTIL_CLEARED = timedelta(days=36_525)  # a century


@dataclass(frozen=True, slots=True)
class CountedTogether:
    """Counters that are booked all or none: one thing counts in each of them."""

    counters: Sequence[Counter]

    def check(self) -> None:
        """Raise TooManyAttempts if nothing may be booked now; StoreUnavailable."""
        for one in self.counters:
            one.check()

    def book(self) -> None:
        """Count one more in each. Raises TooManyAttempts, Busy, StoreUnavailable."""
        booked: list[Counter] = []
        for one in self.counters:
            try:
                one.book()
            except TooManyAttempts:
                for earlier in booked:
                    earlier.give_back()
                raise
            booked.append(one)

    def give_back(self) -> None:
        """Take back what was booked. Raises Busy, StoreUnavailable."""
        for one in self.counters:
            one.give_back()

    @property
    def held(self) -> tuple[HeldBooking, ...]:
        """What was booked and is not given back."""
        return tuple(one.held for one in self.counters if one.held is not None)


@dataclass(frozen=True, slots=True)
class Counters:
    """Makes the counters of this store. Keys hold neither an address nor a name: pseudonyms."""

    budgets: BudgetStore
    pseudonyms: Pseudonyms
    audit: Audit
    clock: Clock
    wider: float
    """How much more than its part the wider network of a client is allowed."""

    def one(
        self,
        key: str,
        limits: Limits,
        locked: Callable[[TooManyAttempts], None],
        *,
        account: str | None = None,
        closed_for: timedelta = UNTIL_CLEARED,
        booking: Booking | None = None,
    ) -> Counter:
        """Return the counter of that key; the rest is what ``Counter`` says."""
        return Counter(
            budgets=self.budgets,
            clock=self.clock,
            limits=limits,
            key=key,
            account=account,
            closed_for=closed_for,
            locked=locked,
            booking=booking,
        )

    def network(
        self,
        kind: str,
        limits: WindowLimits,
        requester: Requester,
        *,
        locked: Callable[[TooManyAttempts], None] | None = None,
    ) -> CountedTogether:
        """Return what counts ``kind`` for the requester's network and the wider one around it."""
        record = locked or self.on_locked(requester)
        allowed = [(requester.network or "", limits)]
        if requester.wider_network is not None:
            allowed.append((requester.wider_network, limits.times(self.wider)))
        return CountedTogether(
            [
                self.one(f"{kind}:{self.pseudonyms.of('network', network)}", of_network, record)
                for network, of_network in allowed
            ]
        )

    def on_locked(
        self, requester: Requester, *, factor: str | None = None, user_id: str | None = None
    ) -> Callable[[TooManyAttempts], None]:
        """Return what records that somebody was turned away."""

        def record(refusal: TooManyAttempts) -> None:
            self.audit.record(
                Action.LOCKED,
                Outcome.REFUSED,
                requester,
                user_id=user_id,
                factor=factor,
                reason=refusal.code,
            )

        return record
