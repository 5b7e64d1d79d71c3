"""The numbers that templates get in MongoDB, so that changes can be asked for by number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database

from facelogin.domain.models import TemplateMark
from facelogin.stores.mongo_documents import ADDED, OWNS_ADDED, Document, mark_from

_COUNTER = "template_revisions"
_FIELDS = {
    "revision": 1,
    OWNS_ADDED: 1,
    **{
        f"{place}.{field}": 1
        for place in ("template", ADDED)
        for field in ("template_id", "engine", "created_at")
    },
}


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
        """Return up to ``limit`` users' marks with that number or a higher one, in their order."""
        later = {"revision": {"$gt": revision}}
        same = {"revision": revision, "_id": {"$gt": after or ""}}
        order = [("revision", ASCENDING), ("_id", ASCENDING)]
        return self._found({"$or": [later, same]}, order, limit)

    def by_id(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` users' marks in the order of their ids."""
        return self._found({"_id": {"$gt": after or ""}}, [("_id", ASCENDING)], limit)

    def _found(
        self, query: Mapping[str, Any], order: list[tuple[str, int]], limit: int
    ) -> list[TemplateMark]:
        if limit < 1:
            return []  # to MongoDB a limit of 0 means no limit
        found = self._database()["users"].find(query, _FIELDS).sort(order).limit(limit)
        return [mark_from(document) for document in found]

    @property
    def _meta(self) -> Collection[Document]:
        return self._database()["meta"]
