"""How users and their templates lie in SQLite's tables.

``users.template_id`` names the main template. Further ones are rows of ``templates`` with the same
``user_id``: the version before this one reads the main one and leaves the others alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby

from facelogin.domain.models import (
    Consent,
    EngineRef,
    KnownDevices,
    RecoveryCodes,
    SealedRecord,
    SealedTemplate,
    TemplateMark,
    User,
    UserTemplates,
)
from facelogin.domain.names import fold
from facelogin.stores.added_templates import AnyMade, MadeBy, still_added
from facelogin.stores.sqlite_connections import Row
from facelogin.stores.times import from_ms, to_ms

SELECT_USERS = """
    SELECT u.user_id, u.username, u.email, u.created_ms,
           u.notice_version, u.consent_given_ms, u.disabled_ms,
           u.last_used_ms, u.recovery_salt,
           (SELECT group_concat(hex(c.code_hash), ',') FROM
                (SELECT code_hash FROM recovery_codes
                 WHERE recovery_codes.user_id = u.user_id ORDER BY place) AS c),
           u.template_id, u.devices,
           t.template_id, t.engine_id, t.engine_version, t.image_count, t.created_ms,
           t.v, t.kid, t.wrapped_dek, t.iv, t.ct
    FROM users AS u JOIN templates AS t
         ON t.template_id = u.template_id OR t.user_id = u.user_id
"""
"""A row for each template of a user; with a condition on ``u`` and an order that keeps the rows of
one user together, for ``users_from``."""
SELECT_TEMPLATES = """
    SELECT u.user_id, u.template_id,
           t.template_id, t.engine_id, t.engine_version, t.image_count, t.created_ms,
           t.v, t.kid, t.wrapped_dek, t.iv, t.ct
    FROM users AS u JOIN templates AS t
         ON t.template_id = u.template_id OR t.user_id = u.user_id
"""
"""The same, for ``templates_from``."""
SELECT_MARKS = """
    SELECT u.user_id, u.template_id, u.revision,
           t.template_id, t.engine_id, t.engine_version, t.created_ms
    FROM users AS u JOIN templates AS t
         ON t.template_id = u.template_id OR t.user_id = u.user_id
"""
"""The same, for ``marks_from``."""
SELECT_FURTHER = """
    SELECT m.template_id, m.engine_id, m.engine_version, m.created_ms,
           t.template_id, t.engine_id, t.engine_version, t.created_ms
    FROM templates AS t JOIN users AS u ON u.user_id = t.user_id
         JOIN templates AS m ON m.template_id = u.template_id
    WHERE t.template_id != u.template_id
"""
"""A row for each template that is not the main one, for ``engines_added``."""
INSERT_USER = """
    INSERT INTO users (user_id, username, username_key, email, email_key, template_id,
                       created_ms, notice_version, consent_given_ms, disabled_ms,
                       last_used_ms, recovery_salt, devices)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
INSERT_RECOVERY_CODE = "INSERT INTO recovery_codes (user_id, code_hash, place) VALUES (?, ?, ?)"
INSERT_TEMPLATE = """
    INSERT INTO templates (template_id, user_id, engine_id, engine_version, image_count,
                           created_ms, v, kid, wrapped_dek, iv, ct)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def user_row(user: User) -> Row:
    """Return what ``INSERT_USER`` takes."""
    consent, disabled_at, used_at = user.consent, user.disabled_at, user.last_used_at
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
        used_at and to_ms(used_at),
        user.recovery and user.recovery.salt,
        devices_text(user.devices),
    )


def recovery_rows(recovery: RecoveryCodes | None, *, user_id: str) -> list[Row]:
    """Return what ``INSERT_RECOVERY_CODE`` takes, a row for each unused code."""
    hashes = recovery.hashes if recovery else ()
    return [(user_id, code_hash, place) for place, code_hash in enumerate(hashes)]


def devices_text(devices: KnownDevices) -> str | None:
    """Return what ``users.devices`` holds; None for those of who never had any."""
    if devices == KnownDevices():
        return None
    return json.dumps([devices.complete, *devices.grants], separators=(",", ":"))


def template_row(template: SealedTemplate, *, user_id: str) -> Row:
    """Return what ``INSERT_TEMPLATE`` takes."""
    record = template.record
    return (
        template.template_id,
        user_id,
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


def users_from(rows: Iterable[Row]) -> Iterator[User]:
    """Yield the users that rows of ``SELECT_USERS`` describe, in their order."""
    for _, of_user in groupby(rows, key=lambda row: row[0]):
        together = list(of_user)
        yield _user(together[0], [_template(row[12:]) for row in together])


def templates_from(rows: Iterable[Row]) -> Iterator[UserTemplates]:
    """Yield the templates that rows of ``SELECT_TEMPLATES`` describe, by user, in their order."""
    for (user_id, main_id), of_user in groupby(rows, key=lambda row: row[:2]):
        main, further = _main_first(main_id, [_template(row[2:]) for row in of_user])
        yield UserTemplates(user_id, (main, *still_added(main, further)))


def marks_from(rows: Iterable[Row]) -> Iterator[TemplateMark]:
    """Yield the marks that rows of ``SELECT_MARKS`` describe, in their order."""
    for (user_id, main_id, revision), of_user in groupby(rows, key=lambda row: row[:3]):
        main, further = _main_first(main_id, [_made_by(row[3:]) for row in of_user])
        added = still_added(main, further)
        yield TemplateMark(user_id, (main_id, *(one.template_id for one in added)), revision)


def engines_added(rows: Iterable[Row]) -> Iterator[EngineRef]:
    """Yield the engine of each template that counts, of those in rows of ``SELECT_FURTHER``."""
    for row in rows:
        for one in still_added(_made_by(row[:4]), [_made_by(row[4:])]):
            yield one.engine


def _made_by(row: Row) -> MadeBy:
    template_id, engine_id, engine_version, created_ms = row
    return MadeBy(template_id, EngineRef(engine_id, engine_version), from_ms(created_ms))


def _user(row: Row, templates: list[SealedTemplate]) -> User:
    user_id, username, email, created_ms, notice, given_ms, disabled_ms, used_ms = row[:8]
    salt, hashes, main_id, devices = row[8:12]
    main, further = _main_first(main_id, templates)
    return User(
        user_id=user_id,
        username=username,
        email=email,
        template=main,
        created_at=from_ms(created_ms),
        consent=None if notice is None else Consent(notice, from_ms(given_ms)),
        disabled_at=None if disabled_ms is None else from_ms(disabled_ms),
        recovery=None if salt is None else RecoveryCodes(salt, _hashes(hashes)),
        last_used_at=None if used_ms is None else from_ms(used_ms),
        added=still_added(main, further),
        devices=_devices(devices),
    )


def _main_first(main_id: str, templates: list[AnyMade]) -> tuple[AnyMade, list[AnyMade]]:
    (main,) = (one for one in templates if one.template_id == main_id)
    return main, [one for one in templates if one.template_id != main_id]


def _devices(text: str | None) -> KnownDevices:
    if text is None:
        return KnownDevices()
    complete, *grants = json.loads(text)
    return KnownDevices(tuple(grants), complete)


def _hashes(joined: str | None) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, joined.split(","))) if joined else ()


def _template(row: Row) -> SealedTemplate:
    template_id, engine_id, engine_version, image_count, created_ms, *record = row
    return SealedTemplate(
        template_id=template_id,
        engine=EngineRef(engine_id, engine_version),
        image_count=image_count,
        created_at=from_ms(created_ms),
        record=SealedRecord(*record),
    )
