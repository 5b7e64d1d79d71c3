"""``facelogin users unlock``: a closed face factor is open again at once, on every store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from facelogin import Profile, Settings, bootstrap
from facelogin.cli import main
from facelogin.domain.errors import FactorClosed, NotRecognised
from facelogin.domain.requester import Device, Requester
from facelogin.services.wiring import Services
from faces import image_bytes, image_path

Facelogin = Callable[..., Result]
NO = 1
CLOSES_AFTER = 3
STRANGER = Requester("198.51.100.1/32")


@pytest.fixture(params=["sqlite", "mongo"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'faces.db'}"
    uri: str = request.getfixturevalue("mongo_uri")
    return uri


@pytest.fixture
def facelogin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Facelogin:
    """The operator's command, on the database that the server has."""
    monkeypatch.chdir(tmp_path)
    values = {"FACELOGIN_DATA_DIR": str(tmp_path), "FACELOGIN_DATABASE_URL": database_url}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=values, catch_exceptions=False)

    return run


@pytest.fixture
def server(tmp_path: Path, database_url: str, facelogin: Facelogin) -> Iterator[Services]:
    """The services of a running server in which barack has an account."""
    enrolled = facelogin(
        *("enrol", "--username", "barack", "--email", "barack@example.com"),
        str(image_path("obama.jpg")),
    )
    assert enrolled.exit_code == 0, enrolled.output
    settings = Settings.load(
        Profile.DEVELOPMENT,
        _env_file=None,
        data_dir=tmp_path,
        database_url=database_url,
        account_close_after=CLOSES_AFTER,
    )
    services = bootstrap.build_services(settings)
    yield services
    services.close()


def close_face(server: Services, requester: Requester) -> None:
    for _ in range(CLOSES_AFTER):
        with pytest.raises(NotRecognised):
            server.login.login("barack", [image_bytes("biden.jpg")], requester)
    with pytest.raises(FactorClosed):
        server.login.login("barack", [image_bytes("obama2.jpg")], requester)


def test_unlocking_opens_a_closed_face_factor_for_every_device(
    facelogin: Facelogin, server: Services
) -> None:
    barack = server.accounts.find("barack")
    assert barack is not None
    known = Requester("198.51.100.2/32", Device("laptop", (barack.user_id,)))
    for requester in (STRANGER, known):
        close_face(server, requester)

    unlocked = facelogin("users", "unlock", "BARACK")

    assert (unlocked.exit_code, unlocked.output) == (0, "barack is unlocked.\n")
    for requester in (STRANGER, known):
        user = server.login.login("barack", [image_bytes("obama2.jpg")], requester)
        assert user.user_id == barack.user_id


def test_unlocking_is_recorded(facelogin: Facelogin, server: Services) -> None:
    facelogin("users", "unlock", "barack")
    newest = json.loads(facelogin("audit", "tail", "--json", "-n", "1").output)
    assert (newest["action"], newest["outcome"]) == ("unlock", "ok")


def test_unlocking_what_is_not_locked_says_so(facelogin: Facelogin, server: Services) -> None:
    told = facelogin("users", "unlock", "barack")
    assert told.exit_code == 0
    assert told.output.startswith("barack was not locked.")
    close_face(server, STRANGER)


def test_a_list_shows_what_is_locked_and_until_when(facelogin: Facelogin, server: Services) -> None:
    assert "  active  " in facelogin("users", "list").stdout
    for _ in range(CLOSES_AFTER - 1):
        with pytest.raises(NotRecognised):
            server.login.login("barack", [image_bytes("biden.jpg")], STRANGER)
    assert "  active  " in facelogin("users", "list").stdout
    with pytest.raises(NotRecognised):
        server.login.login("barack", [image_bytes("biden.jpg")], STRANGER)
    listed = facelogin("users", "list").stdout
    assert "  locked  " in listed
    assert "face closed for unknown devices until unlocked" in listed
    of_one = json.loads(facelogin("users", "show", "barack", "--json").stdout)
    assert of_one["locks"] == [{"factor": "face", "known_device": False, "until": None}]
    facelogin("users", "unlock", "barack")
    assert json.loads(facelogin("users", "list", "--json").stdout)["locks"] == []


def test_unlocking_a_name_of_nobodys_is_an_error(facelogin: Facelogin) -> None:
    told = facelogin("users", "unlock", "nobody")
    assert (told.exit_code, told.stdout) == (NO, "")
    assert "no user named nobody" in told.stderr
