"""``facelogin users recovery-codes`` on both stores: codes that work, told to the operator once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contract.backends import Backend, MongoBackend, SqliteBackend
from facelogin import Profile, Settings
from facelogin.bootstrap import build_services
from facelogin.cli import main
from facelogin.domain.errors import NotRecognised
from facelogin.domain.requester import Requester
from faces import image_path

Facelogin = Callable[..., Result]
NO = 1
CODE = re.compile(r"^ *([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})$", re.MULTILINE)
SOMEBODY = Requester(network="192.0.2.7/32", request_id="request")


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


@pytest.fixture
def facelogin(backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facelogin:
    """The command, on the store of the test."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, answer: str | None = None) -> Result:
        environment = {"FACELOGIN_DATABASE_URL": backend.url}
        return CliRunner().invoke(
            main, arguments, env=environment, input=answer, catch_exceptions=False
        )

    return run


@pytest.fixture
def codes(facelogin: Facelogin) -> list[str]:
    """The codes of barack, as `enrol` printed them."""
    person = ("--username", "barack", "--email", "barack@example.org")
    enrolled = facelogin("enrol", *person, str(image_path("obama.jpg")))
    assert enrolled.exit_code == 0
    return CODE.findall(enrolled.stdout)


def left_after_signing_in(backend: Backend, code: str) -> int:
    """Sign in with a code as a server would; how many are left then. Raises NotRecognised."""
    settings = Settings.load(Profile.DEVELOPMENT, _env_file=None, database_url=backend.url)
    services = build_services(settings)
    try:
        return services.recovery.login("barack", code, SOMEBODY).codes_left
    finally:
        services.close()


def test_enrolling_prints_ten_codes_that_sign_in(codes: list[str], backend: Backend) -> None:
    assert len(set(codes)) == 10
    assert left_after_signing_in(backend, codes[9]) == 9


def test_a_new_set_is_printed_and_the_old_one_is_void(
    facelogin: Facelogin, codes: list[str], backend: Backend
) -> None:
    printed = facelogin("users", "recovery-codes", "BARACK", "--yes")
    assert printed.exit_code == 0
    new = CODE.findall(printed.stdout)
    assert len(set(new) - set(codes)) == 10
    assert printed.stdout == "".join(f"{code}\n" for code in new)
    assert "for barack, shown only now" in printed.stderr
    with pytest.raises(NotRecognised):
        left_after_signing_in(backend, codes[0])
    assert left_after_signing_in(backend, new[0]) == 9
    shown = json.loads(facelogin("users", "show", "barack", "--json").stdout)
    assert shown["recovery_codes_left"] == 9


def test_without_a_yes_nothing_is_changed(
    facelogin: Facelogin, codes: list[str], backend: Backend
) -> None:
    asked = facelogin("users", "recovery-codes", "barack", answer="n\n")
    assert asked.exit_code == NO
    assert asked.stdout == ""
    assert "The old ones stop working" in asked.stderr
    unasked = facelogin("users", "recovery-codes", "barack")
    assert (unasked.exit_code, unasked.stdout) == (NO, "")
    assert "add --yes" in unasked.stderr
    assert left_after_signing_in(backend, codes[0]) == 9


def test_scripts_get_json(facelogin: Facelogin, codes: list[str], backend: Backend) -> None:
    printed = json.loads(facelogin("users", "recovery-codes", "barack", "--yes", "--json").stdout)
    assert printed["username"] == "barack"
    assert len(set(printed["recovery_codes"]) - set(codes)) == 10
    assert left_after_signing_in(backend, printed["recovery_codes"][0]) == 9


@pytest.mark.usefixtures("codes")
def test_it_is_on_record_as_the_operators_deed(facelogin: Facelogin) -> None:
    facelogin("users", "recovery-codes", "barack", "--yes")
    lines = map(json.loads, facelogin("audit", "export").stdout.splitlines())
    registered, renewed = lines
    assert (registered["action"], renewed["action"]) == ("register", "new_recovery_codes")
    assert registered["subject"] == renewed["subject"]
    assert not {"network", "device"} & set(renewed)


def test_nobody_gets_no_codes(facelogin: Facelogin) -> None:
    told = facelogin("users", "recovery-codes", "nobody", "--yes")
    assert told.exit_code == NO
    assert "no user named nobody" in told.stderr
