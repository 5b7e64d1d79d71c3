"""Rows of an audit log for tests: made without a service, or read back from a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from doubles import FixedAuditKeys
from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditEvent,
    AuditRow,
    chain_checkpoint,
    chain_row,
    event_of,
)
from facelogin.domain.ports import Store
from people import NOON

KEYS = FixedAuditKeys()
EVENT = AuditEvent(
    at=NOON,
    action="login",
    outcome="ok",
    subject="somebody",
    factor="face",
    device="a device",
    network="a network",
    request_id="a request",
)


def an_event(second: int = 0, **changes: str | None) -> AuditEvent:
    """A login `second` seconds after noon."""
    return replace(EVENT, at=NOON + timedelta(seconds=second), **changes)  # type: ignore[arg-type]


def a_lane(
    lane: str = "a" * 16, count: int = 3, *, start: datetime = NOON, subject: str = "somebody"
) -> list[AuditRow]:
    """Rows 1 to `count` of a lane, a second apart from `start` on."""
    rows: list[AuditRow] = []
    for number in range(count):
        event = replace(EVENT, at=start + timedelta(seconds=number), subject=subject)
        before = rows[-1].head if rows else None
        rows.append(chain_row(event, lane=lane, before=before, after=0, key=KEYS.active()))
    return rows


def a_checkpoint(*rows: AuditRow, before: AuditCheckpoint | None = None) -> AuditCheckpoint:
    """A checkpoint that names these rows."""
    heads = [row.head for row in rows]
    return chain_checkpoint(heads, before=before, at=NOON, key=KEYS.active())


def all_rows(store: Store) -> list[AuditRow]:
    """Every row kept, by lane and number."""
    return store.audit.rows(after=None, limit=100_000)


def all_events(store: Store) -> list[AuditEvent]:
    """What every row says, in the order of time."""
    events = [event_of(row) for row in store.audit.by_time(after=None, until=None, limit=100_000)]
    return [event for event in events if event is not None]
