"""Users in MongoDB: one document each, the template inside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from facelogin.domain.errors import EmailTaken, Refusal, StoreUnavailable, UsernameTaken
from facelogin.domain.models import (
    Consent,
    EngineRef,
    RecoveryCodes,
    SealedRecord,
    SealedTemplate,
    TemplateMark,
    User,
)
from facelogin.domain.names import fold
from facelogin.stores.lookup import lookup_key, storable
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import (
    Document,
    consent_document,
    names_document,
    record_document,
    recovery_document,
    template_document,
    user_document,
    user_from,
)
from facelogin.stores.mongo_revisions import MongoRevisions
from facelogin.stores.times import template_as_stored, truncated, user_as_stored

DatabaseSource = Callable[[], Database[Document]]

_INTERNAL_ERROR = 1


class MongoUsers:
    """A ``UserStore`` in the collection ``users``."""

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database
        self._revisions = MongoRevisions(database)

    def create(self, user: User) -> None:
        """Keep a new user with the template in one document.

        Creating the very same user again changes nothing, so a caller that never heard the
        outcome may repeat itself. Raises UsernameTaken, EmailTaken, StoreUnavailable.
        """
        with answering():
            document = user_document(user) | {"revision": self._revisions.draw()}
            try:
                self._users.insert_one(document)
            except DuplicateKeyError as error:
                refused_key = _refused_key(error.details)
            else:
                return
            # Outside the handler, so that the server's sentence, which quotes the name, is not
            # chained to what may be logged.
            self._explain_refusal(user, refused_key)

    def find_by_username(self, username: str) -> User | None:
        """Return the user of that name, compared case-folded."""
        return self._find("username_key", lookup_key(username))

    def find_by_email(self, email: str) -> User | None:
        """Return the user with that email, compared case-folded."""
        return self._find("email_key", lookup_key(email))

    def find_by_id(self, user_id: str) -> User | None:
        """Return the user with that id."""
        return self._find("_id", user_id if storable(user_id) else None)

    def page(self, *, after: str | None, limit: int) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``."""
        if limit < 1:
            return []  # to MongoDB a limit of 0 means no limit
        with answering():
            later = self._users.find({"_id": {"$gt": after or ""}})
            return [user_from(document) for document in later.sort("_id", ASCENDING).limit(limit)]

    def count(self) -> int:
        """Return how many users there are, from the collection's own counter.

        It takes the same time for ten users and ten million. After a server's crash it can be
        off by the last writes, until MongoDB has counted again.
        """
        with answering():
            return self._users.estimated_document_count()

    def count_engines(self) -> Mapping[EngineRef, int]:
        """Return how many templates each engine has made that people have now."""
        found: dict[EngineRef, int] = {}
        with answering():
            for engine in sorted(self._users.distinct("template.engine.id")):
                of_engine = {"template.engine.id": engine}
                for version in sorted(self._users.distinct("template.engine.version", of_engine)):
                    query = of_engine | {"template.engine.version": version}
                    found[EngineRef(engine, version)] = self._users.count_documents(query)
        return found

    def set_disabled(self, user_id: str, *, disabled_at: datetime | None) -> bool:
        """Disable the user, or enable with None. Return False where there is no such user."""
        moment = disabled_at and truncated(disabled_at)
        with answering():
            done = self._users.update_one({"_id": user_id}, {"$set": {"disabled_at": moment}})
            return done.matched_count > 0

    def update_profile(
        self, user_id: str, *, username: str | None, email: str | None
    ) -> User | None:
        """Change the names that are not None, in one document; return the user as changed.

        Raises UsernameTaken, EmailTaken, StoreUnavailable. Returns None where there is no such
        user.
        """
        names = names_document(username=username, email=email)
        if not names:
            return self.find_by_id(user_id)
        with answering():
            try:
                changed = self._users.find_one_and_update(
                    {"_id": user_id}, {"$set": names}, return_document=ReturnDocument.AFTER
                )
            except OperationFailure as error:
                if not _is_unique_violation(error):
                    raise
                refused_key = _refused_key(error.details)
            else:
                return None if changed is None else user_from(changed)
            raise self._refusal(refused_key, username=username, email=email, but=user_id)

    def replace_template(
        self, user_id: str, *, old_template_id: str, template: SealedTemplate
    ) -> bool:
        """Put ``template`` in the place of the old one, in one conditional update.

        Returns False where the user has another template by now, or is gone.
        """
        expected = {"_id": user_id, "template.template_id": old_template_id}
        with answering():
            numbered = {"template": template_document(template), "revision": self._revisions.draw()}
            change = {"$set": numbered}
            if self._users.update_one(expected, change).matched_count:
                return True
            own = self._durable.find_one({"_id": user_id})
        return own is not None and user_from(own).template == template_as_stored(template)

    def mark_used(self, user_id: str, *, used_at: datetime) -> None:
        """Move the user's ``last_used_at`` forward to ``used_at``, never back."""
        with answering():
            forward = {"$max": {"last_used_at": truncated(used_at)}}
            self._users.update_one({"_id": user_id}, forward)

    def set_recovery(self, user_id: str, recovery: RecoveryCodes | None) -> bool:
        """Put this set of codes in the place of the old one, in one document."""
        change = {"$set": {"recovery": recovery_document(recovery)}}
        with answering():
            return self._users.update_one({"_id": user_id}, change).matched_count > 0

    def use_recovery_code(self, user_id: str, code_hash: bytes) -> bool:
        """Erase this hash from the user's set. Return False where it is not (or no more) there."""
        has_it = {"_id": user_id, "recovery.hashes": code_hash}
        without = {"$pull": {"recovery.hashes": code_hash}}
        with answering():
            return self._users.update_one(has_it, without).matched_count > 0

    def rewrap_template(
        self, user_id: str, *, template_id: str, old: SealedRecord, new: SealedRecord
    ) -> bool:
        """Put ``new`` in the place of ``old``, where the template still has that very record."""
        expected = {"_id": user_id, "template.template_id": template_id}
        expected |= {f"template.record.{k}": v for k, v in record_document(old).items()}
        change = {"$set": {"template.record": record_document(new)}}
        with answering():
            return self._users.update_one(expected, change).matched_count > 0

    def count_sealed_with(self, kid: str) -> int:
        """Return how many users have a template that this key opens."""
        query = {"template.record.kid": kid}
        with answering():
            return int(self._database().command("count", "users", query=query)["n"])

    def delete(self, user_id: str) -> bool:
        """Erase the user with the template and every session. Return False where there is none.

        Sessions go first: if the connection breaks half-way, a user is left without sessions, and
        never a session without its user. They go once more at the end, for one that was begun
        meanwhile. Repeating a broken erasure finishes it, also where the user is gone already.
        """
        with answering():
            sessions = self._database()["sessions"]
            sessions.delete_many({"user_id": user_id})
            erased = self._users.delete_one({"_id": user_id}).deleted_count > 0
            sessions.delete_many({"user_id": user_id})
            return erased

    def page_unused(self, *, since: datetime, after: str | None, limit: int) -> list[User]:
        """Return up to ``limit`` users not used since then, by id, those after ``after``."""
        if limit < 1:
            return []
        query = {"_id": {"$gt": after or ""}, **_unused(since)}
        with answering():
            found = self._users.find(query).sort("_id", ASCENDING).limit(limit)
            return [user_from(document) for document in found]

    def delete_unused(self, user_id: str, *, since: datetime) -> bool:
        """Erase the user if not used since then, in one operation, and then the sessions.

        The user goes first, because only that can be made to depend on anything. If the connection
        breaks in between, sessions stay behind that are worth nothing, and the sweep takes them.
        """
        with answering():
            erased = self._users.delete_one({"_id": user_id, **_unused(since)}).deleted_count > 0
            if erased:
                self._database()["sessions"].delete_many({"user_id": user_id})
            return erased

    def set_consent(self, user_id: str, consent: Consent) -> bool:
        """Put this consent in the place of the old one. Return False for no such user."""
        change = {"$set": {"consent": consent_document(consent)}}
        with answering():
            return self._users.update_one({"_id": user_id}, change).matched_count > 0

    def any_without_consent(self) -> bool:
        """Return whether there is a user who has consented to no notice."""
        with answering():
            return self._users.find_one({"consent.notice_version": None}, {"_id": 1}) is not None

    def last_revision(self) -> int:
        """Return the number of the last template that was added or replaced."""
        with answering():
            return self._revisions.last()

    def marks_since(self, revision: int, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` templates with that number or a higher one, in their order."""
        with answering():
            return self._revisions.since(revision, after=after, limit=limit)

    def marks(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` templates in the order of their users' ids."""
        with answering():
            return self._revisions.by_id(after=after, limit=limit)

    @property
    def _users(self) -> Collection[Document]:
        return self._database()["users"]

    @property
    def _durable(self) -> Collection[Document]:
        """The users for a read of what a majority has: what is found there stays."""
        return self._users.with_options(read_concern=ReadConcern("majority"))

    def _find(self, field: str, key: str | None) -> User | None:
        if key is None:
            return None
        with answering():
            document = self._users.find_one({field: key})
        return None if document is None else user_from(document)

    def _explain_refusal(self, user: User, refused_key: str | None) -> None:
        """Return where an insert whose reply was lost kept this very user; else raise.

        The read asks for what a majority has: a copy that only the present primary holds may
        still be lost, and must not be called kept.
        """
        own = self._durable.find_one({"_id": user.user_id})
        if own and user_from(own) == user_as_stored(user):
            return
        raise self._refusal(refused_key, username=user.username, email=user.email)

    def _refusal(
        self,
        refused_key: str | None,
        *,
        username: str | None,
        email: str | None,
        but: str | None = None,
    ) -> Refusal:
        """Return which of the names a unique index has refused: who else has it, ``but`` apart."""

        def taken(field: str, name: str | None) -> bool:
            if name is None or refused_key == field:
                return name is not None
            others = {} if but is None else {"_id": {"$ne": but}}
            return self._users.find_one({field: fold(name), **others}, {"_id": 1}) is not None

        if taken("username_key", username):
            return UsernameTaken()
        if taken("email_key", email):
            return EmailTaken()
        return StoreUnavailable()  # the holder of the name was erased meanwhile: try again


def _unused(since: datetime) -> Document:
    """Return the condition that a user last signed in, or was made, before that moment."""
    before = {"$lt": truncated(since)}
    return {"$or": [{"last_used_at": before}, {"last_used_at": None, "created_at": before}]}


def _refused_key(details: Mapping[str, Any] | None) -> str | None:
    """Return the field of the unique index that refused, where the server names it."""
    return next(iter((details or {}).get("keyPattern") or {}), None)


def _is_unique_violation(error: OperationFailure) -> bool:
    """Return whether an update was refused by a unique index.

    MongoDB says so with code 11000. FerretDB does for an insert, but lets the sentence of the
    database below it through, as an internal error, for an update.
    """
    if isinstance(error, DuplicateKeyError):
        return True
    return error.code == _INTERNAL_ERROR and "UNIQUE constraint failed" in str(error)
