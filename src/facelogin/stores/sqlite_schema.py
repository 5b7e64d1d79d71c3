"""The tables of the SQLite store and the steps that lead to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from facelogin.domain.errors import ConfigurationError

Migration = Sequence[str]

_FIRST: Migration = (
    """
    CREATE TABLE installation (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        installation_id TEXT NOT NULL
    )
    """,
    # A user and a template name each other, so that neither exists without the other: the
    # database itself refuses a commit that leaves a user bare.
    """
    CREATE TABLE users (
        user_id TEXT NOT NULL PRIMARY KEY,
        username TEXT NOT NULL,
        username_key TEXT NOT NULL UNIQUE,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL UNIQUE,
        template_id TEXT NOT NULL
            REFERENCES templates (template_id) DEFERRABLE INITIALLY DEFERRED,
        created_ms INTEGER NOT NULL,
        notice_version TEXT,
        consent_given_ms INTEGER,
        disabled_ms INTEGER,
        CHECK ((notice_version IS NULL) = (consent_given_ms IS NULL))
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE templates (
        template_id TEXT NOT NULL PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
        engine_id TEXT NOT NULL,
        engine_version TEXT NOT NULL,
        image_count INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        v INTEGER NOT NULL,
        kid TEXT NOT NULL,
        wrapped_dek BLOB NOT NULL,
        iv BLOB NOT NULL,
        ct BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX templates_by_user ON templates (user_id)",
    # No foreign key to users: adding a session for a user erased a moment ago is the same
    # harmless event on every store. Erasing a user erases the sessions in one transaction.
    """
    CREATE TABLE sessions (
        token_sha256 BLOB NOT NULL PRIMARY KEY,
        session_id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        amr TEXT NOT NULL,
        assurance TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        last_seen_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL,
        fresh_until_ms INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX sessions_by_user ON sessions (user_id)",
    "CREATE INDEX sessions_by_expiry ON sessions (expires_ms)",
)

_LIMITS_AND_RECORDS: Migration = (
    "ALTER TABLE users ADD COLUMN last_used_ms INTEGER",
    "ALTER TABLE users ADD COLUMN recovery_salt BLOB",
    """
    CREATE TABLE recovery_codes (
        user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
        code_hash BLOB NOT NULL,
        place INTEGER NOT NULL,
        PRIMARY KEY (user_id, code_hash)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX templates_by_kid ON templates (kid)",
    """
    CREATE TABLE budgets (
        key TEXT NOT NULL PRIMARY KEY,
        account TEXT,
        state TEXT NOT NULL,
        revision INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX budgets_by_account ON budgets (account) WHERE account IS NOT NULL",
    "CREATE INDEX budgets_by_expiry ON budgets (expires_ms)",
    """
    CREATE TABLE audit_rows (
        lane TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        subject TEXT,
        body TEXT NOT NULL,
        mac BLOB NOT NULL,
        PRIMARY KEY (lane, seq)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX audit_by_subject ON audit_rows (subject, at_ms) WHERE subject IS NOT NULL",
    "CREATE INDEX audit_by_time ON audit_rows (at_ms)",
    """
    CREATE TABLE audit_checkpoints (
        n INTEGER NOT NULL PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        body TEXT NOT NULL,
        mac BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE invites (
        token_sha256 BLOB NOT NULL PRIMARY KEY,
        invite_id TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL,
        claimed_by TEXT,
        claimed_ms INTEGER
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE workers (
        worker_id TEXT NOT NULL PRIMARY KEY,
        key_states TEXT NOT NULL,
        seen_ms INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE scrubbing (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        erased INTEGER NOT NULL,
        scrubbed INTEGER NOT NULL
    )
    """,
    "INSERT INTO scrubbing (only_row, erased, scrubbed) VALUES (1, 0, 0)",
)

_LIVE_CAPTURE: Migration = (
    """
    CREATE TABLE challenges (
        capture TEXT NOT NULL PRIMARY KEY,
        challenge_id TEXT NOT NULL,
        purpose TEXT NOT NULL,
        sealed BLOB NOT NULL,
        superseded TEXT NOT NULL,
        revision INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX challenges_by_expiry ON challenges (expires_ms)",
    """
    CREATE TABLE seen_frames (
        mark TEXT NOT NULL PRIMARY KEY,
        seen_by TEXT NOT NULL,
        expires_ms INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX seen_frames_by_expiry ON seen_frames (expires_ms)",
)

_NUMBER = """
    UPDATE template_revisions SET last = last + 1;
    UPDATE users SET revision = (SELECT last FROM template_revisions)
    WHERE user_id = NEW.user_id;
"""
_REVISIONS: Migration = (
    # Writers take turns, so numbers are committed in their order. Triggers give them out, so that
    # no way of changing a template can forget to.
    """
    CREATE TABLE template_revisions (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        last INTEGER NOT NULL
    )
    """,
    "INSERT INTO template_revisions (only_row, last) VALUES (1, 0)",
    "ALTER TABLE users ADD COLUMN revision INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX users_by_revision ON users (revision, user_id, template_id)",
    f"CREATE TRIGGER users_number_new AFTER INSERT ON users BEGIN {_NUMBER} END",
    f"""
    CREATE TRIGGER users_number_changed AFTER UPDATE OF template_id ON users
    BEGIN {_NUMBER} END
    """,
)

_TEMPLATE_OWNERS: Migration = (
    # Whoever changes or erases a template makes SQLite look for the user that names it.
    "CREATE INDEX users_by_template ON users (template_id)",
)

_SESSION_BROWSERS: Migration = ("ALTER TABLE sessions ADD COLUMN browser TEXT",)

_KNOWN_DEVICES: Migration = ("ALTER TABLE users ADD COLUMN devices TEXT",)

_SCRUBBING_IN_STEPS: Migration = (
    "ALTER TABLE scrubbing ADD COLUMN goal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE scrubbing ADD COLUMN next_page INTEGER NOT NULL DEFAULT 1",
)

_AUDIT_CUT: Migration = (
    """
    CREATE TABLE audit_cut (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        n INTEGER NOT NULL,
        body TEXT NOT NULL,
        mac BLOB NOT NULL
    )
    """,
)

_OPERATION: Migration = (
    """
    CREATE TABLE key_check (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        v INTEGER NOT NULL,
        kid TEXT NOT NULL,
        wrapped_dek BLOB NOT NULL,
        iv BLOB NOT NULL,
        ct BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE write_check (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        written INTEGER NOT NULL
    )
    """,
    "INSERT INTO write_check (only_row, written) VALUES (1, 0)",
    "ALTER TABLE workers ADD COLUMN address TEXT",
)

MIGRATIONS: Sequence[Migration] = (
    _FIRST,
    _LIMITS_AND_RECORDS,
    _LIVE_CAPTURE,
    _REVISIONS,
    _TEMPLATE_OWNERS,
    _SESSION_BROWSERS,
    _KNOWN_DEVICES,
    _SCRUBBING_IN_STEPS,
    _AUDIT_CUT,
    _OPERATION,
)
"""Applied in order, each in one transaction; ``PRAGMA user_version`` counts those applied."""


def schema_version(connection: sqlite3.Connection) -> int:
    """Return how many migrations this database has seen."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the database up to date; any number of processes may do so at once.

    The connection must be in autocommit mode. Raises ConfigurationError for a database of a newer
    facelogin or of another program, sqlite3.Error where a step fails (and is undone).
    """
    while schema_version(connection) != len(migrations):
        _apply_next(connection, migrations)


def _apply_next(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        applied = schema_version(connection)  # again: another process may have been quicker
        _refuse_foreign_database(connection, applied, known=len(migrations))
        if applied < len(migrations):
            for statement in migrations[applied]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {applied + 1}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _refuse_foreign_database(connection: sqlite3.Connection, applied: int, *, known: int) -> None:
    if applied > known:
        raise ConfigurationError(
            f"The database was written by a newer facelogin (schema {applied}; this one knows "
            f"up to {known}). Start the newer version, or restore a backup made before it."
        )
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if applied == 0 and tables:
        raise ConfigurationError(
            "The database file belongs to another program: it has tables, but not facelogin's. "
            "Give facelogin a file of its own in FACELOGIN_DATABASE_URL."
        )
