"""``facelogin import first-system``: from a MongoDB database into both stores."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from pymongo import MongoClient

from contract.backends import Backend, MongoBackend, SqliteBackend
from facelogin import Profile, Settings, bootstrap
from facelogin.cli import imports, main
from facelogin.domain.audit import event_of
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.first_system import read_encoding
from facelogin.domain.models import User
from facelogin.domain.ports import Store
from facelogin.domain.requester import Requester
from facelogin.face import refs
from faces import missing
from mongodb import ExternalServer, MongoServer, with_database
from old_system import Document, drawn_encoding, encoded, filled, student

Facelogin = Callable[..., Result]
NO, USAGE, CONFIGURATION, STORE = 1, 2, 3, 4
SOMEBODY = Requester(network="192.0.2.7/32", request_id="request")


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


@pytest.fixture
def old_uri(mongo_server: MongoServer | ExternalServer) -> Iterator[str]:
    """The address of an empty database for the old accounts."""
    name = f"facelogin_test_{uuid.uuid4().hex}"
    uri = with_database(mongo_server.uri, name)
    yield uri
    with MongoClient[dict[str, object]](uri) as client:
        client.drop_database(name)


@dataclass(frozen=True)
class World:
    """A store, an old database, and the command between them."""

    backend: Backend
    store: Store
    old_uri: str
    folder: Path

    def run(self, *documents: Document, options: tuple[str, ...] = ()) -> Result:
        """Add these documents to the old database and import it."""
        with filled(self.old_uri, *documents) as uri:
            return CliRunner().invoke(
                main,
                ("import", "first-system", "--mongodb", uri, *options),
                env={"FACELOGIN_DATABASE_URL": self.backend.url, "FACELOGIN_ENGINE": "reference"},
                catch_exceptions=False,
            )

    def report(self, *documents: Document, options: tuple[str, ...] = ()) -> dict[str, Any]:
        """Import and return the report; codes go to standard output."""
        done = self.run(*documents, options=("--json", *options))
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout if "--dry-run" in options else done.stderr)  # type: ignore[no-any-return]

    def user(self, name: str) -> User:
        found = self.store.users.find_by_username(name)
        assert found is not None, name
        return found

    @property
    def names(self) -> list[str]:
        return sorted(user.username for user in self.store.users.page(after=None, limit=1000))


@pytest.fixture
def world(
    backend: Backend, tmp_path: Path, old_uri: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    try:
        refs.reference_ref()
    except ConfigurationError:
        missing("face_recognition")
    monkeypatch.chdir(tmp_path)
    store = backend.open()
    store.prepare()
    yield World(backend, store, old_uri, tmp_path)
    store.close()


def problems(report: dict[str, Any]) -> dict[int, list[str]]:
    return {one["document"]: one["problems"] for one in report["refused"]}


def test_accounts_come_in_whole(world: World) -> None:
    done = world.run(student("ana"), student("ben"))

    assert done.exit_code == 0
    assert "2 account(s) imported." in done.stderr
    assert world.names == ["ana", "ben"]
    ana = world.user("ana")
    assert (ana.email, ana.consent, ana.disabled_at) == ("ana@example.org", None, None)
    assert (ana.template.engine, ana.template.image_count) == (refs.reference_ref(), 1)
    assert ana.recovery is not None
    assert ana.recovery.left == 10


def test_the_template_is_the_encoding_and_sealed(world: World) -> None:
    encoding = drawn_encoding(3)
    world.run(student("ana", face_encoding=encoding))

    ana, wanted = world.user("ana"), read_encoding(encoding)
    settings = Settings.load(Profile.DEVELOPMENT, _env_file=None, database_url=world.backend.url)
    sealer = bootstrap.build_sealer(settings, world.store)
    opened = sealer.unseal(ana.template, user_id=ana.user_id)
    assert np.array_equal(opened.embedding, wanted)
    assert wanted.tobytes() not in world.backend.raw()


def test_the_printed_codes_sign_in(world: World) -> None:
    printed = world.run(student("ana")).stdout
    username, email, codes = printed.removesuffix("\n").split("\t")
    assert (username, email, len(codes.split(" "))) == ("ana", "ana@example.org", 10)

    settings = Settings.load(
        Profile.DEVELOPMENT,
        _env_file=None,
        database_url=world.backend.url,
        engine="reference",
    )
    services = bootstrap.build_services(settings)
    recovered = services.recovery.login("ana", codes.split(" ")[0], SOMEBODY)
    services.close()
    assert recovered.codes_left == 9


def test_codes_go_to_a_new_private_file(world: World) -> None:
    file = world.folder / "codes.tsv"
    done = world.run(student("ana"), student("ben"), options=("--codes", str(file)))

    assert "2 account(s) imported." in done.stdout
    assert [line.split("\t")[0] for line in file.read_text().splitlines()] == ["ana", "ben"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_existing_codes_file_is_refused_before_anything_is_done(world: World) -> None:
    file = world.folder / "codes.tsv"
    file.write_text("kept")
    done = world.run(student("ana"), options=("--codes", str(file)))

    assert (done.exit_code, world.names) == (USAGE, [])
    assert "codes.tsv exists." in done.stderr
    assert file.read_text() == "kept"


def test_a_file_for_no_codes_is_not_left_behind(world: World) -> None:
    file = world.folder / "codes.tsv"
    world.run(student("ana", email="?"), options=("--codes", str(file)))
    assert not file.exists()


def test_a_dry_run_tells_and_writes_nothing(world: World) -> None:
    file = world.folder / "codes.tsv"
    options = ("--dry-run", "--rename", "--codes", str(file))
    report = world.report(student("ana"), student("bad", email="?"), options=options)

    assert (report["imported"], len(report["refused"]), report["dry_run"]) == (1, 1, True)
    assert (world.names, file.exists()) == ([], False)
    assert list(world.store.audit.rows(after=None, limit=10)) == []


def test_a_second_run_finds_everybody_there_and_brings_the_missing(world: World) -> None:
    world.run(student("ana"), student("ben"))
    before = world.user("ana")
    report = world.report(student("cem"))

    assert (report["imported"], report["already_there"], report["refused"]) == (1, 2, [])
    assert world.names == ["ana", "ben", "cem"]
    assert world.user("ana") == before


def test_who_changed_their_name_here_is_still_known(world: World) -> None:
    world.run(student("ana"))
    world.store.users.update_profile(world.user("ana").user_id, username="anna", email=None)
    assert world.report()["already_there"] == 1


def test_an_email_with_another_face_is_refused(world: World) -> None:
    world.run(student("ana"))
    with MongoClient[Document](world.old_uri) as client:
        students = client.get_default_database()["students"]
        students.update_one({}, {"$set": {"face_encoding": drawn_encoding(99)}})
    assert problems(world.report()) == {1: ["email_taken"]}


def test_a_name_that_somebody_has_here_is_refused(world: World) -> None:
    world.run(student("ana"))
    with MongoClient[Document](world.old_uri) as client:
        client.get_default_database()["students"].delete_many({})
    report = world.report(student("ana", email="other@example.org"))
    assert problems(report) == {1: ["username_taken"]}


def test_of_double_names_the_first_comes_in(world: World) -> None:
    report = world.report(
        student("ana"),
        student("ben", email="ANA@example.org"),
        student("ANA", email="third@example.org"),
        student("ana"),
        student("Ana Maria", email="maria@example.org"),
        student("ana maria", email="maria2@example.org"),
    )
    assert problems(report) == {
        2: ["email_twice"],
        3: ["username_twice"],
        4: ["email_twice", "username_twice"],
        5: ["username_invalid"],
        6: ["username_twice"],
    }
    assert world.names == ["ana"]


def test_a_name_with_blanks_waits_for_the_word_of_the_operator(world: World) -> None:
    people = (
        student("Ana Maria", email="first@example.org"),
        student("ana.maria", email="second@example.org"),
        student("Ana-Maria!", email="third@example.org"),
    )
    refused = world.report(*people)["refused"]
    assert [(one["username"], one["proposal"]) for one in refused] == [
        ("Ana Maria", "ana.maria.2"),
        ("Ana-Maria!", "ana-maria"),
    ]
    assert world.names == ["ana.maria"]

    report = world.report(options=("--rename",))
    assert (report["imported"], report["already_there"], report["refused"]) == (2, 1, [])
    assert report["renamed"] == [
        {"from": "Ana Maria", "to": "ana.maria.2"},
        {"from": "Ana-Maria!", "to": "ana-maria"},
    ]
    assert world.report(options=("--rename",))["already_there"] == 3


def test_hostile_documents_are_listed_and_stop_nobody(world: World) -> None:
    megabytes = "A" * 10_000_000
    report = world.report(
        {},
        {"email": 1, "username": {"gt": ""}, "face_encoding": [1.0] * 128},
        student("huge", face_encoding=megabytes),
        student(email=f"{megabytes[:1_000_000]}@example.org", username="long"),
        student("nan", face_encoding=encoded(np.full(128, np.nan))),
        student("zoë", email="zoe@example.org"),
        student("김민준", email="kim@example.org"),
        student("\u202eevil\x1b[2J", email="evil@example.org"),
    )
    assert problems(report) == {
        1: ["username_missing", "email_invalid", "encoding_missing"],
        2: ["username_missing", "email_invalid", "encoding_missing"],
        3: ["encoding_length"],
        4: ["email_invalid"],
        5: ["encoding_numbers"],
        8: ["username_invalid"],
    }
    assert world.names == ["zoë", "김민준"]


def test_the_text_report_is_safe_to_show(world: World) -> None:
    told = world.run(student("\u202eevil\x1b[2J", email="e" * 300)).stderr
    assert "\\u202eevil\\x1b[2J" in told
    assert "e" * 65 not in told
    assert told.isascii() or "…" in told
    assert "\x1b" not in told


def test_no_encoding_is_ever_printed(world: World) -> None:
    bad, good = drawn_encoding(1)[:-4], drawn_encoding(2)
    done = world.run(student("ana", face_encoding=good), student("bad", face_encoding=bad))
    assert good[:40] not in done.output
    assert bad[:40] not in done.output


def test_the_report_says_what_cannot_be_known(world: World) -> None:
    assert "two faces" in world.run(student("ana")).stderr
    assert len(world.report()["not_known"]) == 1


def test_a_program_reads_json_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_TOLD_EVERY_S", 0.0)
    people = [student(f"person{number}") for number in range(3)]
    assert world.report(*people)["imported"] == 3
    assert "  2 of 3" in world.run().stderr


def test_each_import_is_on_record(world: World) -> None:
    world.run(student("ana"), student("bad", email="?"), student("ben"))
    events = [event_of(row) for row in world.store.audit.rows(after=None, limit=10)]
    recorded = [(one.action, one.outcome, one.network) for one in events if one is not None]
    assert recorded == [("import", "ok", None)] * 2
    assert len({one.subject for one in events if one is not None}) == 2


def test_an_empty_collection_is_told(world: World) -> None:
    done = world.run()
    assert done.exit_code == NO
    assert "There is nothing in" in done.stderr


def test_another_collection_may_be_named(world: World) -> None:
    with MongoClient[Document](world.old_uri) as client:
        client.get_default_database()["people"].insert_one(student("ana"))
    world.run(options=("--collection", "people"))
    assert world.names == ["ana"]


@pytest.mark.parametrize(
    "uri", ["mongodb://u:secret@127.0.0.1:1/", "postgres://u:secret@h/db", "mongodb://u:s/e:c@h/d"]
)
def test_an_address_that_names_no_database_is_refused(world: World, uri: str) -> None:
    done = CliRunner().invoke(main, ("import", "first-system", "--mongodb", uri))
    assert done.exit_code == CONFIGURATION
    assert done.stderr.startswith("--mongodb is not the address of a MongoDB database")
    assert "secret" not in done.output


def test_a_name_that_mongodb_does_not_allow_is_refused(world: World) -> None:
    done = world.run(options=("--collection", "a..b"))
    assert done.exit_code == CONFIGURATION
    assert "a..b" in done.stderr


def test_an_old_database_that_does_not_answer_is_named(world: World) -> None:
    uri = "mongodb://user:secret@127.0.0.1:1/old?timeoutMS=100"
    done = CliRunner().invoke(
        main,
        ("import", "first-system", "--mongodb", uri),
        env={"FACELOGIN_DATABASE_URL": world.backend.url, "FACELOGIN_ENGINE": "reference"},
    )
    assert done.exit_code == STORE
    assert "127.0.0.1:1/old, collection students" in done.stderr
    assert "secret" not in done.output


def test_without_the_library_the_command_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    installed = {"version": version, "PackageNotFoundError": PackageNotFoundError}
    monkeypatch.setattr(refs, "metadata", SimpleNamespace(**installed))
    with filled(world.old_uri, student("ana")) as uri:
        done = CliRunner().invoke(
            main,
            ("import", "first-system", "--mongodb", uri),
            env={"FACELOGIN_DATABASE_URL": world.backend.url, "FACELOGIN_ENGINE": "dlib"},
        )
    assert done.exit_code == CONFIGURATION
    assert refs.INSTALL_REFERENCE in done.stderr
    assert world.names == []
