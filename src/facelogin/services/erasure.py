"""Erasing an account: everything that is kept about a person, but for a record that it was done."""

from __future__ import annotations

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

    def erase_unused(self, user_id: str, *, since: datetime) -> bool:
        """Erase the user on the operator's word, unless they have signed in since then.

        Returns whether it was done. A sign-in at this very moment wins, and the record is followed
        by one that takes it back. Call ``Store.scrub`` after the last one. Raises StoreUnavailable.
        """
        present = self._users.find_by_id(user_id)
        if present is None or last_use(present) >= since:
            return False
        self._audit.record(Action.ERASE, Outcome.OK, OPERATOR, user_id=user_id)
        if not self._users.delete_unused(user_id, since=since):
            self._audit.record(Action.ERASE, Outcome.REFUSED, OPERATOR, user_id=user_id)
            return False
        self._throttle.forget(user_id)
        return True


def last_use(user: User) -> datetime:
    """Return when the account last signed in, or was made where it never did."""
    return user.last_used_at or user.created_at
