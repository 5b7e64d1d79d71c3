"""``facelogin identify`` and ``facelogin users duplicates``: searches from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from facelogin import Profile, Settings
from facelogin.bootstrap import calibration_of, too_many_to_identify
from facelogin.cli import main
from facelogin.domain.identification import IdentificationPolicy, SearchRates
from facelogin.domain.odds import most_at_best
from facelogin.stores.open import open_store
from facelogin.stores.sealed import TemplateSealer
from faces import image_path
from people import a_sealed_template, a_user

Facelogin = Callable[..., Result]
NO, USAGE, CONFIGURATION = 1, 2, 3


@pytest.fixture
def facelogin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facelogin:
    """The command, run in an empty folder with nothing set but what the call sets."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Result:
        values = {f"FACELOGIN_{name}": value for name, value in environment.items()}
        return CliRunner().invoke(main, arguments, env=values, catch_exceptions=False)

    return run


def enrol(facelogin: Facelogin, username: str, *images: str) -> None:
    paths = [str(image_path(name)) for name in images]
    email = f"{username}@example.com"
    enrolled = facelogin("enrol", "--username", username, "--email", email, *paths)
    assert enrolled.exit_code == 0, enrolled.output


def identify(facelogin: Facelogin, *images: str, options: tuple[str, ...] = ()) -> Result:
    return facelogin("identify", *options, *(str(image_path(name)) for name in images))


def crowd(size: int) -> None:
    """Put so many users beside the database's own, with templates that no key opens."""
    engine = calibration_of(Settings.load(Profile.DEVELOPMENT, _env_file=None)).engine
    template = replace(a_sealed_template(), engine=engine, image_count=1)
    with closing(
        open_store(f"sqlite:///{Path('facelogin-data/facelogin.db').absolute()}")
    ) as store:
        for n in range(size):
            one = replace(template, template_id=f"template-{n}")
            store.users.create(a_user(username=f"crowd-{n}", template=one))


