"""SQLite connections: opened safely, used by one thread at a time, never carried across a fork."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from facelogin.domain.errors import ConfigurationError
from facelogin.stores.forks import watch_forks
from facelogin.stores.sqlite_faults import is_full, is_unwritable

Lender = Callable[[], AbstractContextManager[sqlite3.Connection]]
Row = tuple[Any, ...]  # as the sqlite3 module types it

_SLEEPS_MS = 20
"""How long SQLite may wait for a lock at a time: it looks after 1, 3, 8 and 18 ms, and would then
sleep up to 100 ms between looks, through every gap that a busy writer leaves."""

_WAL_RETRY_S = 0.01
_FORK_WAIT_S = 5.0

_WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # erased rows are overwritten with zeros, not merely unlinked
    "PRAGMA synchronous = FULL",  # a commit that was reported survives a power cut
    "PRAGMA trusted_schema = OFF",
)


class _Writer(sqlite3.Connection):
    """A connection that writes in turn with the others of its process.

    SQLite's own way to wait for another writer is to sleep, longer and longer, and to try again:
    with many threads some starve. So threads of one process queue here, and what is left to sleep
    for are other processes; for those SQLite begins its sleeps anew before they grow long. A
    statement within a transaction has its turn already.
    """

    turns: threading.Lock | None = None
    wait_s = 0.0
    has_turn = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401
        """Run a statement; one that writes by itself waits for its turn, as long as for a lock."""
        if self.turns is None or self.in_transaction or not sql.lstrip().startswith(_WRITES):
            return super().execute(sql, parameters)
        with self.turn(self.turns):
            return self._look_often(sql, parameters)

    @contextmanager
    def turn(self, turns: threading.Lock) -> Iterator[None]:
        """Keep other threads from beginning to write for the length of a ``with`` block."""
        if self.has_turn:
            yield
            return
        if not turns.acquire(timeout=self.wait_s):
            raise _busy("database is locked by another thread")
        self.has_turn = True
        try:
            yield
        finally:
            self.has_turn = False
            turns.release()

    def _look_often(self, sql: str, parameters: Any) -> sqlite3.Cursor:  # noqa: ANN401
        """Run a statement that writes, as soon as the others leave a gap.

        It waits in all for as long as the connection is set to wait now, which may be not at all.
        """
        in_all_ms = _busy_timeout_ms(self)
        deadline = time.monotonic() + in_all_ms / 1000
        with waiting(self, min(_SLEEPS_MS, in_all_ms)):
            while True:
                try:
                    return super().execute(sql, parameters)
                except sqlite3.OperationalError as error:
                    if not is_busy(error) or time.monotonic() >= deadline:
                        raise


def open_connection(
    path: Path, *, busy_timeout_s: float, turns: threading.Lock | None = None
) -> sqlite3.Connection:
    """Open the existing database file at ``path`` in autocommit mode, with WAL.

    Waits up to ``busy_timeout_s`` seconds for a lock, and as long for its turn among those that
    share ``turns``. Never creates a file: an empty database in
    the place of a lost one would tell everybody that they have no account. Raises sqlite3.Error,
    and ConfigurationError where the file system can't do WAL.
    """
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode=rw",
        uri=True,
        timeout=busy_timeout_s,
        isolation_level=None,
        check_same_thread=False,  # the pool hands a connection to one thread at a time
        factory=_Writer,
    )
    connection.wait_s = busy_timeout_s
    with ExitStack() as unless_ready:
        unless_ready.callback(connection.close)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        _switch_to_wal(connection, path, deadline=time.monotonic() + busy_timeout_s)
        unless_ready.pop_all()
    connection.turns = turns
    return connection


def _switch_to_wal(connection: sqlite3.Connection, path: Path, *, deadline: float) -> None:
    """Make WAL the journal of this file; SQLite answers "locked" at once, so wait here instead."""
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(_WAL_RETRY_S)
            continue
        if mode != "wal":
            raise ConfigurationError(
                f"The file system of {path} can't hold SQLite's write-ahead log (it is "
                "probably a network share). Put FACELOGIN_DATABASE_URL on a local disk."
            )
        return


@contextmanager
def in_turn(connection: sqlite3.Connection) -> Iterator[None]:
    """Have the connection's turn among the writers of this process for all of a ``with`` block.

    Raises sqlite3.OperationalError if others take too long.
    """
    if isinstance(connection, _Writer) and connection.turns is not None:
        with connection.turn(connection.turns):
            yield
    else:
        yield


def _busy(sentence: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(sentence)
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Tell whether another connection was in the way, by SQLite's primary result code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _busy_timeout_ms(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA busy_timeout").fetchone()[0])


@contextmanager
def waiting(connection: sqlite3.Connection, wait_ms: int) -> Iterator[None]:
    """Have the connection wait that long for others, in the place of its usual time."""
    usual_ms = _busy_timeout_ms(connection)
    connection.execute(f"PRAGMA busy_timeout = {wait_ms}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {usual_ms}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make the block one write transaction: all of it when it ends, nothing when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@dataclass(frozen=True, slots=True)
class _Pooled:
    connection: sqlite3.Connection
    file: tuple[int, int]  # device and inode: is it still the file at this path?
    generation: int  # how often the pool had been closed when this one was opened


class ConnectionPool:
    """Idle connections to one file; as many are open as threads are at work at the same time.

    Threads that end leave no connection behind. A connection that failed is closed, not reused;
    one whose file was replaced likewise, so that nothing is written to a file without a name.

    SQLite's file locks belong to the process and its bookkeeping of them is copied by ``fork``;
    a child that inherits an open connection believes in locks that it does not hold. So before
    a fork the pool waits for connections at work and closes all of them.
    """

    def __init__(self, path: Path, opener: Callable[[threading.Lock], sqlite3.Connection]) -> None:
        """Open connections with ``opener``, which is given what writers of one process share."""
        self._path = path
        self._open = opener
        self._turns = threading.Lock()
        self._idle: list[_Pooled] = []
        self._lent: dict[object, _Pooled | None] = {}  # None while it is being opened
        self._inherited: list[object] = []
        self._state = threading.Condition()
        self._forking = False
        self._generation = 0
        watch_forks(self)

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for the length of a ``with`` block. Raises sqlite3.Error, OSError."""
        loan = object()
        pooled: _Pooled | None = None
        reuse = False
        try:
            pooled = self._take(loan)
            yield pooled.connection
            reuse = not pooled.connection.in_transaction
        except sqlite3.Error as error:
            if is_unwritable(error):
                self.close()  # those opened while the place was write-protected stay so for good
            elif is_full(error) and pooled is not None:  # another could not be opened any more
                reuse = not pooled.connection.in_transaction
            raise
        finally:
            self._give_back(loan, pooled, reuse=reuse)

    def close(self) -> None:
        """Close the idle connections now and those at work when they come back."""
        with self._state:
            self._generation += 1
            self._close_idle()

    def before_fork(self) -> None:
        """Close every connection and let nobody take one until the fork is over."""
        self._state.acquire()
        self._forking = True
        self._state.wait_for(lambda: not self._lent, timeout=_FORK_WAIT_S)
        self._close_idle()

    def after_fork_in_parent(self) -> None:
        """Lend again."""
        if self._forking:
            self._forking = False
            self._state.release()

    def after_fork_in_child(self) -> None:
        """Forget what the parent has; closing it here would end locks in the wrong process."""
        self._inherited.append(self._lent)
        self._lent = {}
        self._idle = []
        self._forking = False
        self._state = threading.Condition()
        self._turns = threading.Lock()

    def _take(self, loan: object) -> _Pooled:
        status = self._path.stat()
        file = (status.st_dev, status.st_ino)
        with self._state:
            self._lent[loan] = None
            while self._idle:
                pooled = self._idle.pop()
                if pooled.file == file:
                    self._lent[loan] = pooled
                    return pooled
                pooled.connection.close()
            generation = self._generation
        pooled = _Pooled(self._open(self._turns), file, generation)
        self._lent[loan] = pooled
        return pooled

    def _give_back(self, loan: object, pooled: _Pooled | None, *, reuse: bool) -> None:
        with self._state:
            self._lent.pop(loan, None)
            if pooled is not None:
                if reuse and pooled.generation == self._generation:
                    self._idle.append(pooled)
                else:
                    pooled.connection.close()
            self._state.notify_all()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().connection.close()
