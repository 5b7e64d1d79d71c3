"""Erasure as an examiner of the disk sees it: no byte of whoever was erased is anywhere."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from operator import add
from pathlib import Path

import pytest

from contract.backends import Backend, SqliteBackend, at_once
from facelogin.domain.models import Budget, Consent, RecoveryCodes, User
from facelogin.domain.ports import Store
from facelogin.stores import sqlite_scrub
from facelogin.stores.open import open_store
from facelogin.stores.sqlite import SqliteStore
from people import NOON, a_sealed_template, a_session, a_user, token_hash

YEAR = timedelta(days=365)


def a_full_user(name: str) -> User:
    """Somebody of whom everything is kept that can be; whatever is random follows from the name."""
    hashes = tuple(token_hash(f"{name} code {number}".encode()) for number in range(10))
    salt = token_hash(f"{name} salt".encode())[:16]
    return replace(a_user(username=name), recovery=RecoveryCodes(salt, hashes))


def keep(store: Store, user: User, *, sessions: int = 2) -> None:
    store.users.create(user)
    for number in range(sessions):
        token = f"{user.username} {number}".encode()
        store.sessions.add(a_session(user_id=user.user_id, token=token))
    counter = f"face:{user.user_id}:others"
    store.budgets.put(Budget(counter, user.user_id, "{}", 1, NOON + YEAR), after=None)


def traces(user: User, raw: bytes, *, sessions: int = 2) -> list[str]:
    """What `raw` holds of the user; parts of the long values count as well."""
    record, codes = user.template.record, user.recovery
    assert codes is not None
    values = {
        "id": user.user_id.encode(),
        "username": user.username.encode(),
        "email": user.email.encode(),
        "template id": user.template.template_id.encode(),
        "wrapped key": record.wrapped_dek,
        "iv": record.iv,
        "salt": codes.salt,
        **{f"code {number}": code for number, code in enumerate(codes.hashes)},
        **{
            f"session {number}": token_hash(f"{user.username} {number}".encode())
            for number in range(sessions)
        },
        **{f"ct {start}": record.ct[start : start + 16] for start in range(0, 512, 16)},
    }
    return [name for name, value in values.items() if value in raw]


def erase(store: Store, user: User) -> None:
    """What the services do, without the log."""
    store.budgets.delete_for(user.user_id)
    store.users.delete(user.user_id)


# --- both stores --------------------------------------------------------------------------------


def test_nothing_of_an_erased_user_is_left_anywhere(backend: Backend, store: Store) -> None:
    ada, bob = a_full_user("unmistakable"), a_full_user("another-one")
    for user in (ada, bob):
        keep(store, user)
    everything = traces(ada, backend.raw())

    erase(store, ada)

    assert len(everything) == 10 + 10 - 1 + 32
    assert traces(ada, backend.raw()) == []
    assert traces(bob, backend.raw()) == everything


def test_all_sessions_of_somebody_with_very_many_are_erased(backend: Backend, store: Store) -> None:
    ada = a_full_user("ada")
    keep(store, ada, sessions=500)

    erase(store, ada)

    assert store.sessions.list_for(ada.user_id) == []
    assert traces(ada, backend.raw(), sessions=500) == []


def test_nothing_of_a_template_that_was_replaced_is_left(backend: Backend, store: Store) -> None:
    ada = a_full_user("ada")
    keep(store, ada)
    old = ada.template

    assert store.users.replace_template(
        ada.user_id, old_template_id=old.template_id, template=a_sealed_template(99)
    )

    raw = backend.raw()
    for value in (old.record.wrapped_dek, old.record.iv, old.record.ct[:16], old.record.ct[-16:]):
        assert value not in raw


def test_nothing_of_recovery_codes_that_were_replaced_is_left(
    backend: Backend, store: Store
) -> None:
    ada = a_full_user("ada")
    keep(store, ada)

    store.users.set_recovery(ada.user_id, RecoveryCodes(b"other salt", (b"other hash",)))

    assert ada.recovery is not None
    assert not [code for code in ada.recovery.hashes if code in backend.raw()]


def test_erasing_and_signing_in_at_once_leaves_no_session(backend: Backend, store: Store) -> None:
    """As a login does it: the session is added, and the erasure finished where it was late."""

    def begin(user: User, token: bytes) -> None:
        store.sessions.add(a_session(user_id=user.user_id, token=token))
        if store.users.find_by_id(user.user_id) is None:
            store.users.delete(user.user_id)

    for attempt in range(10):
        ada = a_full_user(f"ada-{attempt}")
        keep(store, ada)
        logins = [partial(begin, ada, f"{attempt} {number}".encode()) for number in range(4)]
        outcomes = at_once([*logins, partial(erase, store, ada)])
        assert [one for one in outcomes if one is not None] == []
        assert store.sessions.list_for(ada.user_id) == []
        assert traces(ada, backend.raw()) == []


def test_five_who_erase_one_user_at_once_all_succeed(backend: Backend) -> None:
    stores = [backend.open() for _ in range(5)]
    ada = a_full_user("ada")
    keep(stores[0], ada)

    outcomes = at_once([partial(erase, store, ada) for store in stores])

    for store in stores:
        store.close()
    assert outcomes == [None] * 5
    assert traces(ada, backend.raw()) == []


# --- the unused ---------------------------------------------------------------------------------


def keep_used(store: Store, name: str, *, used: timedelta | None) -> User:
    """Somebody whose account was made at NOON and used last so much later."""
    user = a_full_user(name)
    store.users.create(user)
    if used is not None:
        store.users.mark_used(user.user_id, used_at=NOON + used)
    return user


def unused(
    store: Store, since: timedelta, *, after: str | None = None, limit: int = 99
) -> list[str]:
    page = store.users.page_unused(since=NOON + since, after=after, limit=limit)
    return [user.user_id for user in page]


def test_the_unused_are_those_who_signed_in_before_or_never_did(store: Store) -> None:
    never = keep_used(store, "never", used=None)
    once = keep_used(store, "once", used=YEAR)
    assert unused(store, timedelta(0)) == []
    assert unused(store, timedelta(milliseconds=1)) == [never.user_id]
    assert unused(store, YEAR) == [never.user_id]
    assert unused(store, 2 * YEAR) == sorted([never.user_id, once.user_id])


def test_the_unused_are_told_in_pages(store: Store) -> None:
    ids = sorted(keep_used(store, f"user{n}", used=None).user_id for n in range(5))
    keep_used(store, "active", used=2 * YEAR)
    assert unused(store, YEAR, limit=2) == ids[:2]
    assert unused(store, YEAR, after=ids[1], limit=2) == ids[2:4]
    assert unused(store, YEAR, after=ids[4]) == []
    assert unused(store, YEAR, limit=0) == []


def test_only_the_unused_are_erased_as_such(backend: Backend, store: Store) -> None:
    never, active = keep_used(store, "never", used=None), keep_used(store, "active", used=YEAR)
    store.sessions.add(a_session(user_id=never.user_id))

    asked = [never.user_id, active.user_id, "nobody"]
    assert store.users.delete_unused(asked, since=NOON + YEAR) == [never.user_id]
    assert store.users.delete_unused(asked, since=NOON + YEAR) == []
    assert store.users.delete_unused([], since=NOON + YEAR) == []
    assert store.scrub()

    assert store.users.page(after=None, limit=9) == [
        replace(active, last_used_at=NOON + YEAR),
    ]
    assert store.sessions.list_for(never.user_id) == []
    assert traces(never, backend.raw()) == []


def test_of_a_sign_in_and_an_erasure_at_once_one_wins_whole(store: Store) -> None:
    for attempt in range(20):
        ada = keep_used(store, f"ada-{attempt}", used=None)
        sign_in = partial(store.users.mark_used, ada.user_id, used_at=NOON + 2 * YEAR)
        erasure = partial(store.users.delete_unused, [ada.user_id], since=NOON + YEAR)
        calls: list[Callable[[], list[str] | None]] = [sign_in, erasure]
        _, erased = at_once(calls)
        assert bool(erased) == (store.users.find_by_id(ada.user_id) is None)


def test_a_new_consent_takes_the_place_of_the_old_one(store: Store) -> None:
    ada = a_full_user("ada")
    store.users.create(ada)
    anew = Consent(notice_version="2026-02", given_at=NOON + YEAR)

    assert store.users.set_consent(ada.user_id, anew)
    assert not store.users.set_consent("nobody", anew)

    assert store.users.find_by_id(ada.user_id) == replace(ada, consent=anew)


# --- SQLite's files -----------------------------------------------------------------------------


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Somebody who holds on to the database as it is now, as a backup does."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM users").fetchone()
        yield
        connection.execute("ROLLBACK")


def take_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrub page by page, none of them at once, as if the database were large."""
    for name, value in {"_AT_ONCE_BYTES": 0, "_PAGES": 1, "_STEP_S": 0.0, "_REST_S": 0.0}.items():
        monkeypatch.setattr(sqlite_scrub, name, value)


