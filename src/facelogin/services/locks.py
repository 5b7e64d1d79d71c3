"""Which accounts are locked now, by which factor, and until when: for whoever looks after them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from facelogin.domain.models import Budget, User
from facelogin.domain.ports import BudgetStore, Clock
from facelogin.domain.throttle import Tally, ThrottlePolicy, moment_ms, moment_of
from facelogin.services.throttle import Factor

_STRANGERS_BEFORE = ":others"
"""How counters of strangers ended before they were those of the name: nothing reads them now."""


@dataclass(frozen=True, slots=True)
class Lock:
    """One factor of one account takes no tries, from one device or from all it does not know."""

    user_id: str
    factor: Factor
    known_device: bool
    until: datetime | None
    """None: it is closed until somebody opens it."""


@dataclass(frozen=True, slots=True)
class Locks:
    """Reads the counters of guesses; changes none.

    ``strangers_key`` names the counter of a user's factor for devices that the user doesn't know.
    """

    budgets: BudgetStore
    policy: ThrottlePolicy
    clock: Clock
    strangers_key: Callable[[Factor, User], str]

    def of(self, users: Sequence[User]) -> dict[str, list[Lock]]:
        """Return the locks of these users by their ids, the longest first.

        Raises StoreUnavailable.
        """
        strangers = {
            self.strangers_key(factor, user): (factor, user.user_id)
            for user in users
            for factor in Factor
        }
        found: dict[str, list[Lock]] = {}
        accounts = [user.user_id for user in users]
        for budget in self.budgets.of_accounts(accounts, keys=list(strangers)) if users else ():
            factor, whose = strangers.get(budget.key, (_factor_of(budget), budget.account))
            if factor is None or whose is None:
                continue
            lock = self._lock(budget, factor, whose, known_device=budget.key not in strangers)
            if lock is not None:
                found.setdefault(whose, []).append(lock)
        for locks in found.values():
            locks.sort(key=_end, reverse=True)
        return found

    def _lock(
        self, budget: Budget, factor: Factor, whose: str, *, known_device: bool
    ) -> Lock | None:
        """Return the lock in a counter; None for one that locks nothing."""
        now_ms = moment_ms(self.clock.now())
        if moment_ms(budget.expires_at) <= now_ms:
            return None
        rules = self.policy.face if factor is Factor.FACE else self.policy.code
        try:
            tally = rules.settled(Tally.load(budget.state), now_ms)
        except ValueError:  # a try would be refused as well: nobody can tell what it says
            return Lock(whose, factor, known_device, None)
        wait_ms = rules.wait_ms(tally, now_ms)
        if not wait_ms:
            return None
        until = None if tally.closed else moment_of(now_ms + wait_ms)
        return Lock(whose, factor, known_device, until)


def _factor_of(budget: Budget) -> Factor | None:
    """Return which tries a counter of an account counts; None for one that locks nothing now."""
    if budget.key.endswith(_STRANGERS_BEFORE):
        return None
    return next((one for one in Factor if budget.key.startswith(f"{one}:")), None)


def _end(lock: Lock) -> float:
    return float("inf") if lock.until is None else lock.until.timestamp()
