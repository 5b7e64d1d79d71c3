"""Takes what was erased out of SQLite's files, where a DELETE alone leaves it in three places.

Where the row stood, and on pages that are no longer used, ``secure_delete`` writes zeros at once.
But when b-tree pages are split or joined, rows are copied to other pages, and the gaps that they
leave keep their bytes: of 200 users erased among 1,000, one was found again in such a gap. Only
VACUUM, which writes every page anew, is certain to remove these. And the write-ahead log keeps
earlier pages until it is cut to nothing, which waits for whoever reads.

So every erasure is counted in its own transaction, and every scrubbing says how far it came. What
could not be done at once is tried again with the operations that follow, at the next start, and by
``Store.scrub``, whichever is first, whatever became of the process that began it.
"""

from __future__ import annotations

import logging
import sqlite3
import time

from facelogin.stores.sqlite_connections import waiting

_AT_ONCE_BYTES = 16 * 1024 * 1024
"""Up to this size a VACUUM belongs to the erasure: it takes about 20 ms for each MB."""
_IN_MEMORY_BYTES = 256 * 1024 * 1024
"""Up to this size VACUUM builds its copy in memory, above it in a temporary file."""
_WAIT_MS = 1000
_RETRY_S, _RETRY_AT_MOST_S = 1.0, 60.0
_PAUSE_S = 10.0
"""Between two scrubbings for what a person may do again and again: they must not hold up others."""

_NOTE = "UPDATE scrubbing SET erased = erased + 1"
_DUE = "SELECT erased, scrubbed FROM scrubbing"
_DONE = "UPDATE scrubbing SET scrubbed = max(scrubbed, ?)"

_log = logging.getLogger(__name__)


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
        if not self._attempt(connection, wait_ms=_WAIT_MS):
            _log.warning("an erased record is still in the database's files; trying again")

    def replaced(self, connection: sqlite3.Connection) -> None:
        """Do the same for a record that another took the place of, now or in some seconds."""
        pause_ends_s = self._done_at_s + _PAUSE_S
        if time.monotonic() < pause_ends_s:
            self._retry_at_s = pause_ends_s
        else:
            self.erased(connection)

    def retry(self, connection: sqlite3.Connection) -> None:
        """Try again if something is left and it is time; waits for nobody and raises nothing."""
        if self._retry_at_s is not None and time.monotonic() >= self._retry_at_s:
            self._attempt(connection, wait_ms=0)

    def resume(self, connection: sqlite3.Connection) -> None:
        """Go on where a process before this one stopped. Raises sqlite3.Error."""
        erased, scrubbed = connection.execute(_DUE).fetchone()
        if erased != scrubbed:
            self._attempt(connection, wait_ms=0)

    def scrub(self, connection: sqlite3.Connection) -> bool:
        """Scrub a database of any size. Return False where somebody reads it all the time.

        Raises sqlite3.Error.
        """
        return self._scrub(connection, at_most_bytes=None)

    def _attempt(self, connection: sqlite3.Connection, *, wait_ms: int) -> bool:
        try:
            with waiting(connection, wait_ms):
                done = self._scrub(connection, at_most_bytes=_AT_ONCE_BYTES)
        except sqlite3.Error as error:
            _log.warning("the database could not be scrubbed", extra={"reason": str(error)})
            done = False
        self._failures = 0 if done else self._failures + 1
        if done:
            self._retry_at_s, self._done_at_s = None, time.monotonic()
        else:
            pause_s = min(_RETRY_S * 2 ** (self._failures - 1), _RETRY_AT_MOST_S)
            self._retry_at_s = time.monotonic() + pause_s
        return done

    def _scrub(self, connection: sqlite3.Connection, *, at_most_bytes: int | None) -> bool:
        """Return whether all is done that a database of this size takes at once."""
        if not _empty_log(connection):  # first: where that is refused, a VACUUM only feeds the log
            return False
        erased, scrubbed = connection.execute(_DUE).fetchone()
        size = _size_bytes(connection)
        if erased == scrubbed or (at_most_bytes is not None and size > at_most_bytes):
            return True
        place = "MEMORY" if size <= _IN_MEMORY_BYTES else "FILE"
        connection.execute(f"PRAGMA temp_store = {place}")
        connection.execute("VACUUM")
        if not _empty_log(connection):
            return False
        connection.execute(_DONE, (erased,))
        return True


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Move the log into the database and cut it to nothing. Return False where others read it."""
    return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def _size_bytes(connection: sqlite3.Connection) -> int:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    return int(pages * connection.execute("PRAGMA page_size").fetchone()[0])
