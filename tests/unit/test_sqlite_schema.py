"""How a SQLite file comes to its tables, and what it refuses."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Event, Lock, Thread

import pytest

from facelogin.domain.errors import ConfigurationError, StoreUnavailable
from facelogin.domain.models import TemplateMark
from facelogin.stores.sqlite import SqliteStore
from facelogin.stores.sqlite_connections import ConnectionPool, open_connection
from facelogin.stores.sqlite_schema import MIGRATIONS, migrate, schema_version
from people import a_session, a_user

PREPARE = """
import sys
from pathlib import Path
from facelogin.stores.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
store.prepare()
print(store.installation_id())
store.close()
"""
FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "tests")
from facelogin.domain.errors import StoreUnavailable
from facelogin.stores.sqlite import SqliteStore
from people import a_user

store = SqliteStore(Path(sys.argv[1]))
store.prepare()
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
kept = 0
try:
    for kept in range(2000):
        store.users.create(a_user(username=f"user{kept}"))
except StoreUnavailable as error:
    assert error.__cause__ is not None
    print(kept)
"""


def _connect(path: Path) -> sqlite3.Connection:
    return open_connection(path, busy_timeout_s=1.0)


@pytest.mark.parametrize("there_already", [False, True])
def test_eight_processes_that_start_together_make_one_database(
    tmp_path: Path, there_already: bool
) -> None:
    path = tmp_path / "faces.db"
    if there_already:
        path.touch(mode=0o600)
    command = [sys.executable, "-c", PREPARE, str(path)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ids = {process.communicate(timeout=60)[0] for process in started}

    assert [process.returncode for process in started] == [0] * 8
    assert len(ids) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["faces.db"]


def test_the_file_and_its_log_are_private_and_so_is_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "data" / "faces.db"
    store = SqliteStore(path)
    store.users.create(a_user())

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    store.close()

    assert modes == dict.fromkeys(["faces.db", "faces.db-wal", "faces.db-shm"], 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_connections_keep_the_promises_that_sqlite_makes_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    SqliteStore(path).prepare()
    asked = {
        "foreign_keys": 1,
        "secure_delete": 1,
        "synchronous": 2,
        "journal_mode": "wal",
        "busy_timeout": 1000,
    }

    with closing(_connect(path)) as connection:
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}

    assert found == asked


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    SqliteStore(path).prepare()
    newer = len(MIGRATIONS) + 1
    with closing(_connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")

    with pytest.raises(ConfigurationError, match=f"newer facelogin .schema {newer}"):
        SqliteStore(path).prepare()
    with pytest.raises(StoreUnavailable):
        SqliteStore(path).users.count()


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.touch()
    with closing(_connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")

    with pytest.raises(ConfigurationError, match="another program"):
        SqliteStore(path).prepare()

    with closing(_connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("theirs",)]


def test_a_step_that_fails_is_undone_and_the_steps_before_it_stay(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    path.touch()
    steps = [["CREATE TABLE a (x)"], ["CREATE TABLE b (x)", "no such statement"]]
    with closing(_connect(path)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, steps)

        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        assert (schema_version(connection), tables) == (1, [("a",)])

        migrate(connection, [steps[0], ["CREATE TABLE c (x)"]])
        assert schema_version(connection) == 2


def test_an_emptied_file_is_an_outage_and_no_new_beginning(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    store = SqliteStore(path)
    store.users.create(a_user())
    store.close()
    path.write_bytes(b"")

    with pytest.raises(StoreUnavailable):
        store.users.find_by_username("ada")


def test_a_removed_file_is_an_outage_and_no_new_beginning(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    store = SqliteStore(path)
    store.users.create(a_user())
    path.unlink()

    with pytest.raises(StoreUnavailable):
        store.users.create(a_user(username="bob"))

    assert not path.exists()
    store.close()


def test_a_locked_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    store = SqliteStore(path, busy_timeout_s=0.05)
    store.prepare()
    with closing(_connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailable) as refused:
            store.users.create(a_user())
        other.execute("ROLLBACK")

    assert "locked" in str(refused.value.__cause__)
    store.users.create(a_user())
    store.close()


def test_a_full_disk_is_unavailable_and_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"

    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], stdout=subprocess.PIPE, text=True, check=True
    )

    kept = int(done.stdout)
    store = SqliteStore(path)
    assert kept > 10
    assert store.users.count() == kept
    assert store.users.find_by_username(f"user{kept - 1}") is not None
    store.users.create(a_user(username=f"user{kept}"))
    store.close()


def test_no_foreign_key_makes_a_change_read_a_whole_table(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    SqliteStore(path).prepare()
    with closing(_connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        columns = {
            (table, row[3])
            for table in tables
            for row in connection.execute(f"PRAGMA foreign_key_list({table})")
        }
        plans = {}
        for table, column in columns:
            query = f"SELECT 1 FROM {table} WHERE {column} = ?"  # noqa: S608 - names from the schema
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", ("x",))
            plans[table, column] = plan.fetchone()[3]

    assert ("users", "template_id") in plans
    assert {key: plan for key, plan in plans.items() if not plan.startswith("SEARCH")} == {}


def test_the_database_itself_refuses_a_user_without_a_template(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    store = SqliteStore(path)
    store.users.create(a_user())

    with closing(_connect(path)) as connection:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM templates")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(
                "INSERT INTO users (user_id, username, username_key, email, email_key,"
                " template_id, created_ms) VALUES ('b', 'b', 'b', 'b', 'b', 'none', 0)"
            )

    assert store.users.count() == 1
    store.close()


def test_threads_one_after_the_other_share_one_connection(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    opened: list[sqlite3.Connection] = []
    SqliteStore(path).prepare()

    def opener(_turns: Lock) -> sqlite3.Connection:
        opened.append(_connect(path))
        return opened[-1]

    pool = ConnectionPool(path, opener)

    def work() -> None:
        with pool.lend() as connection:
            connection.execute("SELECT 1")

    for _ in range(5):
        thread = Thread(target=work)
        thread.start()
        thread.join(10)
    pool.close()

    assert len(opened) == 1
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


def test_a_fork_waits_for_connections_at_work_and_inherits_none(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    SqliteStore(path).prepare()
    pool = ConnectionPool(path, lambda _turns: _connect(path))
    lent, done, forked = Event(), Event(), Event()

    def work() -> None:
        with pool.lend():
            lent.set()
            done.wait(10)

    def fork() -> None:
        pool.before_fork()
        assert done.is_set()
        forked.set()
        pool.after_fork_in_parent()

    threads = [Thread(target=work), Thread(target=fork)]
    threads[0].start()
    assert lent.wait(10)
    threads[1].start()
    assert not forked.is_set()
    done.set()
    for thread in threads:
        thread.join(10)

    assert forked.is_set()
    assert pool._idle == []
    with pool.lend() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    pool.close()


def test_users_from_before_templates_had_numbers_have_the_number_0(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    path.touch(mode=0o600)
    with closing(_connect(path)) as connection:
        migrate(connection, MIGRATIONS[:3])
        connection.execute("PRAGMA foreign_keys = OFF")  # one after the other
        connection.execute(
            "INSERT INTO templates VALUES ('t', 'u', 'e', '1', 1, 1, 1, 'k', '', '', '')"
        )
        connection.execute(
            "INSERT INTO users (user_id, username, username_key, email, email_key, template_id,"
            " created_ms) VALUES ('u', 'ana', 'ana', 'a@x', 'a@x', 't', 1)"
        )
    store = SqliteStore(path)
    store.prepare()
    assert store.users.marks(after=None, limit=9) == [TemplateMark("u", ("t",), 0)]
    store.users.create(a_user())
    assert store.users.last_revision() == 1
    store.close()


def test_sessions_of_an_older_schema_have_no_browser(tmp_path: Path) -> None:
    path = tmp_path / "faces.db"
    path.touch(mode=0o600)
    kept = a_session()
    with closing(_connect(path)) as connection:
        migrate(connection, MIGRATIONS[:5])
        connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, '[\"face\"]', 'live', 1, 1, 2, 1)",
            (kept.token_sha256, kept.session_id, kept.user_id),
        )
    store = SqliteStore(path)
    store.prepare()
    found = store.sessions.find(kept.token_sha256)
    store.close()
    assert found is not None
    assert (found.session_id, found.browser) == (kept.session_id, None)
