"""Fills a store with people who don't exist and what they did, in bulk, under real keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pymongo import MongoClient

from benchmarks.synthetic import faces_like_real_ones
from facelogin.domain.audit import (
    AuditCheckpoint,
    AuditEvent,
    AuditRow,
    chain_checkpoint,
    chain_row,
)
from facelogin.domain.models import (
    Consent,
    EngineRef,
    RecoveryCodes,
    Session,
    Template,
    User,
)
from facelogin.domain.ports import Store
from facelogin.stores.audit_keys import KeyRingAuditKeys
from facelogin.stores.keyring import KeyRing
from facelogin.stores.mongo_audit import row_document
from facelogin.stores.mongo_documents import Document, session_document, user_document
from facelogin.stores.pseudonyms import KeyedPseudonyms
from facelogin.stores.sealed import TemplateSealer
from facelogin.stores.sqlite_connections import open_connection
from facelogin.stores.sqlite_rows import (
    INSERT_RECOVERY_CODE,
    INSERT_TEMPLATE,
    INSERT_USER,
    recovery_rows,
    template_row,
    user_row,
)
from facelogin.stores.sqlite_sessions import INSERT_SESSION, session_row
from facelogin.stores.times import to_ms

T = TypeVar("T")
_CODES = 10
_LANE_ROWS = 20_000
_CHECKPOINT_ROWS = 300
_APART = timedelta(seconds=30)
_AT_ONCE = 1000
_UNUSED_EVERY = 100
"""One of so many people has not signed in for four years."""
_INSERT_ROW = (
    "INSERT INTO audit_rows (lane, seq, at_ms, subject, body, mac) VALUES (?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people with a template of that engine, and so many records of their sign-ins.

    Each has a session that has expired, and a few have not been here for years.
    """

    people: int
    records: int
    engine: EngineRef
    seed: int = 5


def fill(
    store: Store, url: str, keyring: KeyRing, crowd: Crowd, *, say: Callable[[str], None]
) -> None:
    """Write all of it to a prepared store; its records are in checkpoints, but for the last."""
    sealer = TemplateSealer(keyring, store.installation_id)
    users = _told(_users(crowd, sealer), crowd.people, "people", say)
    ids = [f"{number:032x}" for number in range(crowd.people)]
    rows = _told(_rows(crowd, keyring, ids), crowd.records, "records", say)
    if url.startswith("sqlite:///"):
        _fill_sqlite(Path(url.removeprefix("sqlite:///")), users, rows)
    else:
        _fill_mongo(url, users, rows)
    say("adding checkpoints")
    for checkpoint in _checkpoints(keyring, store):
        store.audit.add_checkpoint(checkpoint)


