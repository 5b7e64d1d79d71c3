"""``facelogin retention run`` on both stores: it tells first, and erases only when told to."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contract.backends import Backend, MongoBackend, SqliteBackend
from facelogin.bootstrap import key_binding
from facelogin.cli import main
from facelogin.domain.models import Budget
from facelogin.domain.ports import Store
from facelogin.stores import sqlite_scrub
from facelogin.stores.keyring import KeyRing, create_keyring
from people import a_session, a_user

Facelogin = Callable[..., Result]
NO, STILL_IN_FILES = 1, 5
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


@pytest.fixture
def store(backend: Backend, tmp_path: Path) -> Iterator[Store]:
    """An empty store that has taken the command's key ring, which opens nobody's template."""
    ring = tmp_path / "facelogin-data" / "keyring.json"
    create_keyring(ring)
    opened = backend.open()
    key_binding(KeyRing.load(ring), opened).check()
    yield opened
    opened.close()


@pytest.fixture
def facelogin(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> Facelogin:
    """The command, on the store of the test."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Result:
        given = {"DATABASE_URL": backend.url} | environment
        values = {f"FACELOGIN_{name}": value for name, value in given.items()}
        return CliRunner().invoke(main, arguments, env=values, catch_exceptions=False)

    return run


def keep(store: Store, name: str, *, made_days_ago: int, used_days_ago: int | None = None) -> None:
    now = datetime.now(UTC)
    used = None if used_days_ago is None else now - used_days_ago * DAY
    user = a_user(username=name, created_at=now - made_days_ago * DAY)
    store.users.create(replace(user, last_used_at=used))


@pytest.fixture
def some(store: Store) -> None:
    """Two accounts that were not used for three years, and two that were."""
    keep(store, "left-early", made_days_ago=1200)
    keep(store, "left-late", made_days_ago=2000, used_days_ago=1096)
    keep(store, "stayed", made_days_ago=2000, used_days_ago=1000)
    keep(store, "came", made_days_ago=3)


def names(store: Store) -> set[str]:
    return {user.username for user in store.users.page(after=None, limit=1000)}


@pytest.mark.usefixtures("some")
def test_a_run_tells_how_many_and_changes_nothing(facelogin: Facelogin, store: Store) -> None:
    told = facelogin("retention", "run")
    assert told.exit_code == 0
    assert told.stdout.startswith("2 account(s) not used since ")
    assert "Nothing was changed" in told.stdout
    assert "left-early" not in told.stdout
    assert len(names(store)) == 4


@pytest.mark.usefixtures("some")
def test_a_run_lists_them_when_asked(facelogin: Facelogin) -> None:
    listed = facelogin("retention", "run", "--list").stdout.splitlines()
    assert {line.split()[0] for line in listed[:2]} == {"left-early", "left-late"}
    as_json = json.loads(facelogin("retention", "run", "--list", "--json").stdout)
    accounts = {one["username"]: one["email"] for one in as_json["accounts"]}
    assert accounts == {n: f"{n}@example.org" for n in ("left-early", "left-late")}
    assert as_json["unused"] == 2


@pytest.mark.usefixtures("some")
def test_erasing_takes_the_unused_out_of_the_database_and_leaves_the_others(
    facelogin: Facelogin, store: Store, backend: Backend
) -> None:
    erased = facelogin("retention", "run", "--erase")
    assert erased.exit_code == 0
    assert "2 erased, 0 kept because they were used meanwhile." in erased.stdout
    assert names(store) == {"stayed", "came"}
    assert b"left-" not in backend.raw()
    again = facelogin("retention", "run", "--erase")
    assert "0 erased" in again.stdout


@pytest.mark.usefixtures("some")
def test_erasing_is_on_record_and_the_log_verifies(facelogin: Facelogin) -> None:
    facelogin("retention", "run", "--erase")
    rows = [json.loads(line) for line in facelogin("audit", "export").stdout.splitlines()]
    actions = [row["action"] for row in rows]
    assert (actions.count("erase"), actions.count("retention")) == (2, 1)
    assert facelogin("audit", "verify").exit_code == 0


