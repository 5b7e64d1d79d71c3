"""The audit log in MongoDB."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditCut,
    AuditHead,
    AuditPosition,
    AuditRow,
)
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import Document
from facelogin.stores.mongo_users import DatabaseSource
from facelogin.stores.tampered import as_bytes, as_moment, as_number, as_text
from facelogin.stores.times import truncated

_OLDEST_FIRST = [("at", ASCENDING), ("lane", ASCENDING), ("seq", ASCENDING)]
_NEWEST_FIRST = [("at", DESCENDING), ("lane", DESCENDING), ("seq", DESCENDING)]
_CUT = "cut"
_AT_ONCE = 100


class MongoAudit:
    """An ``AuditStore`` in the collections ``audit_rows`` and ``audit_checkpoints``.

    The id of a row is its lane and its number in twelve digits, which sorts as the two do.
    """

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database

    def append(self, row: AuditRow) -> bool:
        """Keep a row, in one insert; the very same one again changes nothing."""
        with answering():
            try:
                self._rows.insert_one(row_document(row))
            except DuplicateKeyError:
                found = self._rows.find_one({"_id": _row_id(row.lane, row.seq)})
            else:
                return True
        return found is not None and _row(found) == row

    def rows(self, *, after: tuple[str, int] | None, limit: int) -> list[AuditRow]:
        """Return up to ``limit`` rows in the order of lane and number, those after ``after``.

        A comparison with text finds only text. So the first page begins with whatever is first,
        and the last one ends with whatever is last: in the order of ids, where every other type
        comes before text or after it, a row with an id of another type can't hide.
        """
        where = {} if after is None else {"_id": {"$gt": _row_id(*after)}}
        with answering():
            found = list(self._rows.find(where, sort=[("_id", ASCENDING)], limit=limit))
            if len(found) < limit:
                last = self._rows.find_one(sort=[("_id", DESCENDING)])
                if last is not None and not isinstance(last["_id"], str):
                    found.append(last)
        return [_row(document) for document in found]

    def by_time(
        self, *, after: AuditPosition | None, until: datetime | None, limit: int
    ) -> list[AuditRow]:
        """Return up to ``limit`` rows after ``after`` and before ``until``, the oldest first."""
        where = _beyond(after, "$gt")
        if until is not None:
            where.setdefault("at", {})["$lt"] = truncated(until)
        with answering():
            return [_row(one) for one in self._rows.find(where, sort=_OLDEST_FIRST, limit=limit)]

    def newest(
        self, *, subject: str | None, before: AuditPosition | None, limit: int
    ) -> list[AuditRow]:
        """Return up to ``limit`` rows before ``before``, the newest first."""
        where = _beyond(before, "$lt")
        if subject is not None:
            where["subject"] = subject
        with answering():
            return [_row(one) for one in self._rows.find(where, sort=_NEWEST_FIRST, limit=limit)]

    def heads(self, *, since: datetime | None) -> list[AuditHead]:
        """Return the last row of every lane with a row at or after ``since``, in no order.

        Read where a majority has it: a row that an election takes back was never there.
        """
        with answering():
            rows = self._rows.with_options(read_concern=ReadConcern("majority"))
            lanes = _every_lane(rows) if since is None else _lanes_since(rows, since)
            found = [_last_of(rows, lane) for lane in lanes]
        return [_row(document).head for document in found if document is not None]

    def add_checkpoint(self, checkpoint: AuditCheckpoint) -> bool:
        """Keep a checkpoint, in one insert; the very same one again changes nothing."""
        document = {
            "_id": checkpoint.n,
            "at": truncated(checkpoint.at),
            "body": checkpoint.body,
            "mac": checkpoint.mac,
        }
        with answering():
            try:
                self._checkpoints.insert_one(document)
            except DuplicateKeyError:
                found = self._checkpoints.find_one({"_id": checkpoint.n})
            else:
                return True
        return found is not None and _checkpoint(found) == checkpoint

    def checkpoints(self, *, after: int | None, limit: int) -> list[AuditCheckpoint]:
        """Return up to ``limit`` checkpoints after number ``after``, in their order."""
        where = {} if after is None else {"_id": {"$gt": after}}
        with answering():
            found = self._checkpoints.find(where, sort=[("_id", ASCENDING)], limit=limit)
            return [_checkpoint(document) for document in found]

    def last_checkpoint(self) -> AuditCheckpoint | None:
        """Return the checkpoint with the highest number, None before the first."""
        with answering():
            found = self._checkpoints.find_one({"_id": {"$gt": 0}}, sort=[("_id", DESCENDING)])
        return None if found is None else _checkpoint(found)

    def cut(self) -> AuditCut | None:
        """Return where the log begins, None if nothing was dropped yet."""
        with answering():
            found = self._cuts.find_one({"_id": _CUT})
        if found is None:
            return None
        return AuditCut(
            as_number(found.get("n")), as_text(found.get("body")), as_bytes(found.get("mac"))
        )

    def set_cut(self, cut: AuditCut, *, after: AuditCut | None) -> bool:
        """Keep ``cut`` in the place of ``after``, in one conditional write."""
        document = {"_id": _CUT, "n": cut.n, "body": cut.body, "mac": cut.mac}
        with answering():
            if after is not None:
                where = {"_id": _CUT, "mac": after.mac}
                return self._cuts.replace_one(where, document).matched_count > 0
            try:
                self._cuts.insert_one(document)
            except DuplicateKeyError:
                return False
            return True

    def drop_rows(self, lane: str, *, up_to: int) -> int:
        """Erase some of a lane's rows up to that number, the oldest."""
        begin, end = f"{lane}:", _row_id(lane, up_to)
        query = {"_id": {"$gt": begin, "$lte": end}}
        with answering():
            found = self._rows.find(query, {"_id": 1}, sort=[("_id", ASCENDING)], limit=_AT_ONCE)
            ids = [document["_id"] for document in found]
            if not ids:
                return 0
            those = {"_id": {"$gt": begin, "$lte": ids[-1]}}
            return self._rows.delete_many(those).deleted_count

    def drop_checkpoints(self, *, up_to: int) -> int:
        """Erase checkpoints up to that number, the oldest."""
        query = {"_id": {"$lte": up_to}}
        with answering():
            found = self._checkpoints.find(
                query, {"_id": 1}, sort=[("_id", ASCENDING)], limit=_AT_ONCE
            )
            ids = [document["_id"] for document in found]
            return self._checkpoints.delete_many({"_id": {"$in": ids}}).deleted_count

    @property
    def _cuts(self) -> Collection[Document]:
        return self._database()["audit_cut"]

    @property
    def _rows(self) -> Collection[Document]:
        return self._database()["audit_rows"]

    @property
    def _checkpoints(self) -> Collection[Document]:
        return self._database()["audit_checkpoints"]


