"""Takes what was erased out of SQLite's files, where a DELETE alone leaves it in three places.

Where the row stood, and on pages that are no longer used, ``secure_delete`` writes zeros at once.
But when b-tree pages are split or joined, rows are copied to other pages, and the gaps that they
leave keep their bytes: of 200 users erased among 1,000, one was found again in such a gap. VACUUM
would write every page anew and hold up everybody meanwhile, so the gaps are overwritten instead,
some pages at a time (``sqlite_pages``). And the write-ahead log keeps earlier pages until it is cut
to nothing, which waits for whoever reads.

A step cuts the log, takes the write lock, and looks whether the log is still empty: then what is in
the file is all there is, and no checkpoint writes to it. It looks as well whether the file at this
path is still the one that it has locked. Its commit makes every connection forget the pages that it
has in memory. It holds the lock for about 20 ms.

Every erasure is counted in its own transaction, and every step says how far it came. What could not
be done at once goes on with the operations that follow, at the next start, and by ``Store.scrub``,
whichever is first, whatever became of the process that began it.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from facelogin.stores.sqlite_connections import (
    in_turn,
    is_busy,
    open_connection,
    transaction,
    waiting,
)
from facelogin.stores.sqlite_pages import DatabaseFile, FileId, StrangePage, file_id

_AT_ONCE_BYTES = 16 * 1024 * 1024
"""Up to this size the gaps belong to the erasure: it takes about 2 ms for each MB."""
_PAGES = 128
_STEP_S = 0.02
_LOCK_WAIT_MS = 20
"""How long a step may wait for readers: meanwhile nobody else writes."""
_OPEN_WAIT_S = 1.0
"""How long it may take to connect, which holds up nobody."""
_WAIT_MS = 1000
_REST_S = 0.01
_PATIENCE_S = 5.0
_NEXT_S = 0.05
_RETRY_S, _RETRY_AT_MOST_S = 1.0, 60.0
_PAUSE_S = 10.0
"""Between two scrubbings for what a person may do again and again: they must not hold up others."""

_NOTE = "UPDATE scrubbing SET erased = erased + 1"
_PROGRESS = "SELECT erased, scrubbed, goal, next_page FROM scrubbing"
_GO_ON = "UPDATE scrubbing SET goal = ?, next_page = ?"
_DONE = "UPDATE scrubbing SET scrubbed = max(scrubbed, ?), next_page = 1"

_log = logging.getLogger(__name__)


class _Step(Enum):
    """What has become of a step."""

    DONE = auto()
    FURTHER = auto()
    HELD_UP = auto()  # by somebody who reads or writes


def note_erasure(connection: sqlite3.Connection) -> None:
    """Count, inside the transaction that erases something, that it is to be scrubbed."""
    connection.execute(_NOTE)


class Scrubber:
    """Scrubs after an erasure as far as it can be done at once, and later what could not."""

    def __init__(self) -> None:
        self._retry_at_s: float | None = None
        self._failures = 0
        self._done_at_s = -_PAUSE_S

    def erased(self, connection: sqlite3.Connection) -> None:
        """Do what can be done now, at the end of an erasure. Raises nothing: that one is done."""
        self._attempt(connection, wait_s=_WAIT_MS / 1000)
        if self._failures:
            _log.warning("an erased record is still in the database's files; trying again")

    def replaced(self, connection: sqlite3.Connection) -> None:
        """Do the same for a record that another took the place of, now or in some seconds."""
        pause_ends_s = self._done_at_s + _PAUSE_S
        if time.monotonic() < pause_ends_s:
            self._retry_at_s = pause_ends_s
        else:
            self.erased(connection)

    def retry(self, connection: sqlite3.Connection) -> None:
        """Do one more step if something is left and it is time. Raises nothing."""
        if self._retry_at_s is not None and time.monotonic() >= self._retry_at_s:
            self._attempt(connection, wait_s=0)

    def resume(self, connection: sqlite3.Connection) -> None:
        """Go on where a process before this one stopped. Raises sqlite3.Error."""
        erased, scrubbed, _, _ = connection.execute(_PROGRESS).fetchone()
        if erased != scrubbed:
            self._attempt(connection, wait_s=0)

    def scrub(self, connection: sqlite3.Connection) -> bool:
        """Scrub a database of any size. Return False where somebody reads it all the time.

        Between two steps it leaves as much time to others as the step took. Raises sqlite3.Error.
        """
        return self._scrub(connection, patience_s=_PATIENCE_S, whole=True) is _Step.DONE

    def _attempt(self, connection: sqlite3.Connection, *, wait_s: float) -> None:
        try:
            whole = _size_bytes(connection) <= _AT_ONCE_BYTES
            step = self._scrub(connection, patience_s=wait_s, whole=whole)
        except (sqlite3.Error, OSError) as error:
            _log.warning("the database could not be scrubbed", extra={"reason": str(error)})
            step = _Step.HELD_UP
        now_s = time.monotonic()
        self._failures = self._failures + 1 if step is _Step.HELD_UP else 0
        if step is _Step.DONE:
            self._retry_at_s, self._done_at_s = None, now_s
        elif step is _Step.FURTHER:
            self._retry_at_s = now_s + _NEXT_S
        else:
            pause_s = min(_RETRY_S * 2 ** (self._failures - 1), _RETRY_AT_MOST_S)
            self._retry_at_s = now_s + pause_s

    def _scrub(self, connection: sqlite3.Connection, *, patience_s: float, whole: bool) -> _Step:
        """Go on until it is done (or one step further, if not ``whole``) or nothing moves."""
        try:
            with _beside(connection) as beside:
                return _steps(beside, patience_s=patience_s, whole=whole)
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            return _Step.HELD_UP


@dataclass(frozen=True, slots=True)
class _Beside:
    """A connection for steps alone, and the file whose locks it takes."""

    connection: sqlite3.Connection
    path: Path
    file: FileId


def _steps(beside: _Beside, *, patience_s: float, whole: bool) -> _Step:
    moved_at_s = time.monotonic()
    while True:
        begun_s = time.monotonic()
        step = _one_step(beside)
        ended_s = time.monotonic()
        if step is _Step.DONE or (step is _Step.FURTHER and not whole):
            return step
        if step is _Step.FURTHER:
            moved_at_s = ended_s
        elif ended_s - moved_at_s >= patience_s:
            return step
        time.sleep(max(ended_s - begun_s, _REST_S))


@contextmanager
def _beside(connection: sqlite3.Connection) -> Iterator[_Beside]:
    """Open one more connection, for steps alone.

    One that others use has pages in memory, gaps and all, and its own commit would not make it
    forget them. This one reads no page that anybody's data is on.
    """
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    turns = getattr(connection, "turns", None)
    file = file_id(path.stat())
    with closing(open_connection(path, busy_timeout_s=_OPEN_WAIT_S, turns=turns)) as own:
        if file_id(path.stat()) != file:
            raise sqlite3.DatabaseError("another file was put in the place of this one")
        yield _Beside(own, path, file)


def _one_step(beside: _Beside) -> _Step:
    connection = beside.connection
    try:
        # This much can be done beside everybody, so that what is left takes no time.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        with waiting(connection, _LOCK_WAIT_MS), in_turn(connection):
            if not _empty_log(connection):
                return _Step.HELD_UP
            with transaction(connection):
                if not _log_is_empty(beside.path):
                    return _Step.HELD_UP  # somebody was quicker
                return _clean_some(beside)
    except sqlite3.OperationalError as error:
        if not is_busy(error):
            raise
        return _Step.HELD_UP
    except StrangePage as error:
        raise sqlite3.DatabaseError(f"not as the file format says: {error}") from error


def _clean_some(beside: _Beside) -> _Step:
    """Clean the next pages, inside a transaction on an empty log, and note how far it came."""
    connection, file = beside.connection, DatabaseFile(beside.path)
    if file.id != beside.file:
        raise sqlite3.DatabaseError("another file was put in the place of this one")
    erased, scrubbed, goal, page = connection.execute(_PROGRESS).fetchone()
    if erased == scrubbed:
        return _Step.DONE
    if page == 1:
        goal = erased  # what is erased from now on needs another round
    pages, ends_s = file.pages, time.monotonic() + _STEP_S
    spans = strange = 0
    while page <= pages:
        cleaned = file.clean(page, min(_PAGES, pages - page + 1))
        spans, strange, page = spans + cleaned.spans, strange + cleaned.strange, page + _PAGES
        if time.monotonic() >= ends_s:
            break
    if strange:
        _log.error("pages of the database are not as they should be", extra={"pages": strange})
    if spans:
        file.sync()
    if page <= pages:
        connection.execute(_GO_ON, (goal, page))
        return _Step.FURTHER
    connection.execute(_DONE, (goal,))
    return _Step.DONE if goal == erased else _Step.FURTHER


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Move the log into the database and cut it to nothing. Return False where others read it."""
    busy, pages, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy and not pages


def _log_is_empty(path: Path) -> bool:
    """Return whether the log is there and empty: one that was taken away may still be in use."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size == 0


def _size_bytes(connection: sqlite3.Connection) -> int:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    return int(pages * connection.execute("PRAGMA page_size").fetchone()[0])
