"""Reports of the processes that serve, in SQLite."""

from __future__ import annotations

import json
from datetime import datetime

from facelogin.domain.models import WorkerReport
from facelogin.stores.sqlite_connections import Lender
from facelogin.stores.times import from_ms, to_ms

_REPORT = """
    INSERT OR REPLACE INTO workers (worker_id, key_states, seen_ms, address) VALUES (?, ?, ?, ?)
"""


class SqliteWorkers:
    """A ``WorkerStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender) -> None:
        self._lend = lend

    def report(self, report: WorkerReport) -> None:
        """Keep this report in the place of the worker's last one."""
        states = json.dumps(dict(report.key_states))
        with self._lend() as connection:
            seen_ms = to_ms(report.seen_at)
            connection.execute(_REPORT, (report.worker_id, states, seen_ms, report.address))

    def every(self) -> list[WorkerReport]:
        """Return the last report of every worker, dead ones included."""
        with self._lend() as connection:
            rows = connection.execute(
                "SELECT worker_id, key_states, seen_ms, address FROM workers"
            ).fetchall()
        return [
            WorkerReport(worker_id, json.loads(states), from_ms(seen_ms), address)
            for worker_id, states, seen_ms, address in rows
        ]

    def leave(self, worker_id: str) -> None:
        """Erase the worker's report."""
        with self._lend() as connection:
            connection.execute("DELETE FROM workers WHERE worker_id = ?", (worker_id,))

    def sweep(self, *, seen_before: datetime) -> int:
        """Erase the reports from before that moment and return how many there were."""
        with self._lend() as connection:
            return connection.execute(
                "DELETE FROM workers WHERE seen_ms < ?", (to_ms(seen_before),)
            ).rowcount
