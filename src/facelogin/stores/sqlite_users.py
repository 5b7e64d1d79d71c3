"""Users and their templates in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime

from facelogin.domain.errors import EmailTaken, UsernameTaken
from facelogin.domain.models import (
    Consent,
    EngineRef,
    RecoveryCodes,
    SealedRecord,
    SealedTemplate,
    TemplateMark,
    User,
)
from facelogin.domain.names import fold
from facelogin.stores.lookup import lookup_key, storable
from facelogin.stores.sqlite_connections import Lender, transaction
from facelogin.stores.sqlite_rows import (
    INSERT_RECOVERY_CODE,
    INSERT_TEMPLATE,
    INSERT_USER,
    SELECT_USER,
    recovery_rows,
    template_row,
    user_from,
    user_row,
)
from facelogin.stores.sqlite_scrub import Scrubber, note_erasure
from facelogin.stores.times import template_as_stored, to_ms, user_as_stored

_HAS_USERNAME = "SELECT 1 FROM users WHERE username_key = ? AND user_id IS NOT ?"
_HAS_EMAIL = "SELECT 1 FROM users WHERE email_key = ? AND user_id IS NOT ?"
_SET_USERNAME = "UPDATE users SET username = ?, username_key = ? WHERE user_id = ?"
_SET_EMAIL = "UPDATE users SET email = ?, email_key = ? WHERE user_id = ?"
_SET_TEMPLATE = "UPDATE users SET template_id = ? WHERE user_id = ?"
_MARK_USED = """
    UPDATE users SET last_used_ms = ?
    WHERE user_id = ? AND (last_used_ms IS NULL OR last_used_ms < ?)
"""
_SET_RECOVERY = "UPDATE users SET recovery_salt = ? WHERE user_id = ?"
_DELETE_CODES = "DELETE FROM recovery_codes WHERE user_id = ?"
_DELETE_CODE = f"{_DELETE_CODES} AND code_hash = ?"
_REWRAP = """
    UPDATE templates SET v = ?, kid = ?, wrapped_dek = ?, iv = ?, ct = ?
    WHERE template_id = ? AND user_id = ?
          AND v = ? AND kid = ? AND wrapped_dek = ? AND iv = ? AND ct = ?
"""
_DELETE_TEMPLATE = "DELETE FROM templates WHERE template_id = ?"
_DELETE_SESSIONS = "DELETE FROM sessions WHERE user_id = ?"
_DELETE_USER = "DELETE FROM users AS u WHERE u.user_id = ?"
_UNUSED = "coalesce(u.last_used_ms, u.created_ms) < ?"
_LAST_REVISION = "SELECT last FROM template_revisions"
_MARKS = "SELECT user_id, template_id, revision FROM users"
_COUNT_ENGINES = """
    SELECT engine_id, engine_version, count(*) FROM templates
    GROUP BY engine_id, engine_version ORDER BY engine_id, engine_version
