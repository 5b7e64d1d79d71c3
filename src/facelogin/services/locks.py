"""Which accounts are locked now, by which factor, and until when: for whoever looks after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from facelogin.domain.models import Budget
from facelogin.domain.ports import BudgetStore, Clock
from facelogin.domain.throttle import AccountLimits, Tally, ThrottlePolicy, moment_ms, moment_of
from facelogin.services.throttle import OTHERS, Factor


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
    """Reads the counters of guesses; changes none."""

    budgets: BudgetStore
    policy: ThrottlePolicy
    clock: Clock

    def of(self, user_ids: Sequence[str]) -> dict[str, list[Lock]]:
        """Return the locks of these accounts, the longest first. Raises StoreUnavailable."""
        found: dict[str, list[Lock]] = {}
        for budget in self.budgets.of_accounts(user_ids) if user_ids else ():
            lock = self._lock(budget)
            if lock is not None:
                found.setdefault(lock.user_id, []).append(lock)
        for locks in found.values():
            locks.sort(key=_end, reverse=True)
        return found

    def _lock(self, budget: Budget) -> Lock | None:
        """Return the lock in a counter; None for one that locks nothing, or counts no guesses."""
        limits = self._limits(budget.key)
        now_ms = moment_ms(self.clock.now())
        if limits is None or budget.account is None or moment_ms(budget.expires_at) <= now_ms:
            return None
        factor, rules = limits
        known_device = not budget.key.endswith(f":{OTHERS}")
        try:
            tally = rules.settled(Tally.load(budget.state), now_ms)
        except ValueError:  # a try would be refused as well: nobody can tell what it says
            return Lock(budget.account, factor, known_device, None)
        wait_ms = rules.wait_ms(tally, now_ms)
        if not wait_ms:
            return None
        until = None if tally.closed else moment_of(now_ms + wait_ms)
        return Lock(budget.account, factor, known_device, until)

    def _limits(self, key: str) -> tuple[Factor, AccountLimits] | None:
        factor = next((one for one in Factor if key.startswith(f"{one}:")), None)
        if factor is None:
            return None
        return factor, self.policy.face if factor is Factor.FACE else self.policy.code


def _end(lock: Lock) -> float:
    return float("inf") if lock.until is None else lock.until.timestamp()
