"""``facelogin users invite`` and ``invites`` on both stores: links that let one person in each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from apps import b64, refused
from contract.backends import Backend, MongoBackend, SqliteBackend
from facelogin import Profile, Settings, create_app
from facelogin.cli import main
from facelogin.domain.models import WorkerReport
from facelogin.services.presence import LIVE_FOR
from faces import image_bytes

Facelogin = Callable[..., Result]
NO, USAGE = 1, 2
LINK = re.compile(r"http://localhost:5000/sign-up#invite=([\w-]{32})")


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


@pytest.fixture
def facelogin(backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facelogin:
    """The command, on the store of the test, where an invitation is needed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Result:
        given = {"DATABASE_URL": backend.url, "REGISTRATION": "invite"} | environment
        values = {f"FACELOGIN_{name}": value for name, value in given.items()}
        return CliRunner().invoke(main, arguments, env=values, catch_exceptions=False)

    return run


@pytest.fixture
def app(backend: Backend, facelogin: Facelogin) -> Iterator[Flask]:
    """A server on the store and in the folder of the command."""
    settings = Settings.load(
        Profile.DEVELOPMENT, _env_file=None, database_url=backend.url, registration="invite"
    )
    made = create_app(settings)
    yield made
    made.extensions["facelogin"].close()


def token_of(link: str) -> str:
    found = LINK.fullmatch(link)
    assert found is not None, link
    return found[1]


def open_ids(facelogin: Facelogin) -> list[str]:
    listed = facelogin("users", "invites", "--json").stdout.splitlines()
    return [json.loads(line)["invite_id"] for line in listed]


def test_a_link_lets_one_person_register(facelogin: Facelogin, app: Flask) -> None:
    token = token_of(facelogin("users", "invite").stdout.strip())
    assert len(open_ids(facelogin)) == 1
    client = app.test_client()
    for name, status in (("barack", 201), ("joe", 403)):
        body = {"username": name, "email": f"{name}@example.org", "invite": token}
        image = {"image": b64(image_bytes("obama.jpg"))}
        assert client.post("/register", json=body | image).status_code == status
    assert open_ids(facelogin) == []


def test_a_revoked_link_lets_nobody_in(facelogin: Facelogin, app: Flask) -> None:
    new = json.loads(facelogin("users", "invite", "--json").stdout)
    revoked = facelogin("users", "invite", "--revoke", new["invite_id"])
    assert (revoked.exit_code, open_ids(facelogin)) == (0, [])
    body = {"username": "barack", "email": "barack@example.org", "invite": token_of(new["link"])}
    image = {"image": b64(image_bytes("obama.jpg"))}
    refused(app.test_client().post("/register", json=body | image), 403, "registration_closed")
    again = facelogin("users", "invite", "--revoke", new["invite_id"])
    assert (again.exit_code, again.stdout) == (NO, "")
    assert f"no open invitation {new['invite_id']}" in again.stderr


def test_many_are_made_at_once_for_as_long_as_is_said(facelogin: Facelogin) -> None:
    printed = facelogin("users", "invite", "--count", "3", "--days", "30", "--json").stdout
    made = [json.loads(line) for line in printed.splitlines()]
    assert len({token_of(one["link"]) for one in made}) == 3
    assert set(open_ids(facelogin)) == {one["invite_id"] for one in made}
    for one in made:
        lasts = datetime.fromisoformat(one["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=29) < lasts <= timedelta(days=30)


def test_a_list_shows_no_token(facelogin: Facelogin) -> None:
    token = token_of(facelogin("users", "invite").stdout.strip())
    for more in ((), ("--json",)):
        listed = facelogin("users", "invites", *more).stdout
        assert "expires" in listed
        assert token not in listed
    assert token not in facelogin("audit", "export").stdout


def test_the_link_leads_to_where_people_reach_the_server(facelogin: Facelogin) -> None:
    link = facelogin("users", "invite", PUBLIC_URL="https://login.example.org").stdout
    assert link.startswith("https://login.example.org/sign-up#invite=")


def test_the_link_leads_to_the_port_of_the_server_that_runs(
    facelogin: Facelogin, backend: Backend
) -> None:
    assumed = facelogin("users", "invite")
    assert "http://localhost:5000 is assumed" in assumed.stderr
    store, now = backend.open(), datetime.now(UTC)
    store.workers.report(WorkerReport("dead", {}, now - 2 * LIVE_FOR, "http://localhost:5007"))
    store.workers.report(WorkerReport("live", {}, now, "http://localhost:5003"))
    store.close()
    made = facelogin("users", "invite", "--days", "3")
    assert made.stdout.startswith("http://localhost:5003/sign-up#invite=")
    assert "assumed" not in made.stderr
    ends = datetime.now(UTC) + timedelta(days=3)
    assert f"until {ends:%Y-%m-%d}" in made.stderr


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_it_says_so_where_no_invitation_is_asked_for(facelogin: Facelogin, mode: str) -> None:
    made = facelogin("users", "invite", REGISTRATION=mode)
    assert made.exit_code == 0
    assert f"Registration is {mode}" in made.stderr
    assert "Registration" not in facelogin("users", "invite").stderr


@pytest.mark.parametrize("options", [("--days", "0"), ("--days", "366"), ("--count", "0")])
def test_what_makes_no_sense_is_refused(facelogin: Facelogin, options: tuple[str, str]) -> None:
    assert facelogin("users", "invite", *options).exit_code == USAGE
    assert open_ids(facelogin) == []
