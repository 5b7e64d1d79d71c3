"""Threads of one process write to SQLite in turn, and nobody waits who only reads."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from facelogin.stores.sqlite_connections import open_connection, waiting

INSERT = "INSERT INTO things (name) VALUES (?)"


@pytest.fixture
def turns() -> threading.Lock:
    return threading.Lock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "things.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    connection.close()
    return path


@pytest.fixture
def connection(file: Path, turns: threading.Lock) -> Iterator[sqlite3.Connection]:
    made = open_connection(file, busy_timeout_s=0.05, turns=turns)
    yield made
    made.close()


def names(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM things").fetchone()[0])


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO things VALUES ('a')",
        "UPDATE things SET name = 'b'",
        "\n    DELETE FROM things",
        "BEGIN IMMEDIATE",
    ],
)
def test_whoever_writes_waits_for_a_turn_and_not_for_ever(
    connection: sqlite3.Connection, turns: threading.Lock, statement: str
) -> None:
    with turns, pytest.raises(sqlite3.OperationalError, match="locked"):
        connection.execute(statement)
    connection.execute(statement)


def test_whoever_reads_waits_for_nobody(
    connection: sqlite3.Connection, turns: threading.Lock
) -> None:
    with turns:
        assert names(connection) == 0


def test_within_a_transaction_nothing_waits_again(
    connection: sqlite3.Connection, turns: threading.Lock
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    with turns:
        connection.execute(INSERT, ("a",))
        connection.execute("COMMIT")
    assert names(connection) == 1


def test_a_statement_that_fails_gives_its_turn_back(
    connection: sqlite3.Connection, turns: threading.Lock
) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        connection.execute("INSERT INTO missing VALUES (1)")
    assert not turns.locked()


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "INSERT INTO things VALUES ('a')"])
def test_another_process_is_waited_for_in_short_sleeps_and_many_of_them(
    file: Path, turns: threading.Lock, statement: str
) -> None:
    tries: list[str] = []
    with (
        closing(open_connection(file, busy_timeout_s=1)) as other,
        closing(open_connection(file, busy_timeout_s=60, turns=turns)) as own,
    ):
        other.execute("BEGIN IMMEDIATE")

        def tried(what: str) -> None:
            tries.append(what)
            if tries.count(statement) == 4:
                other.execute("ROLLBACK")

        own.set_trace_callback(tried)
        own.execute(statement)
        own.set_trace_callback(None)

    assert tries.count(statement) == 4
    assert not turns.locked()


def test_who_is_told_to_wait_for_nobody_tries_once(file: Path, turns: threading.Lock) -> None:
    statement = "INSERT INTO things VALUES ('a')"
    tries: list[str] = []
    with (
        closing(open_connection(file, busy_timeout_s=1)) as other,
        closing(open_connection(file, busy_timeout_s=600, turns=turns)) as own,
    ):
        other.execute("BEGIN IMMEDIATE")
        own.set_trace_callback(tries.append)
        with waiting(own, 0), pytest.raises(sqlite3.OperationalError, match="locked"):
            own.execute(statement)
        other.execute("ROLLBACK")
        assert tries.count(statement) == 1
        assert own.execute("PRAGMA busy_timeout").fetchone() == (600_000,)


def test_of_many_threads_none_is_turned_away_and_nothing_is_lost(
    file: Path, turns: threading.Lock
) -> None:
    def write(number: int) -> None:
        own = open_connection(file, busy_timeout_s=10, turns=turns)
        for _ in range(20):
            own.execute(INSERT, (str(number),))
        own.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    last = open_connection(file, busy_timeout_s=1)
    assert names(last) == 160
    last.close()
