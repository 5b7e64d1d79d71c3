"""The embedded store: one SQLite file, safe for several processes on one machine."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.domain.models import SealedRecord
from facelogin.domain.ports import (
    AuditStore,
    BudgetStore,
    ChallengeStore,
    InviteStore,
    SessionStore,
    UserStore,
    WorkerStore,
)
from facelogin.stores.new_file import create_private_file
from facelogin.stores.sqlite_audit import SqliteAudit
from facelogin.stores.sqlite_budgets import SqliteBudgets
from facelogin.stores.sqlite_challenges import SqliteChallenges
from facelogin.stores.sqlite_connections import ConnectionPool, open_connection
from facelogin.stores.sqlite_faults import explained, let_owner_write
from facelogin.stores.sqlite_invites import SqliteInvites
from facelogin.stores.sqlite_schema import MIGRATIONS, migrate, schema_version
from facelogin.stores.sqlite_scrub import Scrubber
from facelogin.stores.sqlite_sessions import SqliteSessions
from facelogin.stores.sqlite_users import SqliteUsers
from facelogin.stores.sqlite_workers import SqliteWorkers
from facelogin.usable_place import refuse_unusable_place

_INSTALLATION_ID_BYTES = 16
_SETTING = "FACELOGIN_DATABASE_URL (or FACELOGIN_DATA_DIR)"
_DAMAGED = (
    "The database {path} is damaged, or is no SQLite database ({why}). Stop everything that uses "
    "it, move it away together with its -wal and -shm files, and put the latest backup in its "
    "place: docs/backups.md. Without a backup, `sqlite3 DAMAGED .recover | sqlite3 NEW` saves what "
    "can be read. An empty file would be a new database, in which nobody has an account."
)
_KEY_CHECK = "SELECT v, kid, wrapped_dek, iv, ct FROM key_check"
_INSERT_KEY_CHECK = """
    INSERT INTO key_check (only_row, v, kid, wrapped_dek, iv, ct) VALUES (1, ?, ?, ?, ?, ?)
    ON CONFLICT (only_row) DO NOTHING
"""
_UPDATE_KEY_CHECK = """
    UPDATE key_check SET v = ?, kid = ?, wrapped_dek = ?, iv = ?, ct = ? WHERE ct = ?