def test_expired_sessions_are_swept_with_it(facelogin: Facelogin, store: Store) -> None:
    keep(store, "came", made_days_ago=3)
    store.sessions.add(a_session(user_id="came"))  # it ended long ago
    swept = json.loads(facelogin("retention", "run", "--erase", "--json").stdout)
    assert swept["expired_sessions"] == 1
    assert swept["erased"] == 0
    assert swept["scrubbed"] is True
    assert store.sessions.list_for("came") == []


@pytest.mark.usefixtures("some")
def test_the_operator_says_how_long(facelogin: Facelogin) -> None:
    longer = facelogin("retention", "run", RETENTION_DAYS="1150")
    assert longer.stdout.startswith("1 account(s)")
    shorter = facelogin("retention", "run", RETENTION_DAYS="30")
    assert shorter.stdout.startswith("3 account(s)")


def test_a_wrong_clock_does_not_erase_everybody(facelogin: Facelogin, store: Store) -> None:
    for number in range(11):
        keep(store, f"person{number}", made_days_ago=1200)
    refused = facelogin("retention", "run", "--erase")
    assert refused.exit_code == NO
    assert "would erase 11 of 11 accounts" in refused.stderr
    assert len(names(store)) == 11
    assert facelogin("retention", "run", "--erase", "--most").exit_code == 0
    assert names(store) == set()


def test_an_operator_who_erases_one_user_leaves_nothing_but_the_record(
    facelogin: Facelogin, store: Store, backend: Backend
) -> None:
    keep(store, "unmistakable", made_days_ago=3)
    assert facelogin("users", "delete", "unmistakable", "--yes").exit_code == 0
    assert b"unmistakable" not in backend.raw()
    rows = [json.loads(line) for line in facelogin("audit", "export").stdout.splitlines()]
    assert [row["action"] for row in rows] == ["erase"]


@pytest.mark.usefixtures("some")
def test_accounts_are_listed_by_what_is_in_their_names_and_in_parts(facelogin: Facelogin) -> None:
    def listed(*options: str) -> list[str]:
        lines = facelogin("users", "list", *options).stdout.splitlines()
        return [line.split()[0] for line in lines]

    everybody = listed()
    assert sorted(everybody) == ["came", "left-early", "left-late", "stayed"]
    assert sorted(listed("--match", "LEFT")) == ["left-early", "left-late"]
    assert listed("--limit", "3") == everybody[:3]
    assert listed("--after", everybody[1], "--limit", "1") == everybody[2:3]
    assert facelogin("users", "list", "--count").stdout == "4\n"
    assert facelogin("users", "list", "--count", "--match", "a").stdout == "4\n"
    assert facelogin("users", "list", "--count", "--match", "left").stdout == "2\n"
    assert facelogin("users", "list", "--after", "nobody").exit_code == NO
    parts = facelogin("users", "list", "--json", "--match", "came").stdout.splitlines()
    assert [json.loads(line)["username"] for line in parts] == ["came"]


@pytest.mark.parametrize(
    "command",
    [
        ("users", "delete", "came", "--yes"),
        ("retention", "run", "--erase"),
        ("retention", "run", "--erase", "--json"),
        ("keys", "rotate"),
    ],
)
def test_what_a_reader_keeps_in_the_files_has_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("_PATIENCE_S", "_WAIT_MS", "_RETRY_S"):
        monkeypatch.setattr(sqlite_scrub, name, 0)
    backend = SqliteBackend(tmp_path / "facelogin.db")
    opened = backend.open()
    opened.prepare()
    ring = tmp_path / "facelogin-data" / "keyring.json"
    create_keyring(ring)
    key_binding(KeyRing.load(ring), opened).check()
    if command[0] != "keys":  # their templates are sealed with no key of the ring
        keep(opened, "came", made_days_ago=3)
        keep(opened, "left", made_days_ago=2000)
    environment = {"FACELOGIN_DATABASE_URL": backend.url}
    with closing(sqlite3.connect(backend.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM users").fetchone()
        opened.budgets.put(Budget("a counter", None, "{}", 1, datetime.now(UTC)), after=None)
        opened.close()
        told = CliRunner().invoke(main, command, env=environment, catch_exceptions=False)
    assert told.exit_code == STILL_IN_FILES
    assert "still in the database's files" in told.stderr
