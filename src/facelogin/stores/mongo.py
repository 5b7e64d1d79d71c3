"""The production store: MongoDB, of which a single document's promises are all that is used."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress

from pymongo import ASCENDING, timeout
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.models import SealedRecord
from facelogin.domain.ports import (
    AuditStore,
    BudgetStore,
    ChallengeStore,
    InviteStore,
    SessionStore,
    UserStore,
    WorkerStore,
)
from facelogin.stores.mongo_audit import MongoAudit
from facelogin.stores.mongo_budgets import MongoBudgets
from facelogin.stores.mongo_challenges import MongoChallenges
from facelogin.stores.mongo_connection import MongoConnection, answering
from facelogin.stores.mongo_documents import Document, record_document, record_from
from facelogin.stores.mongo_invites import MongoInvites
from facelogin.stores.mongo_sessions import MongoSessions
from facelogin.stores.mongo_users import MongoUsers
from facelogin.stores.mongo_workers import MongoWorkers

_INSTALLATION_ID_BYTES = 16
_INDEX_BUILD_S = 300.0  # on a collection that is large already
_PING_S = 2.0  # somebody is waiting to hear whether this process is ready
_INSTALLATION = "installation"
_KEY_CHECK = "key_check"
_WRITE_CHECK = "write_check"

_MORE_INDEXES: tuple[tuple[str, str | list[tuple[str, int]]], ...] = (
    ("users", "template.record.kid"),
    ("users", "last_used_at"),
    ("users", "consent.notice_version"),
    ("users", [(name, ASCENDING) for name in ("revision", "_id")]),
    ("budgets", "account"),
    ("audit_rows", [(name, ASCENDING) for name in ("at", "lane", "seq")]),
    ("audit_rows", [(name, ASCENDING) for name in ("subject", "at", "lane", "seq")]),
)

_log = logging.getLogger(__name__)

# The server has no TTL indexes, or has another index on that field already.
_NO_TTL_CODES = {238: "NotImplemented", 85: "IndexOptionsConflict", 86: "IndexKeySpecsConflict"}


class MongoStore:
    """A ``Store`` in the database that ``uri`` names (``facelogin`` where it names none).

    Every write waits for a majority of the replica set. A write whose reply is lost raises
    StoreUnavailable: the outcome is unknown, and repeating it is safe. Limits of time come from
    ``mongo_connection`` unless the URI sets its own. The first operation of a process prepares the
    indexes if ``prepare`` was not called: without them two people could take one name.
    """

    def __init__(self, uri: str) -> None:
        self._connection = MongoConnection(uri)
        self._prepared = False
        self._ttl_refusal_logged = False
        self._users = MongoUsers(self._database)
        self._sessions = MongoSessions(self._database)
        self._budgets = MongoBudgets(self._database)
        self._workers = MongoWorkers(self._database)
        self._audit = MongoAudit(self._database)
        self._invites = MongoInvites(self._database)
        self._challenges = MongoChallenges(self._database)

    @property
    def users(self) -> UserStore:
        """The users kept here."""
        return self._users

    @property
    def sessions(self) -> SessionStore:
        """The sessions kept here."""
        return self._sessions

    @property
    def budgets(self) -> BudgetStore:
        """The counters of guesses kept here."""
        return self._budgets

    @property
    def audit(self) -> AuditStore:
        """The audit log kept here."""
        return self._audit

    @property
    def workers(self) -> WorkerStore:
        """The reports of the processes that serve from here."""
        return self._workers

    @property
    def challenges(self) -> ChallengeStore:
        """The live captures kept here."""
        return self._challenges

    @property
    def invites(self) -> InviteStore:
        """The invitations kept here."""
        return self._invites

    def prepare(self) -> None:
        """Create the indexes that are missing. Raises StoreUnavailable."""
        with answering():
            database = self._connection.database()
            database.command("ping")  # a server that is down is noticed within the usual limit
            self._create_indexes(database)
        self._prepared = True

    def installation_id(self) -> str:
        """Return the id of this installation, drawn once and kept in the store."""
        with answering():
            meta = self._database()["meta"]
            # Templates are bound to this id for good, so it must be one that can't be lost.
            durable = meta.with_options(read_concern=ReadConcern("majority"))
            found = durable.find_one({"_id": _INSTALLATION})
            if found is None:
                _draw_installation_id(meta)
                found = durable.find_one({"_id": _INSTALLATION})
        if found is None:
            raise StoreUnavailable  # drawn by another process a moment ago, not yet everywhere
        return str(found["installation_id"])

    def ping(self) -> None:
        """Return where the primary answers; raise StoreUnavailable where it does not."""
        with answering(), timeout(_PING_S):
            self._connection.database().command("ping")

    def key_check(self) -> SealedRecord | None:
        """Return what the key ring of this store has sealed, None before there was any."""
        with answering():
            meta = self._database()["meta"].with_options(read_concern=ReadConcern("majority"))
            found = meta.find_one({"_id": _KEY_CHECK})
        return None if found is None else record_from(found["record"])

    def put_key_check(self, record: SealedRecord, *, after: SealedRecord | None) -> bool:
        """Keep ``record`` in the place of ``after``, in one operation."""
        with answering():
            meta = self._database()["meta"]
            if after is None:
                try:
                    meta.insert_one({"_id": _KEY_CHECK, "record": record_document(record)})
                except DuplicateKeyError:
                    return False
                return True
            before = {"_id": _KEY_CHECK, "record.ct": after.ct}
            change = {"$set": {"record": record_document(record)}}
            return meta.update_one(before, change).matched_count > 0

    def check_write(self) -> None:
        """Write something small, and wait until a majority has it. Raises StoreUnavailable."""
        with answering(), timeout(_PING_S):
            meta = self._connection.database()["meta"]
            with suppress(DuplicateKeyError):  # another process wrote the first one just now
                meta.update_one({"_id": _WRITE_CHECK}, {"$inc": {"written": 1}}, upsert=True)

    def scrub(self) -> bool:
        """Return True: what lies in the server's own files is not within a client's reach."""
        return True

    def describe(self) -> str:
        """Return which kind of store this is, and where; never a password."""
        return f"MongoDB, {self._connection.describe()}"

    def close(self) -> None:
        """Close every connection; the next operation would open one again."""
        self._connection.close()

    def _database(self) -> Database[Document]:
        if not self._prepared:
            self.prepare()
        return self._connection.database()

    def _create_indexes(self, database: Database[Document]) -> None:
        with timeout(_INDEX_BUILD_S):
            for key in ("username_key", "email_key"):
                database["users"].create_index(key, unique=True)
            for key in ("user_id", "last_seen_at"):
                database["sessions"].create_index(key)
            for collection, keys in _MORE_INDEXES:
                database[collection].create_index(keys)
            for collection in ("sessions", "budgets", "invites", "challenges", "seen_frames"):
                self._create_expiry_index(database[collection])

    def _create_expiry_index(self, collection: Collection[Document]) -> None:
        """Have the server delete what expired, where it can; the sweep does so anyway."""
        try:
            collection.create_index("expires_at", expireAfterSeconds=0)
        except OperationFailure as error:
            if error.code not in _NO_TTL_CODES:
                raise
            if not self._ttl_refusal_logged:
                self._ttl_refusal_logged = True
                _log.info(
                    "MongoDB keeps no TTL indexes (%s); the sweep deletes instead",
                    _NO_TTL_CODES[error.code],
                )


def _draw_installation_id(meta: Collection[Document]) -> None:
    drawn = {"_id": _INSTALLATION, "installation_id": secrets.token_hex(_INSTALLATION_ID_BYTES)}
    try:
        meta.insert_one(drawn)
    except DuplicateKeyError:
        return  # another process was quicker, and its id is the one to use
