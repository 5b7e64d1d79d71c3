"""What an operator does to accounts: find, disable, enable, erase."""

from __future__ import annotations

from facelogin.domain.models import User
from facelogin.domain.ports import Clock, SessionStore, UserStore
from facelogin.domain.requester import OPERATOR
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.erasure import Erasure
from facelogin.services.throttle import Throttle

_PAGE = 1000


class Accounts:
    """Changes accounts on the operator's word. A change ends the sessions that it concerns."""

    def __init__(
        self,
        *,
        users: UserStore,
        sessions: SessionStore,
        throttle: Throttle,
        erasure: Erasure,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._throttle = throttle
        self._erasure = erasure
        self._audit = audit
        self._clock = clock

    def find(self, username: str) -> User | None:
        """Return the user of that name, or None."""
        return self._users.find_by_username(username)

    def page(self, *, after: str | None, limit: int, match: str | None = None) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``.

        With ``match`` only those whose username or email has that text in it.
        """
        return self._users.page(after=after, limit=limit, match=match)

    def count(self, *, match: str | None = None) -> int:
        """Return how many users there are; with ``match``, with that text in a name of theirs."""
        if match is None:
            return self._users.count()
        found, after = 0, None
        while page := self.page(after=after, limit=_PAGE, match=match):
            found, after = found + len(page), page[-1].user_id
        return found

    def disable(self, user: User) -> None:
        """Refuse this user's logins from now on and end the sessions."""
        self._users.set_disabled(user.user_id, disabled_at=self._clock.now())
        self._sessions.revoke_all(user.user_id)
        self._audit.record(Action.DISABLE, Outcome.OK, OPERATOR, user_id=user.user_id)

    def enable(self, user: User) -> None:
        """Let this user sign in again."""
        self._users.set_disabled(user.user_id, disabled_at=None)
        self._audit.record(Action.ENABLE, Outcome.OK, OPERATOR, user_id=user.user_id)

    def unlock(self, user: User) -> None:
        """Let this user be tried again at once, from every device, by every factor."""
        self._throttle.unlock(user)
        self._audit.record(Action.UNLOCK, Outcome.OK, OPERATOR, user_id=user.user_id)

    def erase(self, user: User) -> None:
        """Erase everything that is kept about the user but for a record that it was done."""
        self._erasure.erase(user, OPERATOR)