"""


class SqliteStore:
    """A ``Store`` in the file ``path``, which is made with mode 0600, its folder with 0700.

    ``busy_timeout_s`` is how long, in seconds, an operation waits for another writer. Whatever
    SQLite complains of (locked, full, read-only, damaged) leaves as StoreUnavailable. The first
    operation prepares the store if ``prepare`` was not called; after that a file that vanishes is
    an outage, never the start of an empty database.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = 5.0) -> None:
        self._path = path.absolute()
        self._busy_timeout_s = busy_timeout_s
        self._prepared = False
        self._pool = ConnectionPool(self._path, self._open_current)
        self._scrubber = Scrubber()
        self._users = SqliteUsers(self._lend, self._scrubber)
        self._sessions = SqliteSessions(self._lend)
        self._budgets = SqliteBudgets(self._lend)
        self._workers = SqliteWorkers(self._lend)
        self._audit = SqliteAudit(self._lend)
        self._invites = SqliteInvites(self._lend)
        self._challenges = SqliteChallenges(self._lend)

    @property
    def users(self) -> UserStore:
        """The users kept here."""
        return self._users

    @property
    def sessions(self) -> SessionStore:
        """The sessions kept here."""
        return self._sessions

    @property
    def budgets(self) -> BudgetStore:
        """The counters of guesses kept here."""
        return self._budgets

    @property
    def audit(self) -> AuditStore:
        """The audit log kept here."""
        return self._audit

    @property
    def workers(self) -> WorkerStore:
        """The reports of the processes that serve from here."""
        return self._workers

    @property
    def challenges(self) -> ChallengeStore:
        """The live captures kept here."""
        return self._challenges

    @property
    def invites(self) -> InviteStore:
        """The invitations kept here."""
        return self._invites

    def prepare(self) -> None:
        """Create the file and its tables, or bring old ones up to date.

        Raises ConfigurationError for a database of a newer facelogin or of another program, for a
        damaged one, and for a place where no file can be; StoreUnavailable if the file can't be
        made or read for another reason.
        """
        try:
            refuse_unusable_place(self._path, setting=_SETTING)
            create_private_file(self._path, b"")
            let_owner_write(self._path)
            connection = open_connection(self._path, busy_timeout_s=self._busy_timeout_s)
            try:
                migrate(connection)
                self._scrubber.resume(connection)
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.DatabaseError) and _is_damaged(error):
                raise ConfigurationError(_DAMAGED.format(path=self._path, why=error)) from error
            raise StoreUnavailable from explained(error, self._path)
        self._prepared = True

    def installation_id(self) -> str:
        """Return the id of this installation, drawn once and kept in the store."""
        select = "SELECT installation_id FROM installation"
        with self._lend() as connection:
            row = connection.execute(select).fetchone()
            if row is None:
                connection.execute(
                    "INSERT OR IGNORE INTO installation (only_row, installation_id) VALUES (1, ?)",
                    (secrets.token_hex(_INSTALLATION_ID_BYTES),),
                )
                row = connection.execute(select).fetchone()
        return str(row[0])

    def key_check(self) -> SealedRecord | None:
        """Return what the key ring of this store has sealed, None before there was any."""
        with self._lend() as connection:
            row = connection.execute(_KEY_CHECK).fetchone()
        return None if row is None else SealedRecord(*row)

    def put_key_check(self, record: SealedRecord, *, after: SealedRecord | None) -> bool:
        """Keep ``record`` in the place of ``after``, in one statement."""
        values = (record.v, record.kid, record.wrapped_dek, record.iv, record.ct)
        with self._lend() as connection:
            if after is None:
                return connection.execute(_INSERT_KEY_CHECK, values).rowcount > 0
            return connection.execute(_UPDATE_KEY_CHECK, (*values, after.ct)).rowcount > 0

    def ping(self) -> None:
        """Return where the file can be read; raise StoreUnavailable where it can't."""
        with self._lend() as connection:
            connection.execute("SELECT count(*) FROM installation").fetchone()

    def check_write(self) -> None:
        """Write something small, and wait until it is on disk. Raises StoreUnavailable."""
        with self._lend() as connection:
            connection.execute("UPDATE write_check SET written = written + 1")

    def scrub(self) -> bool:
        """Take what was erased or replaced out of the file and its log.

        Returns False where another connection reads for longer than the usual wait.
        """
        with self._lend() as connection:
            return self._scrubber.scrub(connection)

    def describe(self) -> str:
        """Return which kind of store this is, and where."""
        return f"SQLite, {self._path}"

    def close(self) -> None:
        """Close every connection; the next operation would open one again."""
        self._pool.close()

    @contextmanager
    def _lend(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection; what SQLite or the file system complain of is StoreUnavailable."""
        if not self._prepared:
            self._prepare_late()
        try:
            with self._pool.lend() as connection:
                yield connection
                self._scrubber.retry(connection)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable from explained(error, self._path)

    def _prepare_late(self) -> None:
        try:
            self.prepare()
        except ConfigurationError as error:
            raise StoreUnavailable from error

    def _open_current(self, turns: threading.Lock) -> sqlite3.Connection:
        """Open the prepared file, or refuse another one that was put in its place."""
        let_owner_write(self._path)
        connection = open_connection(self._path, busy_timeout_s=self._busy_timeout_s, turns=turns)
        with ExitStack() as unless_good:
            unless_good.callback(connection.close)
            _refuse_other_schema(connection)
            unless_good.pop_all()
        return connection


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    """Tell whether the file's content is at fault, by SQLite's primary result code."""
    code = getattr(error, "sqlite_errorcode", None)  # our own errors have none
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _refuse_other_schema(connection: sqlite3.Connection) -> None:
    found, prepared = schema_version(connection), len(MIGRATIONS)
    if found != prepared:
        raise sqlite3.DatabaseError(f"the file has schema {found} where {prepared} was prepared")
