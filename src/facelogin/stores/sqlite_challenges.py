"""Live captures under way, and what was seen in earlier ones, in SQLite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from facelogin.domain.models import KeptChallenge
from facelogin.stores.sqlite_connections import Lender
from facelogin.stores.sqlite_sweep import expired
from facelogin.stores.times import from_ms, to_ms

_SELECT = """
    SELECT capture, challenge_id, purpose, sealed, superseded, revision, expires_ms
    FROM challenges WHERE capture = ?
"""
_INSERT = """
    INSERT INTO challenges
        (challenge_id, purpose, sealed, superseded, revision, expires_ms, capture)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (capture) DO NOTHING
"""
_UPDATE = """
    UPDATE challenges
    SET challenge_id = ?, purpose = ?, sealed = ?, superseded = ?, revision = ?, expires_ms = ?
    WHERE capture = ? AND revision = ?
"""
_SEEN = """
    INSERT INTO seen_frames (mark, seen_by, expires_ms) VALUES (?, ?, ?)
    ON CONFLICT (mark) DO UPDATE SET seen_by = seen_by WHERE seen_by = excluded.seen_by
"""
_EXPIRED = (expired("challenges", "capture"), expired("seen_frames", "mark"))


class SqliteChallenges:
    """A ``ChallengeStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender) -> None:
        self._lend = lend

    def find(self, capture: str) -> KeptChallenge | None:
        """Return the challenge of that capture, expired or not."""
        with self._lend() as connection:
            row = connection.execute(_SELECT, (capture,)).fetchone()
        if row is None:
            return None
        capture, challenge_id, purpose, sealed, superseded, revision, expires_ms = row
        return KeptChallenge(
            capture=capture,
            challenge_id=challenge_id,
            purpose=purpose,
            sealed=sealed,
            superseded=tuple(json.loads(superseded)),
            revision=revision,
            expires_at=from_ms(expires_ms),
        )

    def put(self, kept: KeptChallenge, *, after: KeptChallenge | None) -> bool:
        """Keep ``kept`` in the place of ``after``, in one statement."""
        values = (
            kept.challenge_id,
            kept.purpose,
            kept.sealed,
            json.dumps(kept.superseded),
            kept.revision,
            to_ms(kept.expires_at),
            kept.capture,
        )
        with self._lend() as connection:
            if after is None:
                return connection.execute(_INSERT, values).rowcount > 0
            return connection.execute(_UPDATE, (*values, after.revision)).rowcount > 0

    def mark_seen(self, marks: Sequence[str], *, seen_by: str, expires_at: datetime) -> bool:
        """Note every mark; return False where another challenge noted one before."""
        until = to_ms(expires_at)
        with self._lend() as connection:
            noted = [connection.execute(_SEEN, (mark, seen_by, until)).rowcount for mark in marks]
        return all(noted)

    def sweep(self, *, now: datetime) -> int:
        """Erase what expired by ``now`` and return how much."""
        return sum(one.run(self._lend, to_ms(now)) for one in _EXPIRED)
