"""Values out of a database that somebody may have tampered with: any type, any size, no exception.

What is not what it should be becomes a value that no untampered record has, so that whoever checks
the record finds it wrong.
"""

from __future__ import annotations

from datetime import UTC, datetime

from facelogin.stores.times import from_ms

_NO_NUMBER = -1
_NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


def as_text(value: object) -> str:
    """Return ``value`` if it is text, else an empty string."""
    return value if isinstance(value, str) else ""


def as_bytes(value: object) -> bytes:
    """Return ``value`` if it is a byte string, else an empty one."""
    return value if isinstance(value, bytes) else b""


def as_number(value: object) -> int:
    """Return ``value`` if it is a whole number, else -1."""
    return value if isinstance(value, int) and not isinstance(value, bool) else _NO_NUMBER


def as_moment(value: object) -> datetime:
    """Return a moment given as such or in milliseconds since 1970; 1970 for anything else."""
    if isinstance(value, datetime):
        return value
    try:
        return from_ms(as_number(value))
    except OverflowError:
        return _NO_MOMENT
