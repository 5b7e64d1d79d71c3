"""Sessions: opaque tokens for browsers that have signed in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facelogin.domain.errors import SessionRequired
from facelogin.domain.models import Session, User
from facelogin.domain.policy import Assurance, SessionPolicy
from facelogin.domain.ports import Clock, SessionStore, UserStore

_TOKEN_BYTES = 32
_TOUCH_EVERY = timedelta(seconds=30)
"""How stale ``last_seen_at`` may grow before a request writes it: saves a write per request."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new session and its token, which leaves the server once and is kept nowhere."""

    token: str = field(repr=False)
    session: Session


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is asking: the session and its user, both read from the store for this request."""

    session: Session
    user: User


class Sessions:
    """Issues, resolves and revokes sessions. Expiry is checked on every read."""

    def __init__(
        self, *, store: SessionStore, users: UserStore, policy: SessionPolicy, clock: Clock
    ) -> None:
        self._store = store
        self._users = users
        self._policy = policy
        self._clock = clock

    def issue(self, user: User, *, amr: tuple[str, ...], assurance: Assurance) -> Issued:
        """Start a session with a new token. A token that came with the request is never adopted."""
        now = self._clock.now()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        session = Session(
            session_id=secrets.token_hex(16),
            token_sha256=_digest(token),
            user_id=user.user_id,
            amr=amr,
            assurance=assurance.value,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._policy.absolute,
            fresh_until=now + self._policy.fresh,
        )
        self._store.add(session)
        return Issued(token=token, session=session)

    def resolve(self, token: str | None) -> SignedIn:
        """Return who holds ``token``.

        Raises SessionRequired for no token, an unknown, ended or idle one, and for one whose user
        is gone or disabled.
        """
        if not token:
            raise SessionRequired
        now = self._clock.now()
        session = self._store.find(_digest(token))
        if session is None or self._ended(session, now):
            raise SessionRequired
        user = self._users.find_by_id(session.user_id)
        if user is None or user.disabled:
            raise SessionRequired
        if now - session.last_seen_at >= _TOUCH_EVERY:
            self._store.touch(session.token_sha256, seen_at=now)
        return SignedIn(session=session, user=user)

    def revoke(self, token: str | None) -> None:
        """End the session of ``token``, if there is one."""
        if token:
            self._store.revoke(_digest(token))

    def sweep(self) -> int:
        """Erase sessions that have ended and return how many. Housekeeping only."""
        now = self._clock.now()
        return self._store.sweep(now=now, idle_since=now - self._policy.idle)

    def _ended(self, session: Session, now: datetime) -> bool:
        return now >= session.expires_at or now - session.last_seen_at >= self._policy.idle


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
