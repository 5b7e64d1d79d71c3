"""A database address becomes a store, or a sentence that says what is allowed."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from facelogin.database_url import masked
from facelogin.domain.errors import ConfigurationError
from facelogin.stores.mongo import MongoStore
from facelogin.stores.open import open_store
from facelogin.stores.sqlite import SqliteStore

SECRET = "s3cret"


def test_three_slashes_are_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    store = open_store("sqlite:///data/faces.db")

    assert isinstance(store, SqliteStore)
    assert store.describe() == f"SQLite, {tmp_path / 'data' / 'faces.db'}"


def test_four_slashes_are_absolute(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/faces.db")

    assert store.describe() == f"SQLite, {tmp_path}/faces.db"


def test_an_odd_file_name_is_only_a_file_name(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/50%25 #mode=memory&x.db")
    store.prepare()

    assert [path.name for path in tmp_path.iterdir()] == ["50%25 #mode=memory&x.db"]
    store.close()


@pytest.mark.parametrize(
    ("url", "described"),
    [
        (f"mongodb://ada:{SECRET}@db.example:27017/faces", "MongoDB, db.example:27017/faces"),
        (f"mongodb://ada:{SECRET}@a,b:1/?authSource=x", "MongoDB, a,b:1/facelogin"),
        (f"mongodb+srv://ada:{SECRET}@cluster.example", "MongoDB, cluster.example/facelogin"),
        ("mongodb+srv://cluster.example/f?srvMaxHosts=3", "MongoDB, cluster.example/f"),
        ("mongodb://h/f?appName=a@b", "MongoDB, h/f"),
    ],
)
def test_a_mongodb_address_is_described_without_credentials(url: str, described: str) -> None:
    store = open_store(url)

    assert isinstance(store, MongoStore)
    assert store.describe() == described


@pytest.mark.parametrize(
    "url",
    [
        "",
        "faces.db",
        "sqlite://faces.db",
        "sqlite:///",
        "sqlite:///folder/",
        "sqlite:///:memory:",
        "sqlite:///faces.db?mode=memory",
        f"postgresql://ada:{SECRET}@db/faces",
        f"ada:{SECRET}@db",
    ],
)
def test_what_is_no_known_address_is_refused_with_what_is_allowed(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_store(url)

    sentence = str(refused.value)
    assert "FACELOGIN_DATABASE_URL" in sentence
    assert "sqlite:////absolute/path.db" in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize(
    "url",
    [
        f"mongodb://ada:{SECRET}/x@db/faces",
        f"mongodb://ada:{SECRET}@x@db/faces",
        f"mongodb://ada:{SECRET}:x@db/faces",
        f"mongodb://{SECRET}%zz@db/faces",
        "mongodb://",
        "mongodb://db:port/faces",
        "mongodb://db/fa ces",
        "mongodb://db/faces?tls=maybe",
        "mongodb://db/faces?nosuchoption=1",
        f"mongodb+srv://ada:{SECRET}@x@db/faces",
    ],
)
def test_a_broken_mongodb_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_store(url)

    shown = "".join(traceback.format_exception(refused.value))
    assert "FACELOGIN_DATABASE_URL" in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mongodb://u:p@h/d?x=1", "mongodb://***@h/d"),
        ("mongodb://u:p/q@h/d", "mongodb://***@h/d"),
        ("mongodb://u:p@q@h/d", "mongodb://***@h/d"),
        ("mongodb://h/d?x=1", "mongodb://h/d"),
        ("u:p@h", "***@h"),
        ("faces.db", "faces.db"),
    ],
)
def test_an_address_is_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_sqlite_is_opened_without_importing_pymongo() -> None:
    script = (
        "import sys; from facelogin.stores.open import open_store;"
        "open_store('sqlite:///x.db'); sys.exit('pymongo' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
