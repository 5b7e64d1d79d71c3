"""Every time is kept in whole milliseconds, so that both stores give back the same value.

MongoDB's dates end at the millisecond. SQLite could hold more, but then a test that passes on one
store would fail on the other; so both drop what is below a millisecond, always downwards, at the
moment of writing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from facelogin.domain.models import SealedTemplate, Session, User

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970-01-01 UTC, rounded down.

    Raises ValueError for a datetime without a time zone: nobody knows which moment that is.
    """
    if moment.utcoffset() is None:
        raise ValueError("a time without a time zone can't be stored")
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """Return the moment ``ms`` milliseconds after 1970-01-01 UTC, timezone-aware UTC."""
    return _EPOCH + timedelta(milliseconds=ms)


def truncated(moment: datetime) -> datetime:
    """Return ``moment`` as a store gives it back: UTC, whole milliseconds."""
    return from_ms(to_ms(moment))


def template_as_stored(template: SealedTemplate) -> SealedTemplate:
    """Return ``template`` with its time as a store gives it back."""
    return replace(template, created_at=truncated(template.created_at))


def user_as_stored(user: User) -> User:
    """Return ``user`` with every time as a store gives it back."""
    consent, disabled_at = user.consent, user.disabled_at
    return replace(
        user,
        created_at=truncated(user.created_at),
        template=template_as_stored(user.template),
        added=tuple(map(template_as_stored, user.added)),
        consent=consent and replace(consent, given_at=truncated(consent.given_at)),
        disabled_at=disabled_at and truncated(disabled_at),
        last_used_at=user.last_used_at and truncated(user.last_used_at),
    )


def session_as_stored(session: Session) -> Session:
    """Return ``session`` with every time as a store gives it back."""
    return replace(
        session,
        created_at=truncated(session.created_at),
        last_seen_at=truncated(session.last_seen_at),
        expires_at=truncated(session.expires_at),
        fresh_until=truncated(session.fresh_until),
    )
