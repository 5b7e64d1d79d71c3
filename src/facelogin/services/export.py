"""All that is kept about a person, for that person to take along (GDPR, articles 15 and 20)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain, islice

from facelogin.domain.errors import Busy
from facelogin.domain.models import Session, User
from facelogin.domain.ports import Clock, SessionStore
from facelogin.domain.requester import Requester
from facelogin.services.account_throttle import AccountThrottle
from facelogin.services.activity import Activity, Deed
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.sessions import SignedIn

AT_ONCE = 2
"""How many exports one worker writes at once: each holds a thread until its client has it."""
_RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Export:
    """What is kept about ``user`` at that moment. Whoever writes it out leaves secrets out.

    Those are the sealed templates, the hashes of recovery codes and those of the sessions' tokens.
    ``deeds`` reads the log as it goes, a page at a time, so that memory does not grow with it.
    Call ``close`` when it is written, or given up; more often is no harm.
    """

    exported_at: datetime
    user: User
    sessions: tuple[Session, ...]
    deeds: Iterator[Deed]
    close: Callable[[], None] = field(repr=False)


class Exports:
    """Collects what is kept about somebody."""

    def __init__(
        self,
        *,
        sessions: SessionStore,
        activity: Activity,
        throttle: AccountThrottle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._activity = activity
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def export(self, signed_in: SignedIn, requester: Requester) -> Export:
        """Return all that is kept about who is signed in, the record of this export included.

        Sessions that have ended and were not swept yet are still kept, so they are in it. Both
        lists begin with the newest. Raises Busy if this worker writes others, TooManyAttempts, or
        StoreUnavailable, which may come while the deeds are read, too.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(retry_after_s=_RETRY_AFTER_S)
        with ExitStack() as unless_begun:
            unless_begun.callback(self._places.release)
            begun = self._begun(signed_in.user, requester)
            unless_begun.pop_all()  # its own ``close`` gives the place back
        return begun

    def _begun(self, user: User, requester: Requester) -> Export:
        self._throttle.admit_export(user, requester)
        self._audit.record(Action.EXPORT, Outcome.OK, requester, user_id=user.user_id)
        sessions = self._sessions.list_for(user.user_id)
        deeds = self._activity.all_rows_of(user)
        first = list(islice(deeds, 1))  # read now, so that a store that is away is told as such
        return Export(
            exported_at=self._clock.now(),
            user=user,
            sessions=tuple(sorted(sessions, key=lambda one: one.created_at, reverse=True)),
            deeds=chain(first, deeds),
            close=partial(_release_once, [self._places]),
        )


def _release_once(held: list[threading.BoundedSemaphore]) -> None:
    with suppress(IndexError):
        held.pop().release()
