"""Limits on guessing: who may try, and what a failed try costs.

Every counter is in the store, so all workers count together, and no try is let in where the store
does not answer. Keys hold neither an address nor a name: those are pseudonyms.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Self

from facelogin.domain.errors import Busy, Refusal, StoreUnavailable, TooManyAttempts
from facelogin.domain.models import User
from facelogin.domain.names import fold
from facelogin.domain.ports import BudgetStore, Clock, Pseudonyms
from facelogin.domain.requester import Requester
from facelogin.domain.throttle import Held, HeldBooking, Limits, ThrottlePolicy
from facelogin.services.account_throttle import AccountThrottle
from facelogin.services.audit import Audit
from facelogin.services.counter import Counter
from facelogin.services.counters import UNTIL_CLEARED, CountedTogether, Counters

_SWEEP_EVERY = timedelta(minutes=10)


class Factor(StrEnum):
    """What somebody tries to sign in with."""

    FACE = "face"
    CODE = "code"


class Attempt:
    """One try, from the moment it is let in to its outcome, for one ``with`` block.

    One that is never ended has failed, whatever became of the process. Without counters, as for the
    operator, nothing is counted. ``forgives`` is whether a success forgives the failures before it.
    """

    def __init__(
        self,
        *,
        account: Counter | None = None,
        network: CountedTogether | None = None,
        forgives: bool = True,
    ) -> None:
        self._account = account
        self._network = network
        self._forgives = forgives

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
        account = None if self._account is None else self._account.held
        networks = () if self._network is None else self._network.held
        return Held(account, networks) if account or networks else None

    def succeed(self) -> None:
        """Give the guess back, and forgive the failures in a row before it if it may."""
        if self._account is not None and not self._forgives:
            self._account.undo()
        elif self._account is not None:
            self._account.give_back()
        if self._network is not None:
            self._network.give_back()

    def undo(self) -> None:
        """Give the guess back, as if it had not been made. Raises Busy, StoreUnavailable."""
        if self._account is not None:
            self._account.undo()
        if self._network is not None:
            self._network.give_back()


class RegistrationAttempt(Attempt):
    """One try to register. A refused one counts as the network's failure instead."""

    def __init__(
        self,
        *,
        registrations: CountedTogether | None = None,
        failures: CountedTogether | None = None,
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

    An account has one budget for each device that has signed in to it before, so strangers slow
    down strangers only. All others share that of the name, whoever has it: nothing that its owner
    does, neither a sign-in nor registering, renaming or erasing the account, changes what strangers
    hear, so they can't tell a name that is nobody's. Requests from no known device count against
    their network too.
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
        self._clock = clock
        self._counters = Counters(budgets, pseudonyms, audit, clock, wider=policy.wider)
        self._swept_at: datetime | None = None
        self.of_account = AccountThrottle(self._counters, policy)

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
        if user is not None and requester.knows(user):
            return Attempt(account=account)
        network = self._failures(requester)
        network.book()
        return Attempt(account=account, network=network, forgives=False)

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
        network = self._failures(requester)
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
        return Attempt(account=account, forgives=requester.knows(user))

    def resume(self, held: Held | None, requester: Requester, *, nameless: bool = False) -> Attempt:
        """Return the try that was booked in an earlier request. With None nothing is counted."""
        if held is None:
            return Attempt()
        policy = self._policy
        account = held.account
        face = policy.nameless if nameless else policy.face
        failures = (policy.network_failures, policy.network_failures.times(policy.wider))
        return Attempt(
            account=None if account is None else self._resumed(account, face, requester),
            network=CountedTogether(
                [
                    self._resumed(one, limits, requester)
                    for one, limits in zip(held.networks, failures, strict=False)
                ]
            ),
            forgives=nameless or (account is not None and account.account is not None),
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
        registrations = self._counters.network("registrations", limits, requester)
        registrations.check()
        failures = self._failures(requester)
        failures.book()
        try:
            registrations.book()
        except TooManyAttempts:
            failures.give_back()
            raise
        return RegistrationAttempt(registrations=registrations, failures=failures)

    def admit_name_question(self, requester: Requester) -> None:
        """Count one question whose answer tells whether a name is taken against the network.

        Raises TooManyAttempts if there were too many; Busy; StoreUnavailable.
        """
        if requester.network is None:
            return
        self._sweep_now_and_then()
        limits = self._policy.network_registration_checks
        self._counters.network("registration_checks", limits, requester).book()

    def admit_challenge(self, requester: Requester, *, user: User | None = None) -> None:
        """Count one challenge, for the account of ``user``, against the network.

        Those that devices known to the account begin count against the account instead.
        Raises TooManyAttempts where there were too many; Busy; StoreUnavailable.
        """
        if requester.network is None:
            return
        self._sweep_now_and_then()
        if user is not None and requester.knows(user):
            self._counters.one(
                f"challenges:{user.user_id}",
                self._policy.account_challenges,
                self._counters.on_locked(requester, user_id=user.user_id),
                account=user.user_id,
            ).book()
            return
        limits = self._policy.network_challenges
        self._counters.network("challenges", limits, requester).book()

    def admit_excuse(self, requester: Requester, *, whose: str, user: User | None) -> bool:
        """Count a live capture that ended for want of frames; whether it may be no guess.

        ``whose`` is what ``whose`` returns. Raises Busy, StoreUnavailable.
        """
        if requester.network is None:
            return True
        known = user is not None and requester.knows(user)
        account = user.user_id if user is not None and known else None
        policy, one = self._policy, self._counters.one
        network = self._counters.network(
            "excused", policy.network_excused, requester, locked=_untold
        )
        counted = CountedTogether(
            [
                one(f"excused:{whose}", policy.excused, _untold, account=account),
                one(f"excused-day:{whose}", policy.excused_a_day, _untold, account=account),
                *network.counters,
            ]
        )
        try:
            counted.book()
        except TooManyAttempts:
            return False
        return True

    def whose(self, requester: Requester, *, username: str, user: User | None) -> str:
        """Return who is counted together: an account for one device, or a name for all others.

        If no name was given, the device or the network.
        """
        if user is not None and requester.device is not None and requester.knows(user):
            return f"{user.user_id}:{requester.device.device_id}"
        if username:
            return self._name(username)
        if requester.device is not None:
            return f"nameless:{requester.device.device_id}"
        return f"network:{self._pseudonyms.of('network', requester.network or '')}"

    def forget(self, *user_ids: str) -> None:
        """Erase all counters of these accounts. What strangers tried at a name is the name's."""
        self._budgets.delete_for(*user_ids)

    def unlock(self, user: User) -> None:
        """Let this user be tried again at once, from every device, by every factor."""
        self.forget(user.user_id)
        name, policy = self._name(user.username), self._policy
        for key, limits in (
            (f"{Factor.FACE}:{name}", policy.face),
            (f"{Factor.CODE}:{name}", policy.code),
            (f"excused:{name}", policy.excused),
            (f"excused-day:{name}", policy.excused_a_day),
        ):
            self._counters.one(key, limits, _untold).clear()

    def reopen_face(self, user: User, requester: Requester) -> None:
        """Open the face factor again, for this device's budget: another factor succeeded.

        That of strangers stays as it is: a browser that has just signed in is none.
        """
        if requester.network is not None and requester.knows(user):
            self._account(Factor.FACE, requester, username=user.username, user=user).clear()

    def sweep(self) -> int:
        """Erase counters that say nothing any more and return how many. Housekeeping only."""
        return self._budgets.sweep(now=self._clock.now())

    def _account(
        self, factor: Factor, requester: Requester, *, username: str, user: User | None
    ) -> Counter:
        """Return the counter of this account for this device, or that of the name."""
        limits = self._policy.face if factor is Factor.FACE else self._policy.code
        whose = None if user is None else user.user_id
        locked = self._counters.on_locked(requester, factor=factor, user_id=whose)
        if user is not None and requester.device is not None and requester.knows(user):
            key = f"{factor}:{user.user_id}:{requester.device.device_id}"
            return self._counters.one(key, limits, locked, account=user.user_id)
        key = f"{factor}:{self._name(username if user is None else user.username)}"
        return self._counters.one(key, limits, locked, closed_for=self._policy.names_kept)

    def strangers_key(self, factor: Factor, user: User) -> str:
        """Return the key of what counts tries at this user's name from devices it doesn't know."""
        return f"{factor}:{self._name(user.username)}"

    def _name(self, username: str) -> str:
        return f"name:{self._pseudonyms.of('username', fold(username))}"

    def _nameless(self, requester: Requester) -> Counter | None:
        """Return the counter of this device's tries without a name; None where it is not known."""
        if requester.device is None:
            return None
        key = f"{Factor.FACE}:nameless:{requester.device.device_id}"
        locked = self._counters.on_locked(requester, factor=Factor.FACE)
        kept = self._policy.names_kept
        return self._counters.one(key, self._policy.nameless, locked, closed_for=kept)

    def _failures(self, requester: Requester) -> CountedTogether:
        return self._counters.network("failures", self._policy.network_failures, requester)

    def _resumed(self, held: HeldBooking, limits: Limits, requester: Requester) -> Counter:
        return self._counters.one(
            held.key,
            limits,
            self._counters.on_locked(requester),
            account=held.account,
            closed_for=self._policy.names_kept if held.account is None else UNTIL_CLEARED,
            booking=held.booking,
        )

    def _sweep_now_and_then(self) -> None:
        now = self._clock.now()
        if self._swept_at is None or abs(now - self._swept_at) >= _SWEEP_EVERY:
            self._swept_at = now
            self.sweep()


def _untold(_: TooManyAttempts) -> None:
    """Record nothing: who is not excused is refused nothing."""
