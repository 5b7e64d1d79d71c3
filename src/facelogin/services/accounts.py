"""What an operator does to accounts: find, disable, enable, erase."""

from __future__ import annotations

from facelogin.domain.models import User
from facelogin.domain.ports import Clock, SessionStore, UserStore


class Accounts:
    """Changes accounts on the operator's word. A change ends the sessions that it concerns."""

    def __init__(self, *, users: UserStore, sessions: SessionStore, clock: Clock) -> None:
        self._users = users
        self._sessions = sessions
        self._clock = clock

    def find(self, username: str) -> User | None:
        """Return the user of that name, or None."""
        return self._users.find_by_username(username)

    def page(self, *, after: str | None, limit: int) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``."""
        return self._users.page(after=after, limit=limit)

    def disable(self, user: User) -> None:
        """Refuse this user's logins from now on and end the sessions."""
        self._users.set_disabled(user.user_id, disabled_at=self._clock.now())
        self._sessions.revoke_all(user.user_id)

    def enable(self, user: User) -> None:
        """Let this user sign in again."""
        self._users.set_disabled(user.user_id, disabled_at=None)

    def erase(self, user: User) -> None:
        """Erase the user, the template and every session."""
        self._users.delete(user.user_id)
