"""Reports of the processes that serve, in MongoDB."""

from __future__ import annotations

from datetime import datetime

from pymongo.collection import Collection

from facelogin.domain.models import WorkerReport
from facelogin.stores.mongo_connection import answering
from facelogin.stores.mongo_documents import Document
from facelogin.stores.mongo_users import DatabaseSource
from facelogin.stores.times import truncated


class MongoWorkers:
    """A ``WorkerStore`` in the collection ``workers``."""

    def __init__(self, database: DatabaseSource) -> None:
        self._database = database

    def report(self, report: WorkerReport) -> None:
        """Keep this report in the place of the worker's last one."""
        # A list: a key's id may hold dots, which mean something in a field's name.
        states = report.key_states.items()
        said = {
            "key_states": [{"kid": kid, "state": state} for kid, state in states],
            "seen_at": truncated(report.seen_at),
            "address": report.address,
        }
        with answering():
            self._workers.replace_one({"_id": report.worker_id}, said, upsert=True)

    def every(self) -> list[WorkerReport]:
        """Return the last report of every worker, dead ones included."""
        with answering():
            return [_report_from(found) for found in self._workers.find()]

    def leave(self, worker_id: str) -> None:
        """Erase the worker's report."""
        with answering():
            self._workers.delete_one({"_id": worker_id})

    def sweep(self, *, seen_before: datetime) -> int:
        """Erase the reports from before that moment and return how many there were."""
        with answering():
            old = {"seen_at": {"$lt": truncated(seen_before)}}
            return self._workers.delete_many(old).deleted_count

    @property
    def _workers(self) -> Collection[Document]:
        return self._database()["workers"]


def _report_from(found: Document) -> WorkerReport:
    states = {entry["kid"]: entry["state"] for entry in found["key_states"]}
    return WorkerReport(found["_id"], states, found["seen_at"], found.get("address"))
