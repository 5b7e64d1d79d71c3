"""Erasing an account: everything that is kept about a person, but for a record that it was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from facelogin.domain.models import User
from facelogin.domain.ports import UserStore
from facelogin.domain.requester import OPERATOR, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.throttle import Throttle


class Erasure:
    """Erases users with templates, recovery codes, sessions and counters.

    The record comes first: whoever is gone has one, whatever broke in between. It names a
    pseudonym of an id that nothing else names any more. The user and the template go in one write,
    so neither is ever without the other; what breaks before it leaves a whole account, of which
    sessions and counters may be gone, and the same call finishes. What breaks after it leaves at
    most counters, which name nobody and expire.
    """

    def __init__(self, *, users: UserStore, throttle: Throttle, audit: Audit) -> None:
        self._users = users
        self._throttle = throttle
        self._audit = audit

    def erase(self, user: User, requester: Requester) -> None:
        """Erase this user, of their own will or the operator's. Repeating it is success.

        Raises StoreUnavailable; then it may be half done and should be repeated.
        """
        self._audit.record(Action.ERASE, Outcome.OK, requester, user_id=user.user_id)
        self._throttle.forget(user.user_id)
        self._users.delete(user.user_id)
        self._throttle.forget(user.user_id)  # once more, for guesses that were made meanwhile

    def erase_unused(self, user_ids: Sequence[str], *, since: datetime) -> list[str]:
        """Erase those of these users (up to some 100) who have not signed in since then.

        On the operator's word. Returns whose erasure was done. A sign-in at this very moment wins,
        and the record is followed by one that takes it back. What breaks on the way leaves whole
        accounts with a record, and the same call finishes. Call ``Store.scrub`` after the last one.
        Raises StoreUnavailable.
        """
        present = self._users.find_by_ids(user_ids)
        unused = [user.user_id for user in present if last_use(user) < since]
        for user_id in unused:
            self._audit.record(Action.ERASE, Outcome.OK, OPERATOR, user_id=user_id)
        erased = self._users.delete_unused(unused, since=since)
        self._throttle.forget(*erased)
        for user_id in set(unused) - set(erased):
            self._audit.record(Action.ERASE, Outcome.REFUSED, OPERATOR, user_id=user_id)
        return erased


def last_use(user: User) -> datetime:
    """Return when the account last signed in, or was made where it never did."""
    return user.last_used_at or user.created_at
