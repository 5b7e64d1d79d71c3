"""Users in MongoDB: one document each, the templates inside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import count
from typing import Any

from pymongo import ASCENDING, ReturnDocument, UpdateOne, timeout
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from facelogin.domain.errors import EmailTaken, Refusal, StoreUnavailable, UsernameTaken
from facelogin.domain.models import (
    Consent,
    EngineRef,
    KnownDevices,
    RecoveryCodes,
    Rewrapped,
    SealedRecord,
    SealedTemplate,
    TemplateMark,
    User,
    UserTemplates,
)
from facelogin.domain.names import fold
from facelogin.stores.added_templates import ids_without, may_add
from facelogin.stores.lookup import lookup_key, storable
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import (
    ADDED,
    OWNS_ADDED,
    Document,
    consent_document,
    devices_document,
    names_document,
    own_added,
    record_document,
    recovery_document,
    templates_document,
    user_document,
    user_from,
    user_templates_from,
)
from facelogin.stores.mongo_revisions import MongoRevisions
from facelogin.stores.times import template_as_stored, truncated, user_as_stored

DatabaseSource = Callable[[], Database[Document]]

_INTERNAL_ERROR = 1
_AT_ONCE = 10
_BULK_S = 60.0
"""Updates to a message, and how long all of a batch may take once the server has answered."""
_TRIES = 10
"""How often a change of somebody's templates is tried; others are seldom quicker even once."""


