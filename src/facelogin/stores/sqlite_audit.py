"""The audit log in SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditCut,
    AuditHead,
    AuditPosition,
    AuditRow,
)
from facelogin.stores.sqlite_connections import Lender, Row, transaction
from facelogin.stores.tampered import as_bytes, as_moment, as_number, as_text
from facelogin.stores.times import to_ms

_INSERT = """
    INSERT INTO audit_rows (lane, seq, at_ms, subject, body, mac) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (lane, seq) DO NOTHING
"""
_SELECT = "SELECT lane, seq, at_ms, subject, body, mac FROM audit_rows"
_SELECT_ONE = f"{_SELECT} WHERE lane = ? AND seq = ?"
_LAST_OF_LANE = f"{_SELECT} WHERE lane = ? ORDER BY seq DESC LIMIT 1"
_FORWARD = "ORDER BY at_ms, lane, seq LIMIT ?"
_BACKWARD = "ORDER BY at_ms DESC, lane DESC, seq DESC LIMIT ?"
_NEXT_LANE = "SELECT min(lane) FROM audit_rows WHERE lane > ?"

_INSERT_CHECKPOINT = """
    INSERT INTO audit_checkpoints (n, at_ms, body, mac) VALUES (?, ?, ?, ?)
    ON CONFLICT (n) DO NOTHING
"""
_SELECT_CHECKPOINTS = "SELECT n, at_ms, body, mac FROM audit_checkpoints"
_SELECT_CUT = "SELECT n, body, mac FROM audit_cut"
_INSERT_CUT = """
    INSERT INTO audit_cut (only_row, n, body, mac) VALUES (1, ?, ?, ?)
    ON CONFLICT (only_row) DO NOTHING
"""
_REPLACE_CUT = "UPDATE audit_cut SET n = ?, body = ?, mac = ? WHERE mac = ?"
_AT_ONCE = 200
_DROP_ROWS = """
    DELETE FROM audit_rows
    WHERE lane = ? AND seq <= ?
          AND seq < (SELECT min(seq) FROM audit_rows WHERE lane = ?) + ?
"""
_DROP_CHECKPOINTS = """
    DELETE FROM audit_checkpoints
    WHERE n <= ? AND n < (SELECT min(n) FROM audit_checkpoints) + ?
