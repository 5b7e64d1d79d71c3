"""Bytes that belong to no row are overwritten, and all that the database says stays the same."""

from __future__ import annotations

import random
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from facelogin.stores.sqlite_pages import DatabaseFile, PageLayout, StrangePage, unused_spans

TABLES = (
    "CREATE TABLE plain (id INTEGER PRIMARY KEY, name TEXT, value BLOB)",
    "CREATE TABLE sorted (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID",
    "CREATE INDEX by_value ON plain (value)",
)


def fill(file: Path, *, vacuum: str, page_size: int, seed: int) -> None:
    """Rows of all sizes, up to some pages long, in no order, and many deleted without a trace."""
    draw = random.Random(seed)  # noqa: S311 - the same rows each time
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute(f"PRAGMA auto_vacuum = {vacuum}")
        connection.execute("PRAGMA secure_delete = ON")
        for statement in TABLES:
            connection.execute(statement)
        connection.execute("BEGIN")
        for number in range(1500):
            name = f"{draw.randrange(10**6):06}-{number}"
            value = b"=" + draw.randbytes(draw.choice([3, 30, 300, 900, 5000]))
            connection.execute("INSERT INTO plain (name, value) VALUES (?, ?)", (name, value))
            connection.execute("INSERT INTO sorted VALUES (?, ?)", (name, value))
        connection.execute("DELETE FROM plain WHERE name LIKE '%3'")
        connection.execute("DELETE FROM sorted WHERE name LIKE '%3'")
        connection.execute("COMMIT")


def everything(file: Path) -> list[object]:
    with closing(sqlite3.connect(file)) as connection:
        (checked,) = connection.execute("PRAGMA integrity_check").fetchall()
        assert checked == ("ok",)
        return [
            connection.execute("SELECT * FROM plain ORDER BY id").fetchall(),
            connection.execute("SELECT * FROM sorted ORDER BY name").fetchall(),
        ]


def clean(file: Path) -> int:
    # In a process of its own, as the file stays open in the one that cleans it.
    code = (
        "import sys; from pathlib import Path; from facelogin.stores.sqlite_pages import *\n"
        "f = DatabaseFile(Path(sys.argv[1])); c = f.clean(1, f.pages); f.sync()\n"
        "assert not c.strange; print(c.spans)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, check=True, text=True
    )
    return int(done.stdout)


@pytest.mark.parametrize("vacuum", ["NONE", "INCREMENTAL"])
@pytest.mark.parametrize("page_size", [512, 4096, 65_536])
def test_cleaning_changes_nothing_that_the_database_says(
    tmp_path: Path, vacuum: str, page_size: int
) -> None:
    file = tmp_path / "some.db"
    fill(file, vacuum=vacuum, page_size=page_size, seed=page_size)
    before = everything(file)

    overwritten = clean(file)

    assert everything(file) == before
    assert (overwritten > 0, clean(file)) == (True, 0)


def test_no_bytes_of_deleted_rows_are_left(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    fill(file, vacuum="NONE", page_size=4096, seed=1)
    gone = re.compile(rb"[0-9]{6}-[0-9]*3(?![0-9])")
    assert gone.search(file.read_bytes())

    clean(file)

    assert not gone.search(file.read_bytes())


def test_a_page_that_is_not_as_the_format_says_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    fill(file, vacuum="NONE", page_size=4096, seed=2)
    raw = file.read_bytes()
    layout = PageLayout.of(raw[:100])
    number = next(n for n in range(2, 99) if raw[(n - 1) * 4096] == 13)
    page = bytearray(raw[(number - 1) * 4096 : number * 4096])
    page[5:7] = (4000).to_bytes(2, "big")  # rows begin later than they do
    page[1:3] = bytes(2)
    page[3990:4000] = b"x" * 10
    with pytest.raises(StrangePage):
        unused_spans(bytes(page), number=number, layout=layout)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.txt"
    file.write_text("no database " * 100, encoding="utf-8")
    with pytest.raises(StrangePage):
        DatabaseFile(file)