class MongoUsers:
    """A ``UserStore`` in the collection ``users``."""

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database
        self._revisions = MongoRevisions(database)

    def create(self, user: User) -> None:
        """Keep a new user with all templates in one document.

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

    def find_by_ids(self, user_ids: Sequence[str]) -> list[User]:
        """Return those of these users that there are, in the order of ids."""
        those = {"_id": {"$in": [one for one in user_ids if storable(one)]}}
        with answering():
            return [user_from(one) for one in self._users.find(those).sort("_id", ASCENDING)]

    def page(self, *, after: str | None, limit: int, match: str | None = None) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``."""
        if limit < 1 or (match is not None and not storable(match)):
            return []  # to MongoDB a limit of 0 means no limit
        query: Document = {"_id": {"$gt": after or ""}}
        if match is not None:
            text = {"$regex": re.escape(fold(match))}
            query["$or"] = [{"username_key": text}, {"email_key": text}]
        with answering():
            later = self._users.find(query)
            return [user_from(document) for document in later.sort("_id", ASCENDING).limit(limit)]

    def templates(self, *, after: str | None, limit: int) -> list[UserTemplates]:
        """Return the templates of up to ``limit`` users in the order of their ids."""
        if limit < 1:
            return []
        with answering():
            later = self._users.find({"_id": {"$gt": after or ""}}, {"template": 1, ADDED: 1})
            some = later.sort("_id", ASCENDING).limit(limit)
            return [user_templates_from(document) for document in some]

    def count(self) -> int:
        """Return how many users there are, from the collection's own counter.

        It takes the same time for ten users and ten million. After a server's crash it can be
        off by the last writes, until MongoDB has counted again.
        """
        with answering():
            return self._users.estimated_document_count()

    def count_engines(self) -> Mapping[EngineRef, int]:
        """Return how many templates each engine has made that people have now."""
        found: Counter[EngineRef] = Counter()
        with answering():
            for place, there in self._places():
                counted: list[Document] = []
                while one := self._users.find_one(there | _none_of(counted)):
                    engine = EngineRef(**_template_at(place, one)["engine"])
                    of_engine = {f"{place}.engine.{key}": v for key, v in asdict(engine).items()}
                    found[engine] += self._count(there | of_engine)
                    counted.append(of_engine)
        return {one: found[one] for one in sorted(found, key=lambda one: (one.id, one.version))}

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
        """Put ``template`` in the place of all others, in one conditional update.

        Returns False if the user has another main template by now, or is gone.
        """
        expected = {"_id": user_id, "template.template_id": old_template_id}
        with answering():
            numbered = templates_document([template]) | {"revision": self._revisions.draw()}
            change = {"$set": numbered, "$unset": {ADDED: ""}}
            if self._users.update_one(expected, change).matched_count:
                return True
            own = self._durable.find_one({"_id": user_id})
        return own is not None and user_from(own).template == template_as_stored(template)

    def add_template(self, user_id: str, *, beside: str, template: SealedTemplate) -> bool:
        """Add a template by another engine in one conditional update; those that don't count go.

        Returns False if ``beside`` is not the main one, or the user has one of that engine.
        """
        new = template_as_stored(template)

        def with_new(user: User) -> list[SealedTemplate] | None:
            can = may_add(user, beside=beside, template=new)
            return [*user.templates, new] if can else None

        with answering():
            if self._change_templates(user_id, with_new):
                return True
            own = self._durable.find_one({"_id": user_id})
        return own is not None and new in user_from(own).templates

    def drop_template(self, user_id: str, *, template_id: str) -> bool:
        """Erase one template of several in one conditional update; the first added may move up.

        Returns False if the user has no such template, or no other.
        """

        def without(user: User) -> list[SealedTemplate] | None:
            left = ids_without(user, template_id)
            return [one for one in user.templates if one.template_id in left] or None

        with answering():
            return self._change_templates(user_id, without)

    def _change_templates(
        self, user_id: str, changed: Callable[[User], list[SealedTemplate] | None]
    ) -> bool:
        """Give the user the templates that ``changed`` makes of the present ones; None: no change.

        The update is made only if nobody has changed any template since it was read; else all is
        done again. Raises StoreUnavailable if others are quicker each time.
        """
        for _ in range(_TRIES):
            document = self._users.find_one({"_id": user_id})
            templates = None if document is None else changed(user_from(document))
            if document is None or templates is None:
                return False
            fields = templates_document(templates) | {"revision": self._revisions.draw()}
            gone = {} if ADDED in fields else {"$unset": {ADDED: ""}}
            as_read = {field: document.get(field) for field in ("_id", "template", ADDED)}
            if self._users.update_one(as_read, {"$set": fields, **gone}).matched_count:
                return True
        raise StoreUnavailable

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

    def set_devices(self, user_id: str, devices: KnownDevices, *, after: KnownDevices) -> bool:
        """Put these in the place of ``after``, in one conditional update."""
        expected: Document = {"_id": user_id, "devices": devices_document(after)}
        change = {"$set": {"devices": devices_document(devices)}}
        with answering():
            return self._users.update_one(expected, change).matched_count > 0

    def use_recovery_code(self, user_id: str, code_hash: bytes) -> bool:
        """Erase this hash from the user's set. Return False where it is not (or no more) there."""
        has_it = {"_id": user_id, "recovery.hashes": code_hash}
        without = {"$pull": {"recovery.hashes": code_hash}}
        with answering():
            return self._users.update_one(has_it, without).matched_count > 0

    def rewrap_template(
        self, user_id: str, *, template_id: str, old: SealedRecord, new: SealedRecord
    ) -> bool:
        """Put ``new`` in the place of ``old``, if the template still has that very record."""
        return self.rewrap_templates([Rewrapped(user_id, template_id, old, new)]) > 0

    def rewrap_templates(self, changes: Sequence[Rewrapped]) -> int:
        """Do so for each, in one bulk of conditional updates; return how many were still there."""
        with answering():
            found = self._users.find({"_id": {"$in": [one.user_id for one in changes]}})
            documents = {document["_id"]: document for document in found}
            there = [one for one in changes if one.user_id in documents]
            updates = [_rewrapping(documents[one.user_id], one) for one in there]
            wanted = [update for update in updates if update is not None]
            parts = [wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE)]
            with timeout(_BULK_S):
                return sum(self._users.bulk_write(part).matched_count for part in parts)

    def count_sealed_with(self, kid: str) -> int:
        """Return how many templates that people have now this key opens."""
        with answering():
            queries = [there | {f"{place}.record.kid": kid} for place, there in self._places()]
            return sum(map(self._count, queries))

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

    def delete_unused(self, user_ids: Sequence[str], *, since: datetime) -> list[str]:
        """Erase those not used since then, in one operation, and then their sessions.

        The users go first, because only that can be made to depend on anything. If the connection
        breaks in between, sessions stay behind that are worth nothing, and the sweep takes them.
        """
        unused = {"_id": {"$in": list(user_ids)}, **_unused(since)}
        with answering():
            found = {one["_id"] for one in self._users.find(unused, {"_id": 1})}
            self._users.delete_many({**unused, "_id": {"$in": list(found)}})
            kept = self._users.find({"_id": {"$in": list(found)}}, {"_id": 1})
            erased = found - {one["_id"] for one in kept}
            self._database()["sessions"].delete_many({"user_id": {"$in": list(erased)}})
        return [user_id for user_id in user_ids if user_id in erased]

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
        """Return the number of the last change of anybody's templates."""
        with answering():
            return self._revisions.last()

    def marks_since(self, revision: int, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` users' marks with that number or a higher one, in their order."""
        with answering():
            return self._revisions.since(revision, after=after, limit=limit)

    def marks(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` users' marks in the order of their ids."""
        with answering():
            return self._revisions.by_id(after=after, limit=limit)

    @property
    def _users(self) -> Collection[Document]:
        return self._database()["users"]

    @property
    def _durable(self) -> Collection[Document]:
        """The users for a read of what a majority has: what is found there stays."""
        return self._users.with_options(read_concern=ReadConcern("majority"))

    def _places(self) -> Iterator[tuple[str, Document]]:
        """Yield where in a document templates are that count, and what finds those documents."""
        yield "template", {}
        for number in count():
            place = f"{ADDED}.{number}"
            there: Document = {OWNS_ADDED: True, place: {"$exists": True}}
            if self._users.find_one(there, {"_id": 1}) is None:
                return
            yield place, there

    def _count(self, query: Document) -> int:
        return int(self._database().command("count", "users", query=query)["n"])

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


def _rewrapping(document: Document, change: Rewrapped) -> UpdateOne | None:
    """Return what replaces that record if the document still has it, and erases what is void.

    None if it has no such template.
    """
    own = own_added(document)
    places = ["template", *(f"{ADDED}.{place}" for place in range(len(own)))]
    for place, kept in zip(places, [document["template"], *own], strict=True):
        if kept["template_id"] != change.template_id:
            continue
        owns = document["template"].get("owns_added")
        old = record_document(change.old)
        expected = {
            "_id": document["_id"],
            OWNS_ADDED: owns,
            f"{place}.template_id": change.template_id,
            **{f"{place}.record.{key}": value for key, value in old.items()},
        }
        update = {"$set": {f"{place}.record": record_document(change.new)}}
        return UpdateOne(expected, update if owns else update | {"$unset": {ADDED: ""}})
    return None


def _none_of(conditions: list[Document]) -> Document:
    return {"$nor": conditions} if conditions else {}


def _template_at(place: str, document: Document) -> Document:
    main, *number = place.split(".")
    found: Document = document[main][int(number[0])] if number else document[main]
    return found


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
