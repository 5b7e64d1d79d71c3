"""Sessions: opaque tokens for browsers that have signed in; listed and ended by their owners."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from facelogin.domain.clocks import lies_ahead
from facelogin.domain.errors import (
    FreshLoginRequired,
    NotFound,
    NotRecognised,
    SessionRequired,
)
from facelogin.domain.models import Session, User
from facelogin.domain.policy import Assurance, SessionPolicy
from facelogin.domain.ports import Clock, SessionStore, UserStore
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.known_devices import DeviceTrust

_TOKEN_BYTES = 32
_NO_SUCH_SESSION = "You have no such session."
_TOUCH_EVERY = timedelta(seconds=30)
"""How stale ``last_seen_at`` may grow before a request writes it: saves a write per request."""
_SWEEP_EVERY = timedelta(minutes=10)


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
    """Issues, resolves and revokes sessions. Expiry is checked on every read.

    A clock that goes back lengthens no session: one that was used later than now has ended.
    """

    def __init__(
        self,
        *,
        store: SessionStore,
        users: UserStore,
        policy: SessionPolicy,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._policy = policy
        self._audit = audit
        self._clock = clock
        self._devices = DeviceTrust(users)
        self._swept_at: datetime | None = None

    def issue(
        self,
        user: User,
        *,
        amr: tuple[str, ...],
        assurance: Assurance,
        fresh: bool = True,
        browser: str | None = None,
    ) -> Issued:
        """Start a session with a new token. A token that came with the request is never adopted.

        ``browser`` is what the list of sessions calls the one that signed in. A session that is
        not ``fresh`` asks for another look before anything sensitive. Now and then the sessions
        that have ended are erased first. Raises NotRecognised where the user was erased after the
        face had matched.
        """
        now = self._clock.now()
        if self._swept_at is None or abs(now - self._swept_at) >= _SWEEP_EVERY:
            self._swept_at = now
            self.sweep()
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
            fresh_until=now + self._policy.fresh if fresh else now,
            browser=browser,
        )
        self._store.add(session)
        if self._users.find_by_id(user.user_id) is None:
            self._users.delete(user.user_id)  # finish the erasure: this session came after it
            raise NotRecognised
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

    def resolve_fresh(self, token: str | None) -> SignedIn:
        """Return who holds ``token``, where they showed their face a short while ago.

        Raises SessionRequired as ``resolve`` does, and FreshLoginRequired.
        """
        signed_in = self.resolve(token)
        if self._clock.now() >= signed_in.session.fresh_until:
            raise FreshLoginRequired
        return signed_in

    def renew(
        self,
        signed_in: SignedIn,
        *,
        amr: tuple[str, ...],
        assurance: Assurance,
        fresh: bool = True,
        browser: str | None = None,
    ) -> Issued:
        """Start a session in the place of the present one, all its limits anew.

        Raises SessionRequired where the present one has ended meanwhile: what was ended stays
        ended, and of two requests that renew one session only one does.
        """
        issued = self.issue(
            signed_in.user, amr=amr, assurance=assurance, fresh=fresh, browser=browser
        )
        if not self._store.revoke(signed_in.session.token_sha256):
            self._store.revoke(issued.session.token_sha256)
            raise SessionRequired
        return issued

    def live(self, user: User) -> list[Session]:
        """Return the user's sessions that have not ended, the newest first."""
        now = self._clock.now()
        alive = [one for one in self._store.list_for(user.user_id) if not self._ended(one, now)]
        return sorted(alive, key=lambda one: (one.created_at, one.session_id), reverse=True)

    def end(self, user: User, session_id: str, requester: Requester) -> None:
        """End one session of the user.

        Raises NotFound where the user has none of that id, whoever else may have it.
        """
        if not self._store.revoke_one(user.user_id, session_id):
            raise NotFound(_NO_SUCH_SESSION)
        self._record(Action.END_SESSION, requester, user.user_id)

    def end_others(self, signed_in: SignedIn, requester: Requester) -> int:
        """End every session of this user but this one; return how many had not ended yet.

        The account forgets all browsers, too: none keeps guesses apart from strangers'.
        """
        self._devices.forget_all(signed_in.user)
        user_id, mine = signed_in.user.user_id, signed_in.session.session_id
        others = sum(one.session_id != mine for one in self.live(signed_in.user))
        if self._store.revoke_others(user_id, keep=mine):
            self._record(Action.END_SESSION, requester, user_id)
        return others

    def end_all(self, signed_in: SignedIn, requester: Requester) -> int:
        """Do the same with every session of this user, this one too."""
        self._devices.forget_all(signed_in.user)
        alive = len(self.live(signed_in.user))
        if self._store.revoke_all(signed_in.user.user_id):
            self._record(Action.END_SESSION, requester, signed_in.user.user_id)
        return alive

    def sign_out(self, token: str | None, requester: Requester) -> None:
        """End the session of ``token``, if there is one, because its owner wants to."""
        session = self._store.find(_digest(token)) if token else None
        if session is not None and self._store.revoke(session.token_sha256):
            self._record(Action.LOGOUT, requester, session.user_id)

    def revoke(self, token: str | None) -> None:
        """End the session of ``token``, if there is one."""
        if token:
            self._store.revoke(_digest(token))

    def sweep(self) -> int:
        """Erase sessions that have ended and return how many. Housekeeping only."""
        now = self._clock.now()
        return self._store.sweep(now=now, idle_since=now - self._policy.idle)

    def _record(self, action: Action, requester: Requester, user_id: str) -> None:
        self._audit.record(action, Outcome.OK, requester, user_id=user_id)

    def _ended(self, session: Session, now: datetime) -> bool:
        idle = now - session.last_seen_at >= self._policy.idle
        return now >= session.expires_at or idle or lies_ahead(session.last_seen_at, now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