def _row_id(lane: str, seq: int) -> str:
    return f"{lane}:{seq:012d}"


def _every_lane(rows: Collection[Document]) -> set[str]:
    """Return the names of all lanes, found by leaping from the first row of one to the next."""
    lanes = set[str]()
    beyond = ""
    while (first := rows.find_one({"_id": {"$gt": beyond}}, sort=[("_id", ASCENDING)])) is not None:
        lane = first["_id"].partition(":")[0]
        lanes.add(lane)
        beyond = f"{lane};"
    return lanes


def _lanes_since(rows: Collection[Document], since: datetime) -> set[str]:
    recent = rows.find({"at": {"$gte": truncated(since)}}, {"_id": False, "lane": True})
    return {as_text(document.get("lane")) for document in recent}


def _last_of(rows: Collection[Document], lane: str) -> Document | None:
    theirs = {"_id": {"$gt": f"{lane}:", "$lt": f"{lane};"}}  # ; is what follows on :
    return rows.find_one(theirs, sort=[("_id", DESCENDING)])


def _beyond(position: AuditPosition | None, comparison: str) -> dict[str, Any]:
    """Return the filter for rows on one side of a position, in words that an index can use."""
    if position is None:
        return {}
    at, lane, seq = truncated(position.at), position.lane, position.seq
    return {
        "at": {f"{comparison}e": at},
        "$or": [
            {"at": {comparison: at}},
            {"lane": {comparison: lane}},
            {"lane": lane, "seq": {comparison: seq}},
        ],
    }


def row_document(row: AuditRow) -> Document:
    """Return what stands for a row in its collection."""
    return {
        "_id": _row_id(row.lane, row.seq),
        "lane": row.lane,
        "seq": row.seq,
        "at": truncated(row.at),
        "subject": row.subject,
        "body": row.body,
        "mac": row.mac,
    }


def _row(document: Document) -> AuditRow:
    """Return the row in a document; one whose id is not that of its lane and number has neither."""
    lane, seq = as_text(document.get("lane")), as_number(document.get("seq"))
    if document["_id"] != _row_id(lane, seq):
        lane, seq = as_text(document["_id"]), -1
    subject = document.get("subject")
    return AuditRow(
        lane=lane,
        seq=seq,
        at=as_moment(document.get("at")),
        subject=None if subject is None else as_text(subject),
        body=as_text(document.get("body")),
        mac=as_bytes(document.get("mac")),
    )


def _checkpoint(document: Document) -> AuditCheckpoint:
    return AuditCheckpoint(
        n=as_number(document["_id"]),
        at=as_moment(document.get("at")),
        body=as_text(document.get("body")),
        mac=as_bytes(document.get("mac")),
    )
