"""How users and their templates lie in SQLite's tables."""

from __future__ import annotations

from facelogin.domain.models import (
    Consent,
    EngineRef,
    RecoveryCodes,
    SealedRecord,
    SealedTemplate,
    User,
)
from facelogin.domain.names import fold
from facelogin.stores.sqlite_connections import Row
from facelogin.stores.times import from_ms, to_ms

SELECT_USER = """
    SELECT u.user_id, u.username, u.email, u.created_ms,
           u.notice_version, u.consent_given_ms, u.disabled_ms,
           u.last_used_ms, u.recovery_salt,
           (SELECT group_concat(hex(c.code_hash), ',') FROM
                (SELECT code_hash FROM recovery_codes
                 WHERE recovery_codes.user_id = u.user_id ORDER BY place) AS c),
           t.template_id, t.engine_id, t.engine_version, t.image_count, t.created_ms,
           t.v, t.kid, t.wrapped_dek, t.iv, t.ct
    FROM users AS u JOIN templates AS t ON t.template_id = u.template_id
"""
INSERT_USER = """
    INSERT INTO users (user_id, username, username_key, email, email_key, template_id,
                       created_ms, notice_version, consent_given_ms, disabled_ms,
                       last_used_ms, recovery_salt)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
    )


def recovery_rows(recovery: RecoveryCodes | None, *, user_id: str) -> list[Row]:
    """Return what ``INSERT_RECOVERY_CODE`` takes, a row for each unused code."""
    hashes = recovery.hashes if recovery else ()
    return [(user_id, code_hash, place) for place, code_hash in enumerate(hashes)]


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


def user_from(row: Row) -> User:
    """Return the user that a row of ``SELECT_USER`` describes."""
    user_id, username, email, created_ms, notice, given_ms, disabled_ms, used_ms = row[:8]
    salt, hashes = row[8:10]
    return User(
        user_id=user_id,
        username=username,
        email=email,
        template=_template(row[10:]),
        created_at=from_ms(created_ms),
        consent=None if notice is None else Consent(notice, from_ms(given_ms)),
        disabled_at=None if disabled_ms is None else from_ms(disabled_ms),
        recovery=None if salt is None else RecoveryCodes(salt, _hashes(hashes)),
        last_used_at=None if used_ms is None else from_ms(used_ms),
    )


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
