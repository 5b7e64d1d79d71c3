"""Overwriting gaps in SQLite's file damages nothing, whoever else is at work or whatever breaks."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from facelogin.stores import sqlite_scrub
from facelogin.stores.sqlite import SqliteStore
from facelogin.stores.sqlite_pages import Cleaned, DatabaseFile, PageLayout
from people import a_user

WRITER = """
import hashlib, json, random, select, sqlite3, sys
draw, table = random.Random(int(sys.argv[2])), f"stress_{sys.argv[2]}"
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
db.execute("PRAGMA secure_delete = ON")
db.execute(f"CREATE TABLE {table} (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
kept = {}
for number in range(1_000_000):
    db.execute("BEGIN IMMEDIATE")
    for _ in range(20):
        name = f"{draw.randrange(150):04}"
        if draw.random() < 0.4:
            db.execute(f"DELETE FROM {table} WHERE name = ?", (name,))
            kept.pop(name, None)
        else:
            value = draw.randbytes(draw.choice([5, 50, 500, 1500, 9000]))
            db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (name, value))
            kept[name] = hashlib.sha256(value).hexdigest()
    db.execute("COMMIT")
    if number == 5:
        print("begun", flush=True)
    # As long as a request does something else; the test writes a line when it is over.
    if number > 5 and select.select([sys.stdin], [], [], 0.02)[0]:
        break
print(json.dumps(kept))
"""
SCRUBBER = """
import sqlite3, sys
from pathlib import Path
from facelogin.stores import sqlite_scrub
from facelogin.stores.sqlite import SqliteStore
sqlite_scrub._PAGES, sqlite_scrub._STEP_S = 32, 0.0
clean = sqlite_scrub._clean_some
def clean_and_tell(beside):
    step = clean(beside)
    print("a step", flush=True)
    return step
sqlite_scrub._clean_some = clean_and_tell
store, note = SqliteStore(Path(sys.argv[1])), sqlite3.connect(sys.argv[1], timeout=60)
while True:
    with note:
        note.execute("UPDATE scrubbing SET erased = erased + 1")
    store.scrub()
"""


def scrub_until_killed(file: Path) -> None:
    """Scrub, and die when bytes of some pages are overwritten and that is not committed yet."""
    environment = os.environ | {"PYTHONPATH": "src"}
    scrubber = subprocess.Popen(
        [sys.executable, "-c", SCRUBBER, str(file)], stdout=subprocess.PIPE, env=environment
    )
    try:
        assert scrubber.stdout is not None
        assert scrubber.stdout.readline() == b"a step\n"
    finally:
        scrubber.kill()
        scrubber.communicate()


def test_scrubbing_beside_writers_and_crashes_damages_nothing(
    file: Path, sqlite: SqliteStore
) -> None:
    """Writers whose rows fill overflow pages and free pages; scrubbers that are killed half-way."""
    sqlite.users.create(ada := a_user(username="ada"))
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "begun\n"
        for _ in range(3):
            scrub_until_killed(file)
        sqlite.users.delete(ada.user_id)
        assert any(sqlite.scrub() for _ in range(20))
        written = [json.loads(writer.communicate("\n")[0]) for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for number, expected in enumerate(written):
            rows = connection.execute(f"SELECT * FROM stress_{number}")  # noqa: S608
            found = {name: hashlib.sha256(value).hexdigest() for name, value in rows}
            assert found == expected


@pytest.mark.parametrize("fault", ["none", "another file", "no log", "reserved bytes"])
def test_only_the_locked_file_beside_its_empty_log_is_cleaned(
    file: Path, sqlite: SqliteStore, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it is left alone: a backup was put in its place, or its log taken away, in mid-step."""
    sqlite.users.create(ada := a_user(username="ada"))
    monkeypatch.setattr(sqlite_scrub, "_WAIT_MS", 10)
    empty_log, layout_of, cleaned = sqlite_scrub._empty_log, PageLayout.of, list[int]()

    def empty_log_and_change(connection: sqlite3.Connection) -> bool:
        emptied = empty_log(connection)
        if fault == "another file":
            subprocess.run(["cp", file, f"{file}.copy"], check=True)
            file.with_name(f"{file.name}.copy").replace(file)
        elif fault == "no log":
            file.with_name(f"{file.name}-wal").unlink()
        return emptied

    def layout(head: bytes) -> PageLayout:
        reserved = b"\x08" if fault == "reserved bytes" else head[20:21]
        return layout_of(head[:20] + reserved + head[21:])

    def clean(_: DatabaseFile, first: int, count: int) -> Cleaned:
        cleaned.append(first)
        return Cleaned(spans=count, strange=0)

    monkeypatch.setattr(sqlite_scrub, "_empty_log", empty_log_and_change)
    monkeypatch.setattr(PageLayout, "of", layout)
    monkeypatch.setattr(DatabaseFile, "clean", clean)
    sqlite.users.delete(ada.user_id)

    assert bool(cleaned) == (fault == "none")
