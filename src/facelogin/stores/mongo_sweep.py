"""Erases documents of MongoDB that are over, some at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo.collection import Collection

from facelogin.stores.in_parts import AT_ONCE, erase_in_parts
from facelogin.stores.mongo_documents import Document
from facelogin.stores.times import truncated


def sweep(collection: Collection[Document], over: Document) -> int:
    """Erase the documents that meet the condition ``over``; return how many there were.

    An index should find them. No operation takes long, however many there are. Raises
    PyMongoError.
    """

    def find(_: Any | None) -> list[Any]:  # noqa: ANN401 - whatever the id is
        return [one["_id"] for one in collection.find(over, {"_id": 1}).limit(AT_ONCE)]

    def erase(ids: list[Any]) -> int:
        return collection.delete_many({"_id": {"$in": ids}, **over}).deleted_count

    return erase_in_parts(find, erase)


def sweep_expired(collection: Collection[Document], *, now: datetime) -> int:
    """Erase the documents whose ``expires_at`` has come, likewise."""
    return sweep(collection, {"expires_at": {"$lte": truncated(now)}})
