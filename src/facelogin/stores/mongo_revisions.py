"""The numbers that templates get in MongoDB, so that changes can be asked for by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from facelogin.domain.models import TemplateMark
from facelogin.stores.mongo_documents import Document

_COUNTER = "template_revisions"
_FIELDS = {"template.template_id": 1, "revision": 1}


class MongoRevisions:
    """Gives out numbers and finds templates by them. What PyMongo raises passes through.

    A number is drawn before the write that carries it, since no two documents change together:
    whoever draws first may write last. So who asks for what is new asks for some time back too.
    """

    def __init__(self, database: Callable[[], Database[Document]]) -> None:
        self._database = database

    def draw(self) -> int:
        """Return a number that nobody had before."""
        counted = self._meta.find_one_and_update(
            {"_id": _COUNTER},
            {"$inc": {"last": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        if counted is None:  # never, with upsert; PyMongo can only not promise it
            return self.draw()
        return int(counted["last"])

    def last(self) -> int:
        """Return the number that was drawn last, 0 for none."""
        counted = self._meta.find_one({"_id": _COUNTER})
        return 0 if counted is None else int(counted["last"])

    def since(self, revision: int, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` templates with that number or a higher one, in their order."""
        later = {"revision": {"$gt": revision}}
        same = {"revision": revision, "_id": {"$gt": after or ""}}
        order = [("revision", ASCENDING), ("_id", ASCENDING)]
        return self._found({"$or": [later, same]}, order, limit)

    def by_id(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` templates in the order of their users' ids."""
        return self._found({"_id": {"$gt": after or ""}}, [("_id", ASCENDING)], limit)

    def _found(
        self, query: Mapping[str, Any], order: list[tuple[str, int]], limit: int
    ) -> list[TemplateMark]:
        if limit < 1:
            return []  # to MongoDB a limit of 0 means no limit
        found = self._database()["users"].find(query, _FIELDS).sort(order).limit(limit)
        return [_mark_from(document) for document in found]

    @property
    def _meta(self) -> Collection[Document]:
        return self._database()["meta"]


def _mark_from(document: Document) -> TemplateMark:
    """Return the mark of a user; one that was kept before there were numbers has 0."""
    revision = int(document.get("revision") or 0)
    return TemplateMark(document["_id"], document["template"]["template_id"], revision)