"""


class SqliteAudit:
    """An ``AuditStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender) -> None:
        self._lend = lend

    def append(self, row: AuditRow) -> bool:
        """Keep a row, in one statement; the very same one again changes nothing."""
        values = (row.lane, row.seq, to_ms(row.at), row.subject, row.body, row.mac)
        with self._lend() as connection:
            if connection.execute(_INSERT, values).rowcount:
                return True
            found = connection.execute(_SELECT_ONE, (row.lane, row.seq)).fetchone()
        return bool(found == values)

    def rows(self, *, after: tuple[str, int] | None, limit: int) -> list[AuditRow]:
        """Return up to ``limit`` rows in the order of lane and number, those after ``after``."""
        where, values = ("", ()) if after is None else ("WHERE (lane, seq) > (?, ?)", after)
        return self._rows(f"{_SELECT} {where} ORDER BY lane, seq LIMIT ?", *values, limit)

    def by_time(
        self, *, after: AuditPosition | None, until: datetime | None, limit: int
    ) -> list[AuditRow]:
        """Return up to ``limit`` rows after ``after`` and before ``until``, the oldest first."""
        wheres, values = ["1"], list[object]()
        if after is not None:
            wheres.append("(at_ms, lane, seq) > (?, ?, ?)")
            values += (to_ms(after.at), after.lane, after.seq)
        if until is not None:
            wheres.append("at_ms < ?")
            values.append(to_ms(until))
        return self._rows(f"{_SELECT} WHERE {' AND '.join(wheres)} {_FORWARD}", *values, limit)

    def newest(
        self, *, subject: str | None, before: AuditPosition | None, limit: int
    ) -> list[AuditRow]:
        """Return up to ``limit`` rows before ``before``, the newest first."""
        wheres, values = ["1"], list[object]()
        if subject is not None:
            wheres.append("subject = ?")
            values.append(subject)
        if before is not None:
            wheres.append("(at_ms, lane, seq) < (?, ?, ?)")
            values += (to_ms(before.at), before.lane, before.seq)
        return self._rows(f"{_SELECT} WHERE {' AND '.join(wheres)} {_BACKWARD}", *values, limit)

    def heads(self, *, since: datetime | None) -> list[AuditHead]:
        """Return the last row of every lane with a row at or after ``since``, in no order."""
        heads = []
        with self._lend() as connection:
            if since is None:
                lanes = list[Any]()
                while lane := connection.execute(_NEXT_LANE, (lanes[-1:] or [""])).fetchone()[0]:
                    lanes.append(lane)
            else:
                recent = "SELECT DISTINCT lane FROM audit_rows WHERE at_ms >= ?"
                lanes = [lane for (lane,) in connection.execute(recent, (to_ms(since),))]
            for lane in lanes:
                found = connection.execute(_LAST_OF_LANE, (lane,)).fetchone()
                if found is not None:
                    heads.append(_row(found).head)
        return heads

    def add_checkpoint(self, checkpoint: AuditCheckpoint) -> bool:
        """Keep a checkpoint, in one statement; the very same one again changes nothing."""
        values = (checkpoint.n, to_ms(checkpoint.at), checkpoint.body, checkpoint.mac)
        with self._lend() as connection:
            if connection.execute(_INSERT_CHECKPOINT, values).rowcount:
                return True
            found = connection.execute(
                f"{_SELECT_CHECKPOINTS} WHERE n = ?", (checkpoint.n,)
            ).fetchone()
        return bool(found == values)

    def checkpoints(self, *, after: int | None, limit: int) -> list[AuditCheckpoint]:
        """Return up to ``limit`` checkpoints after number ``after``, in their order."""
        where, values = ("", ()) if after is None else ("WHERE n > ?", (after,))
        statement = f"{_SELECT_CHECKPOINTS} {where} ORDER BY n LIMIT ?"
        with self._lend() as connection:
            return [_checkpoint(row) for row in connection.execute(statement, (*values, limit))]

    def last_checkpoint(self) -> AuditCheckpoint | None:
        """Return the checkpoint with the highest number, None before the first."""
        statement = f"{_SELECT_CHECKPOINTS} ORDER BY n DESC LIMIT 1"
        with self._lend() as connection:
            found = connection.execute(statement).fetchone()
        return None if found is None else _checkpoint(found)

    def cut(self) -> AuditCut | None:
        """Return where the log begins, None if nothing was dropped yet."""
        with self._lend() as connection:
            found = connection.execute(_SELECT_CUT).fetchone()
        return None if found is None else AuditCut(*_cut_values(found))

    def set_cut(self, cut: AuditCut, *, after: AuditCut | None) -> bool:
        """Keep ``cut`` in the place of ``after``, in one statement."""
        values = (cut.n, cut.body, cut.mac)
        with self._lend() as connection:
            if after is None:
                return connection.execute(_INSERT_CUT, values).rowcount > 0
            return connection.execute(_REPLACE_CUT, (*values, after.mac)).rowcount > 0

    def drop_rows(self, lane: str, *, up_to: int) -> int:
        """Erase some of a lane's rows up to that number, the oldest, in one transaction."""
        with self._lend() as connection, transaction(connection):
            return connection.execute(_DROP_ROWS, (lane, up_to, lane, _AT_ONCE)).rowcount

    def drop_checkpoints(self, *, up_to: int) -> int:
        """Erase checkpoints up to that number, the oldest, in one transaction."""
        with self._lend() as connection, transaction(connection):
            return connection.execute(_DROP_CHECKPOINTS, (up_to, _AT_ONCE)).rowcount

    def _rows(self, statement: str, *values: object) -> list[AuditRow]:
        with self._lend() as connection:
            return [_row(row) for row in connection.execute(statement, values)]


def _row(row: Row) -> AuditRow:
    lane, seq, at_ms, subject, body, mac = row
    return AuditRow(
        lane=as_text(lane),
        seq=as_number(seq),
        at=as_moment(at_ms),
        subject=None if subject is None else as_text(subject),
        body=as_text(body),
        mac=as_bytes(mac),
    )


def _cut_values(row: Row) -> tuple[int, str, bytes]:
    n, body, mac = row
    return as_number(n), as_text(body), as_bytes(mac)


def _checkpoint(row: Row) -> AuditCheckpoint:
    n, at_ms, body, mac = row
    return AuditCheckpoint(as_number(n), as_moment(at_ms), as_text(body), as_bytes(mac))