def test_a_picture_is_told_whose_face_it_shows(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg", "obama3.jpg")
    enrol(facelogin, "joe", "biden.jpg")
    found = identify(facelogin, "obama2.jpg")
    assert (found.exit_code, found.output) == (0, "That is barack.\n")
    as_json = identify(facelogin, "obama2.jpg", options=("--json",))
    assert json.loads(as_json.stdout) == {"match": True, "username": "barack"}


def test_a_stranger_is_nobody(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    found = identify(facelogin, "biden.jpg")
    assert (found.exit_code, found.stderr) == (NO, "That is nobody who is enrolled here.\n")
    as_json = identify(facelogin, "biden.jpg", options=("--json",))
    assert json.loads(as_json.stdout) == {"match": False, "code": "not_recognised"}


def test_two_accounts_of_one_person_are_doubtful_and_listed_as_duplicates(
    facelogin: Facelogin,
) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    enrol(facelogin, "barack2", "obama.jpg")
    enrol(facelogin, "joe", "biden.jpg")
    doubtful = identify(facelogin, "obama.jpg", options=("--json",))
    assert (doubtful.exit_code, json.loads(doubtful.stdout)["code"]) == (NO, "username_needed")
    listed = facelogin("users", "duplicates")
    assert [line.split() for line in listed.output.splitlines()] == [["barack", "barack2"]]
    (line,) = facelogin("users", "duplicates", "--json").output.splitlines()
    assert json.loads(line)["usernames"] == ["barack", "barack2"]


def test_without_duplicates_nothing_is_listed(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    enrol(facelogin, "joe", "biden.jpg")
    assert facelogin("users", "duplicates").output == ""


def test_too_many_images_are_a_mistake_on_the_command_line(facelogin: Facelogin) -> None:
    assert identify(facelogin, *["obama.jpg"] * 4).exit_code == USAGE
    assert facelogin("identify").exit_code == USAGE


def test_the_odds_are_told_for_the_people_who_are_there_and_for_others(
    facelogin: Facelogin,
) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    told = facelogin("identify", "odds")
    assert told.exit_code == 0
    assert told.output.startswith("1 people are enrolled.")
    facts = json.loads(facelogin("identify", "odds", "--people", "5000", "--json").stdout)
    rows = {row["people"]: row for row in facts["odds"]}
    assert rows[1]["reachable"]
    assert not rows[5000]["reachable"]
    assert facts["most_people"] < 5000
    assert rows[10]["fpir"] <= 1e-3 * 1.0001


def test_serve_declines_with_the_odds_where_there_are_too_many(facelogin: Facelogin) -> None:
    most = json.loads(facelogin("identify", "odds", "--json").stdout)["most_people"]
    production = ready_for_production(facelogin)
    assert facelogin("users", "list", **production).exit_code == 0  # the store takes the ring
    crowd(most + 1)
    declined = facelogin("serve", "--port", "0", IDENTIFICATION="on", **production)
    assert declined.exit_code == CONFIGURATION
    assert f"{most + 1} people are too many" in declined.stderr
    assert f"up to {most} can be searched" in declined.stderr
    assert "Set FACELOGIN_TARGET_FPIR=" in declined.stderr


def test_a_picture_is_searched_among_no_more_people_than_a_server_searches(
    facelogin: Facelogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = json.loads(facelogin("identify", "odds", "--json").stdout)
    most = most_at_best(IdentificationPolicy(), [calibration_of(Settings.load(_env_file=None))])
    crowd(most + 1)

    def read(*_: object, **__: object) -> None:
        raise AssertionError("a template was opened")

    monkeypatch.setattr(TemplateSealer, "unseal", read)
    declined = identify(facelogin, "obama.jpg")

    assert declined.exit_code == NO
    assert f"{most + 1} people are too many" in declined.stderr
    assert f"up to {facts['most_people']} can be searched" in declined.stderr


def ready_for_production(facelogin: Facelogin) -> dict[str, str]:
    facelogin("keys", "new", "ring.json")
    Path("notice.md").write_text("Example Ltd keeps a template of your face.")
    return {
        "PUBLIC_URL": "https://login.example.org",
        "KEYRING_FILE": "ring.json",
        "NOTICE_FILE": "en=notice.md",
    }


def test_the_rate_that_is_named_is_one_that_suffices(facelogin: Facelogin) -> None:
    settings = Settings.load(Profile.DEVELOPMENT, _env_file=None)
    census = {calibration_of(settings).engine: {1: 1234}}
    told = too_many_to_identify(settings, census)
    assert told is not None
    named = float(
        told.partition("FACELOGIN_TARGET_FPIR=")[2].partition("TARGET_FPIR=")[2].split()[0]
    )
    assert too_many_to_identify(settings.model_copy(update={"target_fpir": named}), census) is None
    assert too_many_to_identify(settings, {}) is None


def test_people_of_two_engines_are_each_found_by_their_own(facelogin: Facelogin) -> None:
    """Somebody was enrolled before the default engine became another one."""
    before = facelogin(
        *("enrol", "--username", "barack", "--email", "b@example.com"),
        str(image_path("obama.jpg")),
        ENGINE="dlib",
    )
    assert before.exit_code == 0, before.output
    enrol(facelogin, "joe", "biden.jpg")
    assert identify(facelogin, "obama2.jpg").output == "That is barack.\n"
    assert identify(facelogin, "biden.jpg").output == "That is joe.\n"
    told = facelogin("identify", "odds")
    assert "Searched are 1 by engine sface, 1 by engine resnet128-mirror." in told.output
    facts = json.loads(facelogin("identify", "odds", "--json").stdout)
    assert facts["people_by_engine"] == {"sface": 1, "resnet128-mirror": 1}
    assert facelogin("users", "duplicates").output == ""


def test_one_person_whom_another_engine_searches_makes_its_table_the_end(
    facelogin: Facelogin,
) -> None:
    settings = Settings.load(Profile.DEVELOPMENT, _env_file=None)
    new = calibration_of(settings).engine
    old = calibration_of(settings.model_copy(update={"engine": "dlib"})).engine
    told = too_many_to_identify(settings, {new: {1: 150}})
    assert told is not None
    assert "FACELOGIN_IDENTIFICATION_RATES=provisional (up to 500 people" in told
    further = settings.model_copy(update={"identification_rates": SearchRates.PROVISIONAL})
    assert too_many_to_identify(further, {new: {1: 150}}) is None
    told = too_many_to_identify(further, {new: {1: 149}, old: {1: 1}})
    assert told is not None
    assert "up to 100 can be searched. The thresholds of engine resnet128-mirror" in told
    assert "RATES=provisional" not in told


@pytest.mark.parametrize("value", ["0", "1", "nan", "-0.1", "much"])
def test_a_rate_that_is_none_stops_the_start(facelogin: Facelogin, value: str) -> None:
    stopped = facelogin("config", TARGET_FPIR=value)
    assert stopped.exit_code == CONFIGURATION
    assert "FACELOGIN_TARGET_FPIR" in stopped.stderr


def test_identification_is_off_unless_it_is_set(facelogin: Facelogin) -> None:
    lines = facelogin("config").output.splitlines()
    (line,) = [one for one in lines if one.split()[0] == "FACELOGIN_IDENTIFICATION"]
    assert line.endswith("off")
    stopped = facelogin("config", IDENTIFICATION="perhaps")
    assert stopped.exit_code == CONFIGURATION
    assert "'off' or 'on'" in stopped.stderr
