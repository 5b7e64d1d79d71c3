"""Users and their templates in SQLite."""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime

from facelogin.domain.errors import EmailTaken, UsernameTaken
from facelogin.domain.models import Consent, EngineRef, SealedRecord, SealedTemplate, User
from facelogin.domain.names import fold
from facelogin.stores.lookup import lookup_key, storable
from facelogin.stores.sqlite_connections import Lender, Row, transaction
from facelogin.stores.times import from_ms, to_ms, user_as_stored

_log = logging.getLogger(__name__)

_SELECT = """
    SELECT u.user_id, u.username, u.email, u.created_ms,
           u.notice_version, u.consent_given_ms, u.disabled_ms,
           t.template_id, t.engine_id, t.engine_version, t.image_count, t.created_ms,
           t.v, t.kid, t.wrapped_dek, t.iv, t.ct
    FROM users AS u JOIN templates AS t ON t.template_id = u.template_id
"""
_INSERT_USER = """
    INSERT INTO users (user_id, username, username_key, email, email_key, template_id,
                       created_ms, notice_version, consent_given_ms, disabled_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_TEMPLATE = """
    INSERT INTO templates (template_id, user_id, engine_id, engine_version, image_count,
                           created_ms, v, kid, wrapped_dek, iv, ct)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class SqliteUsers:
    """A ``UserStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender) -> None:
        self._lend = lend

    def create(self, user: User) -> None:
        """Keep a new user with the template in one transaction.

        Creating the very same user again changes nothing, so a caller that never heard the
        outcome may repeat itself. Raises UsernameTaken, EmailTaken, StoreUnavailable.
        """
        with self._lend() as connection, transaction(connection):
            if _select_one(connection, "u.user_id = ?", user.user_id) == user_as_stored(user):
                return
            _refuse_taken_names(connection, user)
            connection.execute(_INSERT_USER, _user_row(user))
            connection.execute(_INSERT_TEMPLATE, _template_row(user))

    def find_by_username(self, username: str) -> User | None:
        """Return the user of that name, compared case-folded."""
        return self._find("u.username_key = ?", lookup_key(username))

    def find_by_email(self, email: str) -> User | None:
        """Return the user with that email, compared case-folded."""
        return self._find("u.email_key = ?", lookup_key(email))

    def find_by_id(self, user_id: str) -> User | None:
        """Return the user with that id."""
        return self._find("u.user_id = ?", user_id if storable(user_id) else None)

    def page(self, *, after: str | None, limit: int) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``."""
        query = f"{_SELECT} WHERE u.user_id > ? ORDER BY u.user_id LIMIT ?"
        with self._lend() as connection:
            rows = connection.execute(query, (after or "", max(limit, 0))).fetchall()
        return [_user(row) for row in rows]

    def count(self) -> int:
        """Return how many users there are."""
        with self._lend() as connection:
            return int(connection.execute("SELECT count(*) FROM users").fetchone()[0])

    def set_disabled(self, user_id: str, *, disabled_at: datetime | None) -> bool:
        """Disable the user, or enable with None. Return False where there is no such user."""
        disabled_ms = None if disabled_at is None else to_ms(disabled_at)
        with self._lend() as connection:
            changed = connection.execute(
                "UPDATE users SET disabled_ms = ? WHERE user_id = ?", (disabled_ms, user_id)
            )
            return changed.rowcount > 0

    def delete(self, user_id: str) -> bool:
        """Erase user, template and sessions in one transaction, and from the log of writes.

        Return False where there is no such user.
        """
        with self._lend() as connection:
            with transaction(connection):
                connection.execute("DELETE FROM sessions WHERE user_id = ?", (user_id,))
                erased = connection.execute("DELETE FROM users WHERE user_id = ?", (user_id,))
            _empty_write_ahead_log(connection)
            return erased.rowcount > 0

    def _find(self, condition: str, key: str | None) -> User | None:
        if key is None:
            return None
        with self._lend() as connection:
            return _select_one(connection, condition, key)


def _empty_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Move the log into the database and cut it to nothing: it still held what was erased."""
    try:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        # The erasure itself is done and must be reported as done.
        _log.warning("The write-ahead log could not be emptied: %s", error)
        return
    if busy:
        _log.warning("The write-ahead log could not be emptied: another connection is reading it")


def _select_one(connection: sqlite3.Connection, condition: str, key: str) -> User | None:
    row = connection.execute(f"{_SELECT} WHERE {condition}", (key,)).fetchone()
    return None if row is None else _user(row)


def _refuse_taken_names(connection: sqlite3.Connection, user: User) -> None:
    if _select_one(connection, "u.username_key = ?", fold(user.username)):
        raise UsernameTaken
    if _select_one(connection, "u.email_key = ?", fold(user.email)):
        raise EmailTaken


def _user_row(user: User) -> Row:
    consent, disabled_at = user.consent, user.disabled_at
    return (
        user.user_id,
        user.username,
        fold(user.username),
        user.email,
        fold(user.email),
        user.template.template_id,
        to_ms(user.created_at),
        consent and consent.notice_version,
        consent and to_ms(consent.given_at),
        disabled_at and to_ms(disabled_at),
    )


def _template_row(user: User) -> Row:
    template, record = user.template, user.template.record
    return (
        template.template_id,
        user.user_id,
        template.engine.id,
        template.engine.version,
        template.image_count,
        to_ms(template.created_at),
        record.v,
        record.kid,
        record.wrapped_dek,
        record.iv,
        record.ct,
    )


def _user(row: Row) -> User:
    (user_id, username, email, created_ms, notice, given_ms, disabled_ms) = row[:7]
    return User(
        user_id=user_id,
        username=username,
        email=email,
        template=_template(row[7:]),
        created_at=from_ms(created_ms),
        consent=None if notice is None else Consent(notice, from_ms(given_ms)),
        disabled_at=None if disabled_ms is None else from_ms(disabled_ms),
    )


def _template(row: Row) -> SealedTemplate:
    template_id, engine_id, engine_version, image_count, created_ms, *record = row
    return SealedTemplate(
        template_id=template_id,
        engine=EngineRef(engine_id, engine_version),
        image_count=image_count,
        created_at=from_ms(created_ms),
        record=SealedRecord(*record),
    )
