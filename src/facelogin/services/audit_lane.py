"""One lane of the audit log: the rows that one process writes, one after the other."""

from __future__ import annotations

import secrets
import threading

from facelogin.domain.audit import AuditEvent, AuditHead, AuditRow, chain_row
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.ports import AuditKeys, AuditStore

_LANE_BYTES = 8
_WAIT_S = 5.0
_LANES_TO_TRY = 3


class AuditLane:
    """Appends rows without a gap. Safe to share among threads, not among processes.

    A row whose outcome is unknown (the store did not answer, or not in time) keeps its number:
    before anything else is written, that very row is written again, which is success where it is
    there already. A number that somebody else took ends the lane, and another begins.
    """

    def __init__(self, *, store: AuditStore, keys: AuditKeys) -> None:
        self._store = store
        self._keys = keys
        self._lock = threading.Lock()
        self._lane = _new_lane()
        self._head: AuditHead | None = None
        self._unknown: tuple[AuditEvent, AuditRow] | None = None

    @property
    def head(self) -> AuditHead | None:
        """The last row that the store has confirmed; None before the first."""
        return self._head

    def append(self, event: AuditEvent, *, after: int) -> None:
        """Keep a row; ``after`` is the last checkpoint that this process knows of.

        Raises StoreUnavailable, also where other threads are in the way for too long.
        """
        if not self._lock.acquire(timeout=_WAIT_S):
            raise StoreUnavailable
        try:
            self._settle(after=after)
            self._write(event, after=after)
        finally:
            self._lock.release()

    def _settle(self, *, after: int) -> None:
        """Find out about the row whose outcome is unknown, by writing it again."""
        if self._unknown is None:
            return
        event, row = self._unknown
        if self._keep(event, row):
            return
        self._begin_anew()
        self._write(event, after=after)

    def _write(self, event: AuditEvent, *, after: int) -> None:
        for _ in range(_LANES_TO_TRY):
            row = chain_row(
                event, lane=self._lane, before=self._head, after=after, key=self._keys.active()
            )
            if self._keep(event, row):
                return
            self._begin_anew()
        raise StoreUnavailable

    def _keep(self, event: AuditEvent, row: AuditRow) -> bool:
        """Return whether the store has this row; until it has said so, the row is unknown."""
        self._unknown = event, row
        kept = self._store.append(row)
        self._unknown = None
        if kept:
            self._head = row.head
        return kept

    def _begin_anew(self) -> None:
        self._lane, self._head = _new_lane(), None


def _new_lane() -> str:
    return secrets.token_hex(_LANE_BYTES)