def _told(every: Iterator[T], total: int, what: str, say: Callable[[str], None]) -> Iterator[T]:
    """Yield all of them, and say at every tenth part how far it is."""
    for number, one in enumerate(every):
        if number % max(total // 10, 1) == 0:
            say(f"  {number:,} of {total:,} {what} written")
        yield one


def _users(crowd: Crowd, sealer: TemplateSealer) -> Iterator[User]:
    now = datetime.now(UTC)
    long_ago, lately = now - timedelta(days=4 * 365), now - timedelta(days=100)
    for number, face in enumerate(faces_like_real_ones(crowd.people, seed=crowd.seed)):
        user_id, name = f"{number:032x}", f"person{number}"
        made_at = lately if (number + 1) % _UNUSED_EVERY else long_ago
        template = Template(secrets.token_hex(16), crowd.engine, face, 3, made_at)
        hashes = tuple(secrets.token_bytes(32) for _ in range(_CODES))
        yield User(
            user_id,
            name,
            f"{name}@example.org",
            sealer.seal(template, user_id=user_id),
            made_at,
            consent=Consent("benchmark", made_at),
            recovery=RecoveryCodes(secrets.token_bytes(16), hashes),
        )


def _session(user: User) -> Session:
    begun_at = datetime.now(UTC) - timedelta(days=2)
    return Session(
        session_id=secrets.token_hex(8),
        token_sha256=secrets.token_bytes(32),
        user_id=user.user_id,
        amr=("face",),
        assurance="photo",
        created_at=begun_at,
        last_seen_at=begun_at,
        expires_at=begun_at + timedelta(hours=12),
        fresh_until=begun_at,
    )


def _rows(crowd: Crowd, keyring: KeyRing, ids: list[str]) -> Iterator[AuditRow]:
    key, pseudonyms = KeyRingAuditKeys(keyring).active(), KeyedPseudonyms(keyring)
    subjects = [pseudonyms.of("subject", one) for one in ids[:10_000]]
    network = pseudonyms.of("network", "192.0.2.0/24")
    begun_at = datetime.now(UTC) - crowd.records * _APART
    before = None
    for number in range(crowd.records):
        if number % _LANE_ROWS == 0:
            lane, before = secrets.token_hex(8), None
        event = AuditEvent(
            at=begun_at + number * _APART,
            action="login",
            outcome="ok",
            subject=subjects[number * 7919 % len(subjects)],
            factor="face",
            device=subjects[number * 104_729 % len(subjects)],
            network=network,
            request_id=f"{number:016x}",
            browser="Firefox on Windows",
        )
        row = chain_row(event, lane=lane, before=before, after=0, key=key)
        before = row.head
        yield row


def _checkpoints(keyring: KeyRing, store: Store) -> Iterator[AuditCheckpoint]:
    """Yield a checkpoint for every so many rows of a lane, in the order of time."""
    key, last, after = KeyRingAuditKeys(keyring).active(), None, None
    heads = sorted(store.audit.heads(since=None), key=lambda head: head.lane)
    first_at = {head.lane: store.audit.rows(after=(head.lane, 0), limit=1)[0].at for head in heads}
    for head in sorted(heads, key=lambda one: first_at[one.lane]):
        after = (head.lane, 0)
        while rows := store.audit.rows(after=after, limit=_CHECKPOINT_ROWS):
            of_lane = [row for row in rows if row.lane == head.lane]
            if not of_lane:
                break
            last = chain_checkpoint([of_lane[-1].head], before=last, at=of_lane[-1].at, key=key)
            yield last
            after = (head.lane, of_lane[-1].seq)


def _fill_sqlite(file: Path, users: Iterator[User], rows: Iterator[AuditRow]) -> None:
    with closing(open_connection(file, busy_timeout_s=60)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")  # kB
        while page := list(islice(users, _AT_ONCE)):
            connection.execute("BEGIN IMMEDIATE")
            for user in page:
                connection.execute(INSERT_USER, user_row(user))
                connection.execute(
                    INSERT_TEMPLATE, template_row(user.template, user_id=user.user_id)
                )
                codes = recovery_rows(user.recovery, user_id=user.user_id)
                connection.executemany(INSERT_RECOVERY_CODE, codes)
                connection.execute(INSERT_SESSION, session_row(_session(user)))
            connection.execute("COMMIT")
        while some := list(islice(rows, _AT_ONCE)):
            values = [
                (one.lane, one.seq, to_ms(one.at), one.subject, one.body, one.mac) for one in some
            ]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT_ROW, values)
            connection.execute("COMMIT")


def _fill_mongo(url: str, users: Iterator[User], rows: Iterator[AuditRow]) -> None:
    with MongoClient[Document](url) as client:
        database = client.get_default_database()
        revision = 0
        while page := list(islice(users, _AT_ONCE)):
            documents = []
            for user in page:
                revision += 1
                documents.append(user_document(user) | {"revision": revision})
            database["users"].insert_many(documents)
            sessions = [session_document(_session(user)) for user in page]
            database["sessions"].insert_many(sessions)
        while some := list(islice(rows, _AT_ONCE)):
            database["audit_rows"].insert_many([row_document(one) for one in some])
