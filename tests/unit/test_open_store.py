"""A database address becomes a store, or a sentence that says what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from facelogin import Profile, Settings, bootstrap
from facelogin.database_url import masked
from facelogin.domain.errors import ConfigurationError
from facelogin.notice_files import read_notice
from facelogin.stores.keyring import KeyRing
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


ODD_NAMES = [
    *(
        "what?",
        "a?mode=memory",
        "50%25",
        "a#b",
        "a b",
        "a&b=c",
        "two\nlines",
        "ümlaut",
        "a@b",
        "';--",
    ),
    os.fsdecode(b"not-utf8-\xff"),
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    settings = Settings.load(Profile.DEVELOPMENT, data_dir=folder, _env_file=None)
    store = bootstrap.prepared_store(settings)
    installation = store.installation_id()
    store.close()

    assert {path.name for path in folder.iterdir()} >= {"facelogin.db"}
    again = bootstrap.prepared_store(settings)
    assert again.installation_id() == installation
    again.close()


@pytest.mark.parametrize("name", ["what?", "a@b", "50%25"])
def test_where_an_sqlite_file_is_is_shown_whole(tmp_path: Path, name: str) -> None:
    settings = Settings.load(Profile.DEVELOPMENT, data_dir=tmp_path / name, _env_file=None)
    assert masked(settings.effective_database_url) == f"sqlite:///{tmp_path}/{name}/facelogin.db"


def test_options_of_an_sqlite_address_are_named_as_the_cause(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no question mark in it.*FACELOGIN_DATA_DIR"):
        open_store(f"sqlite:///{tmp_path}/faces.db?mode=ro")


def dangling_folder(place: Path) -> Path:
    (place / "data").symlink_to(place / "not mounted")
    return place / "data"


def dangling_folder_above(place: Path) -> Path:
    (place / "srv").symlink_to("gone")
    return place / "srv" / "data"


def link_to_itself(place: Path) -> Path:
    (place / "data").symlink_to("data")
    return place / "data"


def dangling_file(place: Path) -> Path:
    (place / "facelogin.db").symlink_to(place / "gone.db")
    return place


def folder_in_the_place_of_the_file(place: Path) -> Path:
    (place / "facelogin.db").mkdir()
    return place


def pipe_in_the_place_of_the_file(place: Path) -> Path:
    os.mkfifo(place / "facelogin.db")
    return place


def file_in_the_place_of_the_folder(place: Path) -> Path:
    (place / "data").write_text("")
    return place / "data"


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (dangling_folder, r"/data is a link to .*/not mounted, which is not there"),
        (dangling_folder_above, r"/srv is a link to gone, which is not there"),
        (link_to_itself, r"/data is a link to data, which is not there"),
        (dangling_file, r"/facelogin\.db is a link to .*/gone\.db, which is not there"),
        (folder_in_the_place_of_the_file, r"/facelogin\.db is a folder, and a file is needed"),
        (pipe_in_the_place_of_the_file, r"/facelogin\.db is no file, and a file is needed"),
        (file_in_the_place_of_the_folder, r"/data is not a folder, so .* can't be made"),
    ],
)
def test_why_no_database_can_be_in_a_place_is_told(
    tmp_path: Path, make: Callable[[Path], Path], cause: str
) -> None:
    settings = Settings.load(Profile.DEVELOPMENT, data_dir=make(tmp_path), _env_file=None)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigurationError, match=f"{cause}.*FACELOGIN_DATA_DIR"):
        bootstrap.prepared_store(settings)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("make", [dangling_folder, dangling_folder_above, link_to_itself])
def test_a_key_ring_tells_it_too(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    settings = Settings.load(Profile.DEVELOPMENT, data_dir=make(tmp_path), _env_file=None)
    with pytest.raises(ConfigurationError, match="which is not there"):
        bootstrap.open_keyring(settings)


def test_a_key_ring_that_is_a_dangling_link_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "keys.json").symlink_to("gone.json")
    with pytest.raises(ConfigurationError, match=r"keys\.json is a link to gone\.json"):
        KeyRing.load(tmp_path / "keys.json")


def test_a_notice_that_is_a_dangling_link_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "notice.md").symlink_to("gone.md")
    with pytest.raises(ConfigurationError, match=r"notice\.md is a link to gone\.md"):
        read_notice({"en": tmp_path / "notice.md"})


@pytest.mark.parametrize(
    "content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_database_is_called_one_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "facelogin.db").write_bytes(content)
    settings = Settings.load(Profile.DEVELOPMENT, data_dir=tmp_path, _env_file=None)
    with pytest.raises(ConfigurationError, match=r"facelogin\.db is damaged.*backup"):
        bootstrap.prepared_store(settings)
    assert (tmp_path / "facelogin.db").read_bytes() == content


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
