"""Invitations in SQLite."""

from __future__ import annotations

from datetime import datetime

from facelogin.domain.models import Invite
from facelogin.stores.sqlite_connections import Lender, Row
from facelogin.stores.sqlite_sweep import Sweep
from facelogin.stores.times import from_ms, to_ms

_SELECT = """
    SELECT invite_id, token_sha256, created_ms, expires_ms, claimed_by, claimed_ms FROM invites
"""
_INSERT = """
    INSERT INTO invites (invite_id, token_sha256, created_ms, expires_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (token_sha256) DO NOTHING
"""
_CLAIM = """
    UPDATE invites SET claimed_by = ?, claimed_ms = ? WHERE token_sha256 = ? AND claimed_by IS ?
"""
_RELEASE = """
    UPDATE invites SET claimed_by = NULL, claimed_ms = NULL
    WHERE token_sha256 = ? AND claimed_by = ?
"""
_REDEEM = "DELETE FROM invites WHERE token_sha256 = ? AND claimed_by = ?"
# There is no index on when they expire, and there are few of them.
_EXPIRED = Sweep("invites", "token_sha256", over="expires_ms <= ?", by="token_sha256")


class SqliteInvites:
    """An ``InviteStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender) -> None:
        self._lend = lend

    def add(self, invite: Invite) -> None:
        """Keep a new invitation; adding the very same one again changes nothing."""
        created_ms, expires_ms = to_ms(invite.created_at), to_ms(invite.expires_at)
        values = (invite.invite_id, invite.token_sha256, created_ms, expires_ms)
        with self._lend() as connection:
            connection.execute(_INSERT, values)

    def find(self, token_sha256: bytes) -> Invite | None:
        """Return the invitation with that token hash, expired or claimed or neither."""
        with self._lend() as connection:
            query = f"{_SELECT} WHERE token_sha256 = ?"
            row = connection.execute(query, (token_sha256,)).fetchone()
        return None if row is None else _invite(row)

    def every(self) -> list[Invite]:
        """Return all invitations that are not used or revoked, in no particular order."""
        with self._lend() as connection:
            return [_invite(row) for row in connection.execute(_SELECT)]

    def claim(
        self, token_sha256: bytes, *, user_id: str, claimed_at: datetime, instead_of: str | None
    ) -> bool:
        """Note that this user is about to be made, in one statement, where the claim allows it."""
        values = (user_id, to_ms(claimed_at), token_sha256, instead_of)
        with self._lend() as connection:
            return connection.execute(_CLAIM, values).rowcount > 0

    def release(self, token_sha256: bytes, *, user_id: str) -> None:
        """Take this user's claim away, where it is still theirs."""
        with self._lend() as connection:
            connection.execute(_RELEASE, (token_sha256, user_id))

    def redeem(self, token_sha256: bytes, *, user_id: str) -> bool:
        """Erase the invitation. Return False where the claim is not this user's."""
        with self._lend() as connection:
            return connection.execute(_REDEEM, (token_sha256, user_id)).rowcount > 0

    def revoke(self, invite_id: str) -> bool:
        """Erase the invitation of that id. Return False where there is none."""
        with self._lend() as connection:
            erased = connection.execute("DELETE FROM invites WHERE invite_id = ?", (invite_id,))
            return erased.rowcount > 0

    def sweep(self, *, now: datetime) -> int:
        """Erase the invitations that expired by ``now`` and return how many."""
        return _EXPIRED.run(self._lend, to_ms(now))


def _invite(row: Row) -> Invite:
    invite_id, token_sha256, created_ms, expires_ms, claimed_by, claimed_ms = row
    return Invite(
        invite_id=invite_id,
        token_sha256=token_sha256,
        created_at=from_ms(created_ms),
        expires_at=from_ms(expires_ms),
        claimed_by=claimed_by,
        claimed_at=None if claimed_ms is None else from_ms(claimed_ms),
    )
