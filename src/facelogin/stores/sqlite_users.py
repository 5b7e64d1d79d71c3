"""Users and their templates in SQLite."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime

from facelogin.domain.errors import EmailTaken, UsernameTaken
from facelogin.domain.models import (
    Consent,
    EngineRef,
    KnownDevices,
    RecoveryCodes,
    Rewrapped,
    SealedRecord,
    SealedTemplate,
    TemplateMark,
    User,
    UserTemplates,
)
from facelogin.domain.names import fold
from facelogin.stores.added_templates import ids_without, may_add
from facelogin.stores.lookup import lookup_key, storable
from facelogin.stores.sqlite_connections import Lender, transaction
from facelogin.stores.sqlite_rows import (
    INSERT_RECOVERY_CODE,
    INSERT_TEMPLATE,
    INSERT_USER,
    SELECT_FURTHER,
    SELECT_MARKS,
    SELECT_TEMPLATES,
    SELECT_USERS,
    devices_text,
    engines_added,
    marks_from,
    recovery_rows,
    template_row,
    templates_from,
    user_row,
    users_from,
)
from facelogin.stores.sqlite_scrub import Scrubber, note_erasure
from facelogin.stores.times import template_as_stored, to_ms, user_as_stored

_HAS_USERNAME = "SELECT 1 FROM users WHERE username_key = ? AND user_id IS NOT ?"
_HAS_EMAIL = "SELECT 1 FROM users WHERE email_key = ? AND user_id IS NOT ?"
_SET_USERNAME = "UPDATE users SET username = ?, username_key = ? WHERE user_id = ?"
_SET_EMAIL = "UPDATE users SET email = ?, email_key = ? WHERE user_id = ?"
_SET_TEMPLATE = "UPDATE users SET template_id = ? WHERE user_id = ?"
"""With another id or the same: either way a trigger gives the user's templates a new number."""
_MARK_USED = """
    UPDATE users SET last_used_ms = ?
    WHERE user_id = ? AND (last_used_ms IS NULL OR last_used_ms < ?)
"""
_SET_RECOVERY = "UPDATE users SET recovery_salt = ? WHERE user_id = ?"
_SET_DEVICES = "UPDATE users SET devices = ? WHERE user_id = ? AND devices IS ?"
_DELETE_CODES = "DELETE FROM recovery_codes WHERE user_id = ?"
_DELETE_CODE = f"{_DELETE_CODES} AND code_hash = ?"
_REWRAP = """
    UPDATE templates SET v = ?, kid = ?, wrapped_dek = ?, iv = ?, ct = ?
    WHERE template_id = ? AND user_id = ?
          AND v = ? AND kid = ? AND wrapped_dek = ? AND iv = ? AND ct = ?
"""
_HAS_OTHERS = "SELECT 1 FROM templates WHERE user_id = ? LIMIT 1 OFFSET 1"
_MATCHES = "(instr(u.username_key, ?) > 0 OR instr(u.email_key, ?) > 0)"
_TEMPLATE_IDS = "SELECT template_id FROM templates WHERE user_id = ?"
_DELETE_TEMPLATE = "DELETE FROM templates WHERE template_id = ?"
_DELETE_SESSIONS = "DELETE FROM sessions WHERE user_id = ?"
_DELETE_USER = "DELETE FROM users AS u WHERE u.user_id = ?"
_UNUSED = "coalesce(u.last_used_ms, u.created_ms) < ?"
_IDS = "SELECT u.user_id FROM users AS u"
_LAST_REVISION = "SELECT last FROM template_revisions"
_COUNT_ENGINES = """
    SELECT t.engine_id, t.engine_version, count(*)
    FROM users AS u JOIN templates AS t ON t.template_id = u.template_id
    GROUP BY t.engine_id, t.engine_version
"""
_COUNT_SEALED_WITH = """
    SELECT count(*) FROM templates AS t JOIN users AS u ON u.template_id = t.template_id
    WHERE t.kid = ?
"""
_ANY_WITHOUT_CONSENT = "SELECT EXISTS (SELECT 1 FROM users WHERE notice_version IS NULL)"
_SET_CONSENT = "UPDATE users SET notice_version = ?, consent_given_ms = ? WHERE user_id = ?"


