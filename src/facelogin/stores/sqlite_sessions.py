"""Sessions in SQLite."""

from __future__ import annotations

import json
from datetime import datetime

from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.models import Session
from facelogin.stores.lookup import storable
from facelogin.stores.sqlite_connections import Lender, Row
from facelogin.stores.sqlite_sweep import Sweep
from facelogin.stores.times import from_ms, session_as_stored, to_ms

_SELECT = """
    SELECT token_sha256, session_id, user_id, amr, assurance,
           created_ms, last_seen_ms, expires_ms, fresh_until_ms, browser
    FROM sessions
"""
_SELECT_BY_TOKEN = f"{_SELECT} WHERE token_sha256 = ?"
INSERT_SESSION = """
    INSERT INTO sessions (token_sha256, session_id, user_id, amr, assurance,
                          created_ms, last_seen_ms, expires_ms, fresh_until_ms, browser)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token_sha256) DO NOTHING
"""
_OVER = Sweep(
    "sessions", "token_sha256", over="expires_ms <= ? OR last_seen_ms < ?", by="token_sha256"
)


class SqliteSessions:
    """A ``SessionStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender) -> None:
        self._lend = lend

    def add(self, session: Session) -> None:
        """Keep a new session; adding the very same one again changes nothing.

        Raises StoreUnavailable where the token hash belongs to another session.
        """
        with self._lend() as connection:
            if connection.execute(INSERT_SESSION, session_row(session)).rowcount:
                return
            row = connection.execute(_SELECT_BY_TOKEN, (session.token_sha256,)).fetchone()
        if row is None or _session(row) != session_as_stored(session):
            raise StoreUnavailable

    def find(self, token_sha256: bytes) -> Session | None:
        """Return the session with that token hash, expired or not."""
        with self._lend() as connection:
            row = connection.execute(_SELECT_BY_TOKEN, (token_sha256,)).fetchone()
        return None if row is None else _session(row)

    def touch(self, token_sha256: bytes, *, seen_at: datetime) -> None:
        """Move the session's ``last_seen_at`` forward to ``seen_at``, never back."""
        seen_ms = to_ms(seen_at)
        self._change(
            "UPDATE sessions SET last_seen_ms = ? WHERE token_sha256 = ? AND last_seen_ms < ?",
            seen_ms,
            token_sha256,
            seen_ms,
        )

    def revoke(self, token_sha256: bytes) -> bool:
        """Erase the session. Return False where there is none."""
        return self._change("DELETE FROM sessions WHERE token_sha256 = ?", token_sha256) > 0

    def list_for(self, user_id: str) -> list[Session]:
        """Return every session of a user, expired or not, in no particular order."""
        with self._lend() as connection:
            rows = connection.execute(f"{_SELECT} WHERE user_id = ?", (user_id,)).fetchall()
        return [_session(row) for row in rows]

    def revoke_one(self, user_id: str, session_id: str) -> bool:
        """Erase the session of that id. Return False where the user has no such session."""
        if not storable(session_id):
            return False
        statement = "DELETE FROM sessions WHERE user_id = ? AND session_id = ?"
        return self._change(statement, user_id, session_id) > 0

    def revoke_others(self, user_id: str, *, keep: str) -> int:
        """Erase the user's sessions but the one with the id ``keep``; return how many."""
        statement = "DELETE FROM sessions WHERE user_id = ? AND session_id <> ?"
        return self._change(statement, user_id, keep)

    def revoke_all(self, user_id: str) -> int:
        """Erase every session of a user and return how many there were."""
        return self._change("DELETE FROM sessions WHERE user_id = ?", user_id)

    def sweep(self, *, now: datetime, idle_since: datetime) -> int:
        """Erase sessions that ended by ``now`` or were last seen before ``idle_since``."""
        return _OVER.run(self._lend, to_ms(now), to_ms(idle_since))

    def _change(self, statement: str, *values: str | bytes | int) -> int:
        with self._lend() as connection:
            return connection.execute(statement, values).rowcount


def session_row(session: Session) -> Row:
    """Return what ``INSERT_SESSION`` takes."""
    return (
        session.token_sha256,
        session.session_id,
        session.user_id,
        json.dumps(session.amr),
        session.assurance,
        to_ms(session.created_at),
        to_ms(session.last_seen_at),
        to_ms(session.expires_at),
        to_ms(session.fresh_until),
        session.browser,
    )


def _session(row: Row) -> Session:
    token_sha256, session_id, user_id, amr, assurance, *times, browser = row
    created_at, last_seen_at, expires_at, fresh_until = map(from_ms, times)
    return Session(
        session_id=session_id,
        token_sha256=token_sha256,
        user_id=user_id,
        amr=tuple(json.loads(amr)),
        assurance=assurance,
        created_at=created_at,
        last_seen_at=last_seen_at,
        expires_at=expires_at,
        fresh_until=fresh_until,
        browser=browser,
    )
