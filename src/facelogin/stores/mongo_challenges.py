"""Live captures under way, and what was seen in earlier ones, in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from facelogin.domain.models import KeptChallenge
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import Document
from facelogin.stores.mongo_sweep import sweep_expired
from facelogin.stores.mongo_users import DatabaseSource
from facelogin.stores.times import truncated


class MongoChallenges:
    """A ``ChallengeStore`` in the collections ``challenges`` and ``seen_frames``."""

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database

    def find(self, capture: str) -> KeptChallenge | None:
        """Return the challenge of that capture, expired or not."""
        with answering():
            found = self._challenges.find_one({"_id": capture})
        if found is None:
            return None
        return KeptChallenge(
            capture=found["_id"],
            challenge_id=found["challenge_id"],
            purpose=found["purpose"],
            sealed=bytes(found["sealed"]),
            superseded=tuple(found["superseded"]),
            revision=found["revision"],
            expires_at=found["expires_at"],
        )

    def put(self, kept: KeptChallenge, *, after: KeptChallenge | None) -> bool:
        """Keep ``kept`` in the place of ``after``, in one operation."""
        values = {
            "challenge_id": kept.challenge_id,
            "purpose": kept.purpose,
            "sealed": kept.sealed,
            "superseded": list(kept.superseded),
            "revision": kept.revision,
            "expires_at": truncated(kept.expires_at),
        }
        with answering():
            if after is None:
                return _inserted(self._challenges, {"_id": kept.capture, **values})
            before = {"_id": kept.capture, "revision": after.revision}
            return self._challenges.update_one(before, {"$set": values}).matched_count > 0

    def mark_seen(self, marks: Sequence[str], *, seen_by: str, expires_at: datetime) -> bool:
        """Note every mark; return False where another challenge noted one before."""
        until = truncated(expires_at)
        frames = self._database()["seen_frames"]
        with answering():
            noted = [
                _inserted(frames, {"_id": mark, "seen_by": seen_by, "expires_at": until})
                or frames.find_one({"_id": mark, "seen_by": seen_by}) is not None
                for mark in marks
            ]
        return all(noted)

    def sweep(self, *, now: datetime) -> int:
        """Erase what expired by ``now`` and return how much."""
        with answering():
            return sum(
                sweep_expired(self._database()[name], now=now)
                for name in ("challenges", "seen_frames")
            )

    @property
    def _challenges(self) -> Collection[Document]:
        return self._database()["challenges"]


def _inserted(collection: Collection[Document], document: Document) -> bool:
    try:
        collection.insert_one(document)
    except DuplicateKeyError:
        return False
    return True
