"""Sessions in MongoDB: one document each, its id the hash of the token."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.models import Session
from facelogin.stores.lookup import storable
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import Document, session_document, session_from
from facelogin.stores.mongo_sweep import sweep
from facelogin.stores.mongo_users import DatabaseSource
from facelogin.stores.times import session_as_stored, truncated


class MongoSessions:
    """A ``SessionStore`` in the collection ``sessions``."""

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database

    def add(self, session: Session) -> None:
        """Keep a new session; adding the very same one again changes nothing.

        Raises StoreUnavailable where the token hash belongs to another session.
        """
        with answering():
            try:
                self._sessions.insert_one(session_document(session))
            except DuplicateKeyError:
                kept = self._is_kept(session)
            else:
                return
        if not kept:
            raise StoreUnavailable

    def find(self, token_sha256: bytes) -> Session | None:
        """Return the session with that token hash, expired or not."""
        with answering():
            document = self._sessions.find_one({"_id": token_sha256})
        return None if document is None else session_from(document)

    def touch(self, token_sha256: bytes, *, seen_at: datetime) -> None:
        """Move the session's ``last_seen_at`` forward to ``seen_at``, never back."""
        forward = {"$max": {"last_seen_at": truncated(seen_at)}}
        with answering():
            self._sessions.update_one({"_id": token_sha256}, forward)

    def revoke(self, token_sha256: bytes) -> bool:
        """Erase the session. Return False where there is none."""
        with answering():
            return self._sessions.delete_one({"_id": token_sha256}).deleted_count > 0

    def list_for(self, user_id: str) -> list[Session]:
        """Return every session of a user, expired or not, in no particular order."""
        with answering():
            return [session_from(found) for found in self._sessions.find({"user_id": user_id})]

    def revoke_one(self, user_id: str, session_id: str) -> bool:
        """Erase the session of that id. Return False where the user has no such session."""
        if not storable(session_id):
            return False
        one = {"user_id": user_id, "session_id": session_id}
        with answering():
            return self._sessions.delete_one(one).deleted_count > 0

    def revoke_others(self, user_id: str, *, keep: str) -> int:
        """Erase the user's sessions but the one with the id ``keep``; return how many."""
        others = {"user_id": user_id, "session_id": {"$ne": keep}}
        with answering():
            return self._sessions.delete_many(others).deleted_count

    def revoke_all(self, user_id: str) -> int:
        """Erase every session of a user and return how many there were."""
        with answering():
            return self._sessions.delete_many({"user_id": user_id}).deleted_count

    def sweep(self, *, now: datetime, idle_since: datetime) -> int:
        """Erase sessions that ended by ``now`` or were last seen before ``idle_since``."""
        over = [
            {"expires_at": {"$lte": truncated(now)}},
            {"last_seen_at": {"$lt": truncated(idle_since)}},
        ]
        with answering():
            return sweep(self._sessions, {"$or": over})

    @property
    def _sessions(self) -> Collection[Document]:
        return self._database()["sessions"]

    def _is_kept(self, session: Session) -> bool:
        """Return whether a majority holds this very session: an insert whose reply was lost."""
        durable = self._sessions.with_options(read_concern=ReadConcern("majority"))
        kept = durable.find_one({"_id": session.token_sha256})
        return kept is not None and session_from(kept) == session_as_stored(session)