def raw(file: Path) -> bytes:
    return SqliteBackend(file).raw()


def test_no_copy_is_left_of_many_who_were_erased_among_many(
    file: Path, sqlite: SqliteStore
) -> None:
    """So many that pages of the b-trees were split, which leaves copies of rows in gaps."""
    users = [a_full_user(f"person-{number:04}") for number in range(300)]
    for user in users:
        keep(sqlite, user)

    for user in users[::3]:
        erase(sqlite, user)

    left = raw(file)
    assert {user.username: found for user in users[::3] if (found := traces(user, left))} == {}
    assert all(traces(user, left) for user in users[1::3])


def test_an_erasure_waits_for_no_reader_for_long_and_is_finished_by_what_follows(
    file: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_scrub, "_WAIT_MS", 10)
    monkeypatch.setattr(sqlite_scrub, "_RETRY_S", 0.0)
    ada = a_full_user("ada")
    keep(sqlite, ada)
    with reading(file):
        erase(sqlite, ada)
        assert sqlite.users.find_by_id(ada.user_id) is None
        assert traces(ada, raw(file)) != []  # the reader's view of it is in the log
        assert not sqlite.scrub()

    sqlite.users.count()

    assert traces(ada, raw(file)) == []


def test_other_workers_that_read_and_write_all_the_time_delay_nothing_for_good(
    file: Path, sqlite: SqliteStore
) -> None:
    """Two other processes with connections of their own, as two workers have."""
    users = [a_full_user(f"person-{number:04}") for number in range(20)]
    for user in users:
        keep(sqlite, user)
    worker = (
        "import sys, time; from facelogin.stores.open import open_store\n"
        "store = open_store(sys.argv[1]); store.prepare(); print('ready', flush=True)\n"
        "from datetime import UTC, datetime\n"
        "while True:\n"
        "    for user in store.users.page(after=None, limit=500):\n"
        "        store.users.mark_used(user.user_id, used_at=datetime.now(UTC))\n"
        "        time.sleep(0.002)\n"  # as long as a request does something else
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", worker, f"sqlite:///{file}"],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": "src"},
        )
        for _ in range(2)
    ]
    try:
        for process in workers:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for user in users[:10]:
            erase(sqlite, user)
        assert any(sqlite.scrub() for _ in range(10))
        left = raw(file)
    finally:
        for process in workers:
            process.kill()
            process.communicate()
    assert [user.username for user in users[:10] if traces(user, left)] == []
    assert sqlite.users.count() == 10


