"""Accounts that nobody has used for a long time, and what has expired, are not kept for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from facelogin.domain.models import User
from facelogin.domain.ports import Clock, Store
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.erasure import Erasure
from facelogin.services.sessions import Sessions
from facelogin.services.throttle import Throttle

_PAGE = 500
_AT_ONCE = 50
"""How many are erased together: a sign-in waits no longer than this takes."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many records were erased that had expired, and whether the files are clean of them."""

    sessions: int
    counters: int
    invites: int
    scrubbed: bool


class Retention:
    """Finds and erases accounts that were not used for ``keep``, on the operator's word."""

    def __init__(
        self,
        *,
        store: Store,
        erasure: Erasure,
        sessions: Sessions,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
        keep: timedelta,
    ) -> None:
        self._store = store
        self._erasure = erasure
        self._sessions = sessions
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._keep = keep

    def since(self) -> datetime:
        """Return the moment before which an account must have been used last to be unused."""
        return self._clock.now() - self._keep

    def unused(self, *, since: datetime) -> Iterator[User]:
        """Yield every account that was not used since then, in the order of ids.

        One that signs in or vanishes meanwhile may or may not be among them.
        """
        after: str | None = None
        while page := self._store.users.page_unused(since=since, after=after, limit=_PAGE):
            yield from page
            after = page[-1].user_id

    def erase(self, *, since: datetime) -> Iterator[bool]:
        """Erase the accounts not used since then; yield for each whether it was done.

        It is not done for one that has signed in meanwhile. Whoever stops half-way has erased the
        accounts so far, whole, and another run finds the rest. Raises StoreUnavailable.
        """
        self._audit.record(Action.RETENTION, Outcome.OK, OPERATOR)
        unused = (user.user_id for user in self.unused(since=since))
        while some := list(islice(unused, _AT_ONCE)):
            erased = self._erasure.erase_unused(some, since=since)
            yield from (user_id in erased for user_id in some)

    def sweep(self) -> Swept:
        """Erase sessions, counters and invitations that have expired, and scrub the store."""
        return Swept(
            sessions=self._sessions.sweep(),
            counters=self._throttle.sweep(),
            invites=self._store.invites.sweep(now=self._clock.now()),
            scrubbed=self._store.scrub(),
        )