class SqliteUsers:
    """A ``UserStore`` over the connections that ``lend`` hands out."""

    def __init__(self, lend: Lender, scrubber: Scrubber) -> None:
        self._lend = lend
        self._scrubber = scrubber

    def create(self, user: User) -> None:
        """Keep a new user with all templates in one transaction.

        Creating the very same user again changes nothing, so a caller that never heard the
        outcome may repeat itself. Raises UsernameTaken, EmailTaken, StoreUnavailable.
        """
        with self._lend() as connection, transaction(connection):
            if _select_one(connection, "u.user_id = ?", user.user_id) == user_as_stored(user):
                return
            _refuse_taken(connection, username=user.username, email=user.email)
            connection.execute(INSERT_USER, user_row(user))
            templates = [template_row(one, user_id=user.user_id) for one in user.templates]
            connection.executemany(INSERT_TEMPLATE, templates)
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

    def find_by_ids(self, user_ids: Sequence[str]) -> list[User]:
        """Return those of these users that there are, in the order of ids."""
        ids = [one for one in user_ids if storable(one)]
        return self._page(f"u.user_id IN ({', '.join('?' * len(ids))})", *ids, len(ids))

    def page(self, *, after: str | None, limit: int, match: str | None = None) -> list[User]:
        """Return up to ``limit`` users in the order of their ids, those after ``after``."""
        if match is None:
            return self._page("u.user_id > ?", after or "", max(limit, 0))
        if not storable(match):
            return []
        text = fold(match)
        return self._page(f"u.user_id > ? AND {_MATCHES}", after or "", text, text, max(limit, 0))

    def templates(self, *, after: str | None, limit: int) -> list[UserTemplates]:
        """Return the templates of up to ``limit`` users in the order of their ids."""
        query = _paged(SELECT_TEMPLATES, "u.user_id > ?")
        with self._lend() as connection:
            rows = connection.execute(query, (after or "", max(limit, 0))).fetchall()
        return list(templates_from(rows))

    def count(self) -> int:
        """Return how many users there are."""
        with self._lend() as connection:
            return int(connection.execute("SELECT count(*) FROM users").fetchone()[0])

    def count_engines(self) -> Mapping[EngineRef, int]:
        """Return how many templates each engine has made that people have now."""
        with self._lend() as connection:
            rows = connection.execute(_COUNT_ENGINES).fetchall()
            further = connection.execute(SELECT_FURTHER).fetchall()
        found = Counter({EngineRef(engine, version): count for engine, version, count in rows})
        found.update(engines_added(further))
        return {one: found[one] for one in sorted(found, key=lambda one: (one.id, one.version))}

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
        """Put ``template`` in the place of all others, in one transaction and in the log.

        Returns False if the user has another main template by now, or is gone.
        """
        with self._lend() as connection:
            with transaction(connection):
                user = _select_one(connection, "u.user_id = ?", user_id)
                if user is None or user.template.template_id != old_template_id:
                    return user is not None and user.template == template_as_stored(template)
                new_row = template_row(template, user_id=user_id)
                connection.execute(_SET_TEMPLATE, (template.template_id, user_id))
                connection.execute(INSERT_TEMPLATE, new_row)
                _keep_only(connection, user_id, {template.template_id})
            self._scrubber.replaced(connection)
            return True

    def add_template(self, user_id: str, *, beside: str, template: SealedTemplate) -> bool:
        """Add a template by another engine in one transaction; erase those that don't count.

        Returns False if ``beside`` is not the main one, or the user has one of that engine.
        """
        with self._lend() as connection:
            with transaction(connection):
                user = _select_one(connection, "u.user_id = ?", user_id)
                if user is None or template_as_stored(template) in user.templates:
                    return user is not None
                if not may_add(user, beside=beside, template=template_as_stored(template)):
                    return False
                erased = _keep_only(
                    connection, user_id, {one.template_id for one in user.templates}
                )
                connection.execute(INSERT_TEMPLATE, template_row(template, user_id=user_id))
                connection.execute(_SET_TEMPLATE, (beside, user_id))
            if erased:
                self._scrubber.replaced(connection)
            return True

    def drop_template(self, user_id: str, *, template_id: str) -> bool:
        """Erase one template of several in one transaction; the first added one may move up.

        Returns False if the user has no such template, or no other.
        """
        with self._lend() as connection:
            with transaction(connection):
                user = _select_one(connection, "u.user_id = ?", user_id)
                left = [] if user is None else ids_without(user, template_id)
                if not left:
                    return False
                connection.execute(_SET_TEMPLATE, (left[0], user_id))
                _keep_only(connection, user_id, left)
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

    def set_devices(self, user_id: str, devices: KnownDevices, *, after: KnownDevices) -> bool:
        """Put these in the place of ``after``, in one statement."""
        values = (devices_text(devices), user_id, devices_text(after))
        with self._lend() as connection:
            return connection.execute(_SET_DEVICES, values).rowcount > 0

    def use_recovery_code(self, user_id: str, code_hash: bytes) -> bool:
        """Erase this hash from the user's set. Return False where it is not (or no more) there."""
        with self._lend() as connection:
            return connection.execute(_DELETE_CODE, (user_id, code_hash)).rowcount > 0

    def rewrap_template(
        self, user_id: str, *, template_id: str, old: SealedRecord, new: SealedRecord
    ) -> bool:
        """Put ``new`` in the place of ``old``, if the template still has that very record."""
        return self.rewrap_templates([Rewrapped(user_id, template_id, old, new)]) > 0

    def rewrap_templates(self, changes: Sequence[Rewrapped]) -> int:
        """Do so for each, in one transaction; return how many were still there."""
        with self._lend() as connection, transaction(connection):
            note_erasure(connection)
            return sum(_rewrap(connection, one) for one in changes)

    def count_sealed_with(self, kid: str) -> int:
        """Return how many templates that people have now this key opens."""
        with self._lend() as connection:
            main = int(connection.execute(_COUNT_SEALED_WITH, (kid,)).fetchone()[0])
            further = connection.execute(f"{SELECT_FURTHER} AND t.kid = ?", (kid,)).fetchall()
        return main + sum(1 for _ in engines_added(further))

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
        condition = f"u.user_id > ? AND {_UNUSED}"
        return self._page(condition, after or "", to_ms(since), max(limit, 0))

    def delete_unused(self, user_ids: Sequence[str], *, since: datetime) -> list[str]:
        """Erase those not used since then, in one transaction. ``scrub`` comes later."""
        erased = list[str]()
        with self._lend() as connection, transaction(connection):
            for user_id in user_ids:
                unused = (user_id, to_ms(since))
                if connection.execute(f"{_DELETE_USER} AND {_UNUSED}", unused).rowcount:
                    connection.execute(_DELETE_SESSIONS, (user_id,))
                    erased.append(user_id)
            if erased:
                note_erasure(connection)
        return erased

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
        """Return the number of the last change of anybody's templates."""
        with self._lend() as connection:
            return int(connection.execute(_LAST_REVISION).fetchone()[0])

    def marks_since(self, revision: int, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` users' marks with that number or a higher one, in their order."""
        later, order = "(u.revision, u.user_id) > (?, ?)", "u.revision, u.user_id"
        query = _paged(SELECT_MARKS, later, order=order)
        with self._lend() as connection:
            rows = connection.execute(query, (revision, after or "", max(limit, 0))).fetchall()
        return list(marks_from(rows))

    def marks(self, *, after: str | None, limit: int) -> list[TemplateMark]:
        """Return up to ``limit`` users' marks in the order of their ids."""
        query = _paged(SELECT_MARKS, "u.user_id > ?")
        with self._lend() as connection:
            rows = connection.execute(query, (after or "", max(limit, 0))).fetchall()
        return list(marks_from(rows))

    def _page(self, condition: str, *values: str | int) -> list[User]:
        with self._lend() as connection:
            rows = connection.execute(_paged(SELECT_USERS, condition), values).fetchall()
        return list(users_from(rows))

    def _find(self, condition: str, key: str | None) -> User | None:
        if key is None:
            return None
        with self._lend() as connection:
            return _select_one(connection, condition, key)


def _select_one(connection: sqlite3.Connection, condition: str, key: str) -> User | None:
    rows = connection.execute(f"{SELECT_USERS} WHERE {condition}", (key,))
    return next(users_from(rows.fetchall()), None)


def _paged(select: str, condition: str, *, order: str = "u.user_id") -> str:
    """Return the query for the rows of so many users, the last value of which is their limit."""
    page = f"WHERE {condition} ORDER BY {order} LIMIT ?"
    return f"{select} WHERE u.user_id IN ({_IDS} {page}) ORDER BY {order}"


def _rewrap(connection: sqlite3.Connection, change: Rewrapped) -> bool:
    """Replace that record if it is still there; erase the user's templates that don't count."""
    if connection.execute(_HAS_OTHERS, (change.user_id,)).fetchone():
        user = _select_one(connection, "u.user_id = ?", change.user_id)
        kept = () if user is None else user.templates
        _keep_only(connection, change.user_id, {one.template_id for one in kept})
    place = (change.template_id, change.user_id)
    values = (*astuple(change.new), *place, *astuple(change.old))
    return connection.execute(_REWRAP, values).rowcount > 0


def _keep_only(connection: sqlite3.Connection, user_id: str, kept: Collection[str]) -> bool:
    """Erase all templates of this user but these. Return whether there were any others."""
    found = connection.execute(_TEMPLATE_IDS, (user_id,)).fetchall()
    others = [(template_id,) for (template_id,) in found if template_id not in kept]
    if others:
        connection.executemany(_DELETE_TEMPLATE, others)
        note_erasure(connection)
    return bool(others)


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