def test_what_a_process_left_unfinished_is_finished_at_the_next_start(
    file: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_scrub, "_WAIT_MS", 10)
    ada = a_full_user("ada")
    keep(sqlite, ada)
    with reading(file):
        erase(sqlite, ada)
    # The first process lives on, so that no last connection closes and tidies up; another begins.
    begin = "import sys; from facelogin.stores import open; open.open_store(sys.argv[1]).prepare()"
    subprocess.run([sys.executable, "-c", begin, f"sqlite:///{file}"], check=True, timeout=60)

    assert traces(ada, raw(file)) == []


def test_a_database_too_large_to_scrub_at_once_is_scrubbed_when_asked(
    file: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_small_steps(monkeypatch)
    monkeypatch.setattr(sqlite_scrub, "_PAGES", 32)
    users = [a_full_user(f"person-{number:04}") for number in range(150)]
    for user in users:
        keep(sqlite, user)
    for user in users[::3]:
        erase(sqlite, user)
    assert scrubbed(file) < len(users[::3])

    assert sqlite.scrub()

    left = raw(file)
    assert [user.username for user in users[::3] if traces(user, left)] == []
    assert scrubbed(file) == len(users[::3])


def test_a_large_database_is_scrubbed_by_the_operations_that_follow(
    file: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_small_steps(monkeypatch)
    monkeypatch.setattr(sqlite_scrub, "_NEXT_S", 0.0)
    users = [a_full_user(f"person-{number:04}") for number in range(30)]
    for user in users:
        keep(sqlite, user)
    erase(sqlite, users[0])
    pages = len(file.read_bytes()) // 4096
    assert scrubbed(file) == 0

    for _ in range(pages):
        sqlite.users.count()

    assert scrubbed(file) == 1
    assert traces(users[0], raw(file)) == []


def test_scrubbing_goes_on_where_another_process_stopped(
    file: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_small_steps(monkeypatch)
    ada = a_full_user("ada")
    keep(sqlite, ada)
    sqlite.users.delete(ada.user_id)
    sqlite.users.delete("nobody")  # another step
    query = "SELECT next_page FROM scrubbing"
    with closing(sqlite3.connect(file)) as connection:
        (begun,) = connection.execute(query).fetchone()
    other = SqliteStore(file)
    other.prepare()
    other.close()
    with closing(sqlite3.connect(file)) as connection:
        (further,) = connection.execute(query).fetchone()
    assert 1 < begun < further


def test_scrubbing_a_database_in_which_nothing_was_erased_changes_nothing(
    file: Path, sqlite: SqliteStore
) -> None:
    keep(sqlite, a_full_user("ada"))
    assert sqlite.scrub()
    before = file.read_bytes()
    assert sqlite.scrub()
    assert file.read_bytes() == before


def test_whoever_replaces_something_again_and_again_holds_nobody_up(
    file: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = a_full_user("ada")
    keep(sqlite, ada)
    sets = [RecoveryCodes(b"salt", (token_hash(f"anew {n}".encode()),)) for n in range(10)]
    for codes in sets:
        sqlite.users.set_recovery(ada.user_id, codes)
    assert scrubbed(file) == 1

    monkeypatch.setattr(time, "monotonic", partial(add, time.monotonic(), sqlite_scrub._PAUSE_S))
    sqlite.users.count()

    assert scrubbed(file) == len(sets)
    left = raw(file)
    assert [codes.hashes[0] in left for codes in sets] == [False] * 9 + [True]


def test_a_scrubbing_that_fails_does_not_undo_the_erasure(
    file: Path, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: sqlite3.Connection) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    ada = a_full_user("ada")
    keep(sqlite, ada)
    with monkeypatch.context() as failing:
        failing.setattr(sqlite_scrub, "_empty_log", full)
        erase(sqlite, ada)
    assert sqlite.users.find_by_id(ada.user_id) is None
    assert sqlite.scrub()
    assert traces(ada, raw(file)) == []


def scrubbed(file: Path) -> int:
    """How many of the erasures are out of the file."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT scrubbed FROM scrubbing").fetchone()[0])


def test_the_search_finds_whoever_is_there(backend: Backend) -> None:
    store = open_store(backend.url)
    ada = a_full_user("unmistakable")
    keep(store, ada)
    assert len(traces(ada, backend.raw())) == 51
    store.close()
