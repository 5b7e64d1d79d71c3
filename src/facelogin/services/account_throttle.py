"""Limits on what people do in their own accounts: each writes rows that are kept for long."""

from __future__ import annotations

from dataclasses import dataclass

from facelogin.domain.models import User
from facelogin.domain.requester import Requester
from facelogin.domain.throttle import ThrottlePolicy, WindowLimits
from facelogin.services.counters import CountedTogether, Counters
from facelogin.services.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class AccountThrottle:
    """Counts what an account does, from whatever device; the operator is never counted.

    Every kind has counters of its own, so that whoever has stolen a session can use up none that
    its owner needs to get rid of them. Every method raises TooManyAttempts, Busy and
    StoreUnavailable.
    """

    counters: Counters
    policy: ThrottlePolicy

    def admit_write(self, what: str, signed_in: SignedIn, requester: Requester) -> CountedTogether:
        """Count one change; ``what`` names the kind. Give back what has changed nothing."""
        limits = self.policy.account_writes, self.policy.account_writes_a_day
        return self._admit(f"writes:{what}", signed_in.user, requester, *limits)

    def admit_session_end(self, signed_in: SignedIn, requester: Requester) -> CountedTogether:
        """Count one request that ends sessions, for the session that makes it.

        Not for the account: its owner must be able to end the session of a thief, who asks often.
        """
        kind = f"session-ends:{signed_in.session.session_id}"
        return self._admit(kind, signed_in.user, requester, self.policy.session_ends)

    def admit_sign_in(self, user: User, requester: Requester) -> None:
        """Count one session that is about to begin, of somebody who was recognised."""
        limits = self.policy.sign_ins, self.policy.sign_ins_a_day
        self._admit("sign-ins", user, requester, *limits)

    def admit_name_change(self, user: User, requester: Requester) -> None:
        """Count one wish for another username or email, which tells whether it is taken."""
        self._admit("names", user, requester, self.policy.name_changes)

    def admit_export(self, user: User, requester: Requester) -> CountedTogether:
        """Count one export."""
        return self._admit("exports", user, requester, self.policy.exports)

    def _admit(
        self, kind: str, user: User, requester: Requester, *limits: WindowLimits
    ) -> CountedTogether:
        if requester.network is None:
            return CountedTogether(())
        locked = self.counters.on_locked(requester, user_id=user.user_id)
        keys = f"{kind}:{user.user_id}", f"{kind}-day:{user.user_id}"
        counted = CountedTogether(
            [
                self.counters.one(key, one, locked, account=user.user_id)
                for key, one in zip(keys, limits, strict=False)
            ]
        )
        counted.book()
        return counted
