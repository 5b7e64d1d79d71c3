"""Limits on guessing: who may try, and what a failed try costs.

Every counter is in the store, so all workers count together, and no try is let in where the store
does not answer. Keys hold neither an address nor a name: those are pseudonyms.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Self

from facelogin.domain.errors import Busy, Refusal, StoreUnavailable, TooManyAttempts
from facelogin.domain.models import User
from facelogin.domain.names import fold
from facelogin.domain.ports import BudgetStore, Clock, Pseudonyms
from facelogin.domain.requester import Requester
from facelogin.domain.slots import Booking
from facelogin.domain.throttle import Held, HeldBooking, Limits, ThrottlePolicy
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.counter import Counter

OTHERS = "others"
"""What stands, in an account's counters, for all devices that it does not know."""
_SWEEP_EVERY = timedelta(minutes=10)
_UNTIL_CLEARED = timedelta(days=36_525)  # a century


class Factor(StrEnum):
    """What somebody tries to sign in with."""

    FACE = "face"
    CODE = "code"


class Attempt:
    """One try, from the moment it is let in to its outcome, for one ``with`` block.

    One that is never ended has failed, whatever became of the process. Without counters, as for the
    operator, nothing is counted.
    """

    def __init__(self, *, account: Counter | None = None, network: Counter | None = None) -> None:
        self._account = account
        self._network = network

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take back from the network what the server was too busy to look at."""
        if isinstance(error, Busy) and self._network is not None:
            self._network.give_back()

    def book(self) -> None:
        """Count the guess as failed against the account, before the matcher runs.

        Raises TooManyAttempts where others have used the budget up meanwhile, Busy or
        StoreUnavailable; then nothing may be compared.
        """
        if self._account is not None:
            self._account.book()

    def held(self) -> Held | None:
        """What is booked, for ``Throttle.resume`` in a later request. None where nothing counts."""
        account, network = (
            None if counter is None else counter.held for counter in (self._account, self._network)
        )
        return Held(account, network) if account or network else None

    def succeed(self) -> None:
        """Give the guess back and forgive the failures in a row before it."""
        for counter in (self._account, self._network):
            if counter is not None:
                counter.give_back()

    def undo(self) -> None:
        """Give the guess back, as if it had not been made. Raises Busy, StoreUnavailable."""
        for counter in (self._account, self._network):
            if counter is not None:
                counter.undo()


class RegistrationAttempt(Attempt):
    """One try to register. A refused one counts as the network's failure instead."""

    def __init__(
        self, *, registrations: Counter | None = None, failures: Counter | None = None
    ) -> None:
        super().__init__(network=failures)
        self._registrations = registrations

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take a refused one back. Where nobody knows what the store did, it stays counted."""
        super().__exit__(kind, error, trace)
        refused = isinstance(error, Refusal) and not isinstance(error, StoreUnavailable)
        if refused and self._registrations is not None:
            self._registrations.give_back()


class Throttle:
    """Lets tries in, counts them in the store, and refuses those beyond the budgets.

    An account has one budget for each device that has signed in to it before, and one for all
    others together, so strangers slow down strangers only. Requests from no such device count
    against their network too. A name that is nobody's has a budget as an account has.
    """

    def __init__(
        self,
        *,
        budgets: BudgetStore,
        pseudonyms: Pseudonyms,
        policy: ThrottlePolicy,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._budgets = budgets
        self._pseudonyms = pseudonyms
        self._policy = policy
        self._audit = audit
        self._clock = clock
        self._swept_at: datetime | None = None

    def admit(
        self, factor: Factor, requester: Requester, *, username: str, user: User | None
    ) -> Attempt:
        """Let a try to sign in as ``username`` begin, who is ``user`` or nobody.

        Where the device is not known to the account, one failure is booked for the network at once
        and given back on success.

        Raises TooManyAttempts where this account takes none from this device now, or where this
        network has failed too often; Busy; StoreUnavailable.
        """
        if requester.network is None:
            return Attempt()
        self._sweep_now_and_then()
        account = self._account(factor, requester, username=username, user=user)
        account.check()
        if user is not None and requester.knows(user.user_id):
            return Attempt(account=account)
        network = self._network("failures", self._policy.network_failures, requester)
        network.book()
        return Attempt(account=account, network=network)

    def check_face(self, requester: Requester, *, username: str, user: User | None) -> None:
        """Raise TooManyAttempts where a try with a face would not be let in now, and book nothing.

        Raises StoreUnavailable.
        """
        if requester.network is not None:
            self._account(Factor.FACE, requester, username=username, user=user).check()

    def admit_nameless(self, requester: Requester) -> Attempt:
        """Let a try to sign in begin that names nobody.

        It counts against the network, which is booked at once, and against the device, if that has
        signed in to any account before. Both are given back on success.

        Raises TooManyAttempts where either has failed too often; Busy; StoreUnavailable.
        """
        if requester.network is None:
            return Attempt()
        self._sweep_now_and_then()
        device = self._nameless(requester)
        if device is not None:
            device.check()
        network = self._network("failures", self._policy.network_failures, requester)
        network.book()
        return Attempt(account=device, network=network)

    def check_nameless(self, requester: Requester) -> None:
        """Raise TooManyAttempts where this device may not try without a name now; book nothing.

        Raises StoreUnavailable.
        """
        device = None if requester.network is None else self._nameless(requester)
        if device is not None:
            device.check()

    def admit_near(self, requester: Requester, user: User) -> Attempt:
        """Let a try that named nobody, and showed a face like this user's, count as one at it.

        Raises TooManyAttempts where this account takes none from this device now; StoreUnavailable.
        """
        if requester.network is None:
            return Attempt()
        account = self._account(Factor.FACE, requester, username=user.username, user=user)
        account.check()
        return Attempt(account=account)

    def resume(self, held: Held | None, requester: Requester, *, nameless: bool = False) -> Attempt:
        """Return the try that was booked in an earlier request. With None nothing is counted."""
        if held is None:
            return Attempt()
        face = self._policy.nameless if nameless else self._policy.face
        return Attempt(
            account=self._resumed(held.account, face, requester),
            network=self._resumed(held.network, self._policy.network_failures, requester),
        )

    def admit_registration(self, requester: Requester) -> Attempt:
        """Let a registration begin; nothing is to be booked. Use it in a ``with`` block.

        Raises TooManyAttempts where this network has registered or failed too often; Busy;
        StoreUnavailable.
        """
        if requester.network is None:
            return RegistrationAttempt()
        self._sweep_now_and_then()
        limits = self._policy.network_registrations
        registrations = self._network("registrations", limits, requester)
        registrations.check()
        failures = self._network("failures", self._policy.network_failures, requester)
        failures.book()
        try:
            registrations.book()
        except TooManyAttempts:
            failures.give_back()
            raise
        return RegistrationAttempt(registrations=registrations, failures=failures)

    def admit_registration_check(self, requester: Requester) -> None:
        """Count one question whether registering is possible against the network.

        Raises TooManyAttempts if there were too many; Busy; StoreUnavailable.
        """
        if requester.network is None:
            return
        self._sweep_now_and_then()
        limits = self._policy.network_registration_checks
        self._network("registration_checks", limits, requester).book()

    def admit_challenge(self, requester: Requester, *, user: User | None = None) -> None:
        """Count one challenge, for the account of ``user``, against the network.

        Raises TooManyAttempts where there were too many; Busy; StoreUnavailable.
        """
        if requester.network is None or (user is not None and requester.knows(user.user_id)):
            return
        self._sweep_now_and_then()
        self._network("challenges", self._policy.network_challenges, requester).book()

    def admit_excuse(self, requester: Requester, *, whose: str, user: User | None) -> bool:
        """Count a live capture that ended for want of frames; whether it may be no guess.

        ``whose`` is what ``whose`` returns. Raises Busy, StoreUnavailable.
        """
        if requester.network is None:
            return True
        account, policy = None if user is None else user.user_id, self._policy
        network = self._pseudonyms.of("network", requester.network)
        booked: list[Counter] = []
        for counter in (
            self._counter(f"excused:{whose}", policy.excused, _untold, account=account),
            self._counter(f"excused-day:{whose}", policy.excused_a_day, _untold, account=account),
            self._counter(f"excused:{network}", policy.network_excused, _untold),
        ):
            try:
                counter.book()
            except TooManyAttempts:
                for one in booked:
                    one.give_back()
                return False
            booked.append(counter)
        return True

    def whose(self, requester: Requester, *, username: str, user: User | None) -> str:
        """Return who is counted together: an account for one device, or for all it does not know.

        Of a name that is nobody's it is the name; if no name was given, the device or the network.
        """
        if user is not None:
            return f"{user.user_id}:{self._device_of(requester, user)}"
        if username:
            return f"nobody:{self._pseudonyms.of('username', fold(username))}"
        if requester.device is not None:
            return f"nameless:{requester.device.device_id}"
        return f"network:{self._pseudonyms.of('network', requester.network or '')}"

    def forget(self, user_id: str) -> None:
        """Erase every counter of this account: it was unlocked, or is no more."""
        self._budgets.delete_for(user_id)

    def reopen_face(self, user: User, requester: Requester) -> None:
        """Open the face factor again, for this requester's budget: another factor succeeded."""
        if requester.network is not None:
            self._account(Factor.FACE, requester, username=user.username, user=user).clear()

    def sweep(self) -> int:
        """Erase counters that say nothing any more and return how many. Housekeeping only."""
        return self._budgets.sweep(now=self._clock.now())

    def _account(
        self, factor: Factor, requester: Requester, *, username: str, user: User | None
    ) -> Counter:
        """Return the counter of this account for this device, or for all that it does not know."""
        limits = self._policy.face if factor is Factor.FACE else self._policy.code
        if user is None:
            nobody = self._pseudonyms.of("username", fold(username))
            locked = self._on_locked(requester, factor=factor)
            key = f"{factor}:nobody:{nobody}"
            return self._counter(key, limits, locked, closed_for=self._policy.names_kept)
        who = self._device_of(requester, user)
        locked = self._on_locked(requester, factor=factor, user_id=user.user_id)
        return self._counter(f"{factor}:{user.user_id}:{who}", limits, locked, account=user.user_id)

    def _device_of(self, requester: Requester, user: User) -> str:
        """Return the device if this account knows it, else what stands for all others."""
        device = requester.device
        own = device is not None and requester.knows(user.user_id)
        return device.device_id if device is not None and own else OTHERS

    def _nameless(self, requester: Requester) -> Counter | None:
        """Return the counter of this device's tries without a name; None where it is not known."""
        if requester.device is None:
            return None
        key = f"{Factor.FACE}:nameless:{requester.device.device_id}"
        locked = self._on_locked(requester, factor=Factor.FACE)
        return self._counter(key, self._policy.nameless, locked, closed_for=self._policy.names_kept)

    def _network(self, kind: str, limits: Limits, requester: Requester) -> Counter:
        network = self._pseudonyms.of("network", requester.network or "")
        return self._counter(f"{kind}:{network}", limits, self._on_locked(requester))

    def _resumed(
        self, held: HeldBooking | None, limits: Limits, requester: Requester
    ) -> Counter | None:
        if held is None:
            return None
        return self._counter(
            held.key,
            limits,
            self._on_locked(requester),
            account=held.account,
            closed_for=self._policy.names_kept if held.account is None else _UNTIL_CLEARED,
            booking=held.booking,
        )

    def _counter(
        self,
        key: str,
        limits: Limits,
        locked: Callable[[], None],
        *,
        account: str | None = None,
        closed_for: timedelta = _UNTIL_CLEARED,
        booking: Booking | None = None,
    ) -> Counter:
        return Counter(
            budgets=self._budgets,
            clock=self._clock,
            limits=limits,
            key=key,
            account=account,
            closed_for=closed_for,
            locked=locked,
            booking=booking,
        )

    def _on_locked(
        self, requester: Requester, *, factor: Factor | None = None, user_id: str | None = None
    ) -> Callable[[], None]:
        def record() -> None:
            self._audit.record(
                Action.LOCKED,
                Outcome.REFUSED,
                requester,
                user_id=user_id,
                factor=factor,
                reason=TooManyAttempts.code,
            )

        return record

    def _sweep_now_and_then(self) -> None:
        now = self._clock.now()
        if self._swept_at is None or abs(now - self._swept_at) >= _SWEEP_EVERY:
            self._swept_at = now
            self.sweep()


def _untold() -> None:
    """Record nothing: who is not excused is refused nothing."""