"""
_ANY_WITHOUT_CONSENT = "SELECT EXISTS (SELECT 1 FROM users WHERE notice_version IS NULL)"
_SET_CONSENT = "UPDATE users SET notice_version = ?, consent_given_ms = ? WHERE user_id = ?"


class SqliteUsers:
    """A ``UserStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender, scrubber: Scrubber) -> None:
        self._lend = lend
        self._scrubber = scrubber

    def create(self, user: User) -> None:
        """Keep a new user with the template in one transaction.

        Creating the very same user again changes nothing, so a caller that never heard the
        outcome may repeat itself. Raises UsernameTaken, EmailTaken, StoreUnavailable.
        """
        with self._lend() as connection, transaction(connection):
            if _select_one(connection, "u.user_id = ?", user.user_id) == user_as_stored(user):
                return
            _refuse_taken(connection, username=user.username, email=user.email)
            connection.execute(INSERT_USER, user_row(user))
            connection.execute(INSERT_TEMPLATE, template_row(user.template, user_id=user.user_id))
            codes = recovery_rows(user.recovery, user_id=user.user_id)
            connection.executemany(INSERT_RECOVERY_CODE, codes)

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
        query = f"{SELECT_USER} WHERE u.user_id > ? ORDER BY u.user_id LIMIT ?"
        with self._lend() as connection:
            rows = connection.execute(query, (after or "", max(limit, 0))).fetchall()
        return [user_from(row) for row in rows]

    def count(self) -> int:
        """Return how many users there are."""
        with self._lend() as connection:
            return int(connection.execute("SELECT count(*) FROM users").fetchone()[0])

    def count_engines(self) -> Mapping[EngineRef, int]:
        """Return how many templates each engine has made that people have now."""
        with self._lend() as connection:
            rows = connection.execute(_COUNT_ENGINES).fetchall()
        return {EngineRef(engine, version): count for engine, version, count in rows}

    def set_disabled(self, user_id: str, *, disabled_at: datetime | None) -> bool:
        """Disable the user, or enable with None. Return False where there is no such user."""
        disabled_ms = None if disabled_at is None else to_ms(disabled_at)
        with self._lend() as connection:
            changed = connection.execute(
                "UPDATE users SET disabled_ms = ? WHERE user_id = ?", (disabled_ms, user_id)
            )
            return changed.rowcount > 0

    def update_profile(
        self, user_id: str, *, username: str | None, email: str | None
    ) -> User | None:
        """Change the names that are not None, in one transaction; return the user as changed.

        Raises UsernameTaken, EmailTaken. Returns None where there is no such user.
        """
        with self._lend() as connection, transaction(connection):
            if _select_one(connection, "u.user_id = ?", user_id) is None:
                return None
            _refuse_taken(connection, username=username, email=email, by_others_than=user_id)
            if username is not None:
                connection.execute(_SET_USERNAME, (username, fold(username), user_id))
            if email is not None:
                connection.execute(_SET_EMAIL, (email, fold(email), user_id))
            return _select_one(connection, "u.user_id = ?", user_id)

    def replace_template(
        self, user_id: str, *, old_template_id: str, template: SealedTemplate
    ) -> bool:
        """Put ``template`` in the place of the old one, in one transaction and in the log.

        Returns False where the user has another template by now, or is gone.
        """
        with self._lend() as connection:
            with transaction(connection):
                user = _select_one(connection, "u.user_id = ?", user_id)
                if user is None or user.template.template_id != old_template_id:
                    return user is not None and user.template == template_as_stored(template)
                new_row = template_row(template, user_id=user_id)
                connection.execute(_SET_TEMPLATE, (template.template_id, user_id))
                connection.execute(INSERT_TEMPLATE, new_row)
                connection.execute(_DELETE_TEMPLATE, (old_template_id,))
                note_erasure(connection)
            self._scrubber.replaced(connection)
            return True

    def mark_used(self, user_id: str, *, used_at: datetime) -> None:
        """Move the user's ``last_used_at`` forward to ``used_at``, never back."""
        used_ms = to_ms(used_at)
        with self._lend() as connection:
            connection.execute(_MARK_USED, (used_ms, user_id, used_ms))

    def set_recovery(self, user_id: str, recovery: RecoveryCodes | None) -> bool:
        """Put this set of codes in the place of the old one, in one transaction and in the log."""
        salt = recovery and recovery.salt
        with self._lend() as connection:
            with transaction(connection):
                if not connection.execute(_SET_RECOVERY, (salt, user_id)).rowcount:
                    return False
                connection.execute(_DELETE_CODES, (user_id,))
                rows = recovery_rows(recovery, user_id=user_id)
                connection.executemany(INSERT_RECOVERY_CODE, rows)
                note_erasure(connection)
            self._scrubber.replaced(connection)
            return True

    def use_recovery_code(self, user_id: str, code_hash: bytes) -> bool:
        """Erase this hash from the user's set. Return False where it is not (or no more) there."""
        with self._lend() as connection:
            return connection.execute(_DELETE_CODE, (user_id, code_hash)).rowcount > 0

    def rewrap_template(
        self, user_id: str, *, template_id: str, old: SealedRecord, new: SealedRecord
    ) -> bool:
        """Put ``new`` in the place of ``old``, where the template still has that very record."""
        values = (*astuple(new), template_id, user_id, *astuple(old))
        with self._lend() as connection, transaction(connection):
            note_erasure(connection)
            return connection.execute(_REWRAP, values).rowcount > 0

    def count_sealed_with(self, kid: str) -> int:
        """Return how many users have a template that this key opens."""
        with self._lend() as connection:
            query = "SELECT count(*) FROM templates WHERE kid = ?"
            return int(connection.execute(query, (kid,)).fetchone()[0])

    def delete(self, user_id: str) -> bool:
        """Erase user, template and sessions in one transaction, then from the files.

        Return False where there is no such user.
        """
        with self._lend() as connection:
            with transaction(connection):
                sessions = connection.execute(_DELETE_SESSIONS, (user_id,)).rowcount
                erased = connection.execute(_DELETE_USER, (user_id,)).rowcount > 0
                if erased or sessions:
                    note_erasure(connection)
            self._scrubber.erased(connection)
            return erased

    def page_unused(self, *, since: datetime, after: str | None, limit: int) -> list[User]:
        """Return up to ``limit`` users not used since then, by id, those after ``after``."""
        query = f"{SELECT_USER} WHERE u.user_id > ? AND {_UNUSED} ORDER BY u.user_id LIMIT ?"
        with self._lend() as connection:
            rows = connection.execute(query, (after or "", to_ms(since), max(limit, 0))).fetchall()
        return [user_from(row) for row in rows]

    def delete_unused(self, user_id: str, *, since: datetime) -> bool:
        """Erase the user if not used since then, in one transaction. ``scrub`` comes later."""
        with self._lend() as connection, transaction(connection):
            unused = (user_id, to_ms(since))
            if not connection.execute(f"{_DELETE_USER} AND {_UNUSED}", unused).rowcount:
                return False
            connection.execute(_DELETE_SESSIONS, (user_id,))
            note_erasure(connection)
            return True

    def set_consent(self, user_id: str, consent: Consent) -> bool:
        """Put this consent in the place of the old one. Return False for no such user."""
        values = (consent.notice_version, to_ms(consent.given_at), user_id)
        with self._lend() as connection:
            return connection.execute(_SET_CONSENT, values).rowcount > 0

    def any_without_consent(self) -> bool:
        """Return whether there is a user who has consented to no notice."""
        with self._lend() as connection:
            return bool(connection.execute(_ANY_WITHOUT_CONSENT).fetchone()[0])

    def last_revision(self) -> int:
        """Return the number of the last template that was added or replaced."""
        with self._lend() as connection:
            return int(connection.execute(_LAST_REVISION).fetchone()[0])

    def marks_since(self, revision: int, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` templates with that number or a higher one, in their order."""
        query = f"{_MARKS} WHERE (revision, user_id) > (?, ?) ORDER BY revision, user_id LIMIT ?"
        with self._lend() as connection:
            rows = connection.execute(query, (revision, after or "", max(limit, 0))).fetchall()
        return [TemplateMark(*row) for row in rows]

    def marks(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` templates in the order of their users' ids."""
        query = f"{_MARKS} WHERE user_id > ? ORDER BY user_id LIMIT ?"
        with self._lend() as connection:
            rows = connection.execute(query, (after or "", max(limit, 0))).fetchall()
        return [TemplateMark(*row) for row in rows]

    def _find(self, condition: str, key: str | None) -> User | None:
        if key is None:
            return None
        with self._lend() as connection:
            return _select_one(connection, condition, key)


def _select_one(connection: sqlite3.Connection, condition: str, key: str) -> User | None:
    row = connection.execute(f"{SELECT_USER} WHERE {condition}", (key,)).fetchone()
    return None if row is None else user_from(row)


def _refuse_taken(
    connection: sqlite3.Connection,
    *,
    username: str | None,
    email: str | None,
    by_others_than: str | None = None,
) -> None:
    def taken(query: str, name: str | None) -> bool:
        key = None if name is None else fold(name)
        return connection.execute(query, (key, by_others_than)).fetchone() is not None

    if taken(_HAS_USERNAME, username):
        raise UsernameTaken
    if taken(_HAS_EMAIL, email):
        raise EmailTaken
