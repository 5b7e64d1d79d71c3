"""The command line: what it prints, what it exits with, what it leaves behind."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from apps import fake_app_with
from custom_models import brought, pooling
from facelogin.cli import main
from faces import image_path

Facelogin = Callable[..., Result]
NO, USAGE, CONFIGURATION, STORE = 1, 2, 3, 4


@pytest.fixture
def facelogin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Facelogin:
    """The command, run in an empty folder with nothing set but what the call sets."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Result:
        values = {f"FACELOGIN_{name}": value for name, value in environment.items()}
        return CliRunner().invoke(main, arguments, env=values, catch_exceptions=False)

    return run


def enrol(facelogin: Facelogin, username: str, *images: str) -> Result:
    paths = [str(image_path(name)) for name in images]
    return facelogin("enrol", "--username", username, "--email", f"{username}@example.com", *paths)


def verify(facelogin: Facelogin, username: str, image: str, *options: str) -> Result:
    return facelogin("verify", "--username", username, *options, str(image_path(image)))


def test_help_names_every_command(facelogin: Facelogin) -> None:
    helped = facelogin("--help")
    assert helped.exit_code == 0
    for command in (
        *("run", "serve", "config", "users", "enrol", "verify", "notice", "keys"),
        *("openapi", "evaluate"),
    ):
        assert f"  {command} " in helped.output


def test_a_person_enrolled_from_files_is_verified_and_another_is_not(facelogin: Facelogin) -> None:
    enrolled = enrol(facelogin, "barack", "obama.jpg", "obama3.jpg")
    assert enrolled.exit_code == 0
    assert enrolled.output.startswith("barack is enrolled with 2 image(s).\n")
    assert verify(facelogin, "barack", "obama2.jpg").exit_code == 0
    refused = verify(facelogin, "barack", "biden.jpg")
    assert (refused.exit_code, refused.stderr) == (NO, "That face does not match.\n")


def test_verify_speaks_json_to_scripts(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    yes = verify(facelogin, "barack", "obama2.jpg", "--json")
    assert json.loads(yes.stdout) == {"match": True, "username": "barack"}
    no = verify(facelogin, "barack", "biden.jpg", "--json")
    assert json.loads(no.stdout) == {"match": False, "code": "not_recognised"}


def test_verifying_a_name_of_nobodys_says_so(facelogin: Facelogin) -> None:
    told = verify(facelogin, "nobody", "obama.jpg")
    assert (told.exit_code, told.stdout) == (NO, "")
    assert "no user named nobody" in told.stderr
    as_json = verify(facelogin, "nobody", "obama.jpg", "--json")
    assert json.loads(as_json.stdout) == {"match": False, "code": "not_found"}


def test_disabling_and_enabling_say_if_nothing_changed(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    assert "was not disabled" in facelogin("users", "enable", "barack").stdout
    assert "is disabled" in facelogin("users", "disable", "barack").stdout
    assert "was disabled already" in facelogin("users", "disable", "barack").stdout
    assert facelogin("users", "enable", "barack").stdout == "barack can sign in again.\n"


def test_in_production_nobody_is_enrolled_without_consent_to_the_current_notice(
    facelogin: Facelogin,
) -> None:
    facelogin("keys", "new", "ring.json")
    Path("notice.md").write_text("Example Ltd keeps a template of your face.")
    production = {
        "PROFILE": "production",
        "PUBLIC_URL": "https://login.example.org",
        "KEYRING_FILE": "ring.json",
        "NOTICE_FILE": "en=notice.md",
        "REQUIRED_ASSURANCE": "photo",
    }
    person = ("enrol", "--username", "barack", "--email", "barack@example.com")
    image = str(image_path("obama.jpg"))
    assert "agree to the privacy notice" in facelogin(*person, image, **production).stderr
    old = facelogin(*person, "--consent", "old", image, **production)
    assert "notice has changed" in old.stderr

    version = facelogin("notice", **production).output.split()[1]
    agreed = facelogin(*person, "--consent", version, image, **production)
    assert agreed.exit_code == 0, agreed.output
    shown = json.loads(facelogin("users", "show", "barack", "--json", **production).output)
    assert shown["consent_to"] == version


def test_config_shows_what_serve_would_see(facelogin: Facelogin) -> None:
    seen = facelogin(
        "config",
        "--profile",
        "production",
        "--json",
        PUBLIC_URL="https://login.example.org",
        KEYRING_FILE="ring.json",
        NOTICE_FILE="en=notice.md,de=hinweis.md",
        REQUIRED_ASSURANCE="photo",
    )
    shown = json.loads(seen.output)
    assert shown["FACELOGIN_REGISTRATION"] == "closed"
    assert shown["FACELOGIN_NOTICE_FILE"] == ["en=notice.md", "de=hinweis.md"]


def test_two_people_in_one_enrolment_are_refused(facelogin: Facelogin) -> None:
    refused = enrol(facelogin, "both", "obama.jpg", "biden.jpg")
    assert refused.exit_code == NO
    assert "do not show one person" in refused.stderr
    assert facelogin("users", "list").output == ""


def test_a_name_can_be_enrolled_once(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    again = enrol(facelogin, "BARACK", "obama2.jpg")
    assert again.exit_code == NO
    assert again.stderr.splitlines() == [
        "username: That username is taken. Please choose another.",
        "email: There is already an account with that email.",
    ]


@pytest.mark.parametrize(
    ("username", "email", "told"),
    [("a b", "a@example.com", "username: "), ("anna", "not an email", "email: ")],
)
def test_a_bad_name_or_email_is_told(
    facelogin: Facelogin, username: str, email: str, told: str
) -> None:
    image = str(image_path("obama.jpg"))
    refused = facelogin("enrol", "--username", username, "--email", email, image)
    assert refused.exit_code == NO
    assert refused.stderr.startswith(told)


def test_a_file_that_is_no_image_is_told(facelogin: Facelogin, tmp_path: Path) -> None:
    note, good = tmp_path / "note.jpg", str(image_path("obama.jpg"))
    note.write_text("not an image")
    told = f"{note}: That image can't be read. Please take it again.\n"
    person = ("--username", "anna", "--email", "anna@example.com")
    for images in ((str(note),), (good, str(note))):
        refused = facelogin("enrol", *person, *images)
        assert (refused.exit_code, refused.stderr) == (NO, told)


def test_the_file_that_is_refused_is_named_to_scripts(facelogin: Facelogin, tmp_path: Path) -> None:
    note = tmp_path / "note.heic"
    note.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert enrol(facelogin, "barack", "obama.jpg").exit_code == 0
    for command in (("verify", "--username", "barack"), ("identify",)):
        refused = facelogin(*command, "--json", str(image_path("obama.jpg")), str(note))
        told = {"match": False, "code": "image_type_unsupported", "file": str(note)}
        assert (refused.exit_code, json.loads(refused.stdout)) == (NO, told)
        assert refused.stderr.startswith(f"{note}: That is a HEIC picture")


def test_users_are_listed_shown_disabled_enabled_and_erased(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg")
    assert facelogin("users", "list").output.split() == [
        "barack",
        "barack@example.com",
        "active",
        "sface",
    ]

    shown = json.loads(facelogin("users", "show", "barack", "--json").output)
    assert (shown["username"], shown["template_images"]) == ("barack", 1)
    assert "barack@example.com" in facelogin("users", "show", "barack").output

    assert facelogin("users", "disable", "barack").exit_code == 0
    disabled = verify(facelogin, "barack", "obama2.jpg", "--json")
    assert json.loads(disabled.stdout)["code"] == "account_disabled"
    assert json.loads(facelogin("users", "list", "--json").output)["disabled_at"] is not None

    assert facelogin("users", "enable", "barack").exit_code == 0
    assert verify(facelogin, "barack", "obama2.jpg").exit_code == 0

    assert facelogin("users", "delete", "barack").exit_code == NO  # nobody confirmed
    assert facelogin("users", "delete", "barack", "--yes").exit_code == 0
    assert facelogin("users", "list").output == ""


@pytest.mark.parametrize("command", ["show", "disable", "enable", "delete"])
def test_a_user_who_does_not_exist_is_told(facelogin: Facelogin, command: str) -> None:
    told = facelogin("users", command, "nobody")
    assert told.exit_code == NO
    assert "no user named nobody" in told.stderr


def test_a_key_ring_is_private_and_never_overwritten(facelogin: Facelogin, tmp_path: Path) -> None:
    assert facelogin("keys", "new", "ring.json").exit_code == 0
    ring = tmp_path / "ring.json"
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    before = ring.read_bytes()
    assert facelogin("keys", "new", "ring.json").exit_code == USAGE
    assert ring.read_bytes() == before


def test_config_shows_effective_settings_and_masks_secrets(facelogin: Facelogin) -> None:
    url = "mongodb://ana:s3cret@db.example/face"
    plain = facelogin("config", DATABASE_URL=url)
    assert "s3cret" not in plain.output
    assert "mongodb://***@db.example/face" in plain.output
    as_json = json.loads(facelogin("config", "--json", DATABASE_URL=url).output)
    assert as_json["FACELOGIN_REQUIRED_ASSURANCE"] == "photo"


def test_weights_are_checked(facelogin: Facelogin, tmp_path: Path) -> None:
    good = facelogin("weights", "check")
    assert good.exit_code == 0
    assert good.output.count("  ok\n") == 6
    bad = facelogin("weights", "check", WEIGHTS_DIR=str(tmp_path))
    assert bad.exit_code == CONFIGURATION
    assert "make weights" in bad.output


def test_a_wrong_setting_stops_every_command(facelogin: Facelogin) -> None:
    told = facelogin("users", "list", ENGINE="guess")
    assert told.exit_code == CONFIGURATION
    assert told.stderr.startswith("FACELOGIN_ENGINE: got 'guess'; allowed: ")


def test_a_store_that_does_not_answer_is_told(facelogin: Facelogin) -> None:
    told = facelogin("users", "list", DATABASE_URL="mongodb://127.0.0.1:1/facelogin")
    assert told.exit_code == STORE
    assert told.stderr.startswith("The database does not answer.")
    assert "Topology" not in told.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "FACELOGIN_PUBLIC_URL is not set"),
        ({"PUBLIC_URL": "https://login.example.org"}, "FACELOGIN_KEYRING_FILE is not set"),
        (
            {"PUBLIC_URL": "https://login.example.org", "KEYRING_FILE": "ring.json"},
            "FACELOGIN_NOTICE_FILE is not set",
        ),
        (
            {
                "PUBLIC_URL": "https://login.example.org",
                "KEYRING_FILE": "ring.json",
                "NOTICE_FILE": "en=notice.md",
            },
            "ring.json",
        ),
    ],
)
def test_serve_refuses_to_start_without_what_production_needs(
    facelogin: Facelogin, environment: dict[str, str], told: str
) -> None:
    refused = facelogin("serve", "--port", "0", **environment)
    assert refused.exit_code == CONFIGURATION
    assert told in refused.stderr


def test_run_does_not_start_without_a_model_that_is_to_watch_captures(
    facelogin: Facelogin,
) -> None:
    setting = f"none.onnx@2.7#sha256={'0' * 64}"
    refused = facelogin("run", "--port", "0", PAD_MODELS=setting)
    assert refused.exit_code == CONFIGURATION
    assert "FACELOGIN_PAD_MODELS: none.onnx can't be read" in refused.stderr
    checked = facelogin("weights", "check", PAD_MODELS=setting)
    assert checked.exit_code == CONFIGURATION
    assert "none.onnx can't be read" in checked.output


def test_run_does_not_start_without_a_recogniser_that_is_set(
    facelogin: Facelogin, tmp_path: Path
) -> None:
    """Whether it is the default engine or runs for templates of people in the store."""
    given = brought(tmp_path / "net.onnx", pooling())
    shown = json.loads(facelogin("config", "--json", RECOGNISER=str(given)).output)
    assert shown["FACELOGIN_RECOGNISER"] == str(given)
    assert f"  {given}\n" in facelogin("config", RECOGNISER=str(given)).output
    good = facelogin("weights", "check", RECOGNISER=str(given))
    assert good.exit_code == 0
    assert f"{given.description}  ok" in good.output
    given.path.write_bytes(b"another")
    for engine in ("custom", "dlib"):
        refused = facelogin("run", "--port", "0", RECOGNISER=str(given), ENGINE=engine)
        assert refused.exit_code == CONFIGURATION
        assert "FACELOGIN_RECOGNISER: " in refused.stderr
        assert "net.onnx has the sha256" in refused.stderr
    checked = facelogin("weights", "check", RECOGNISER=str(given))
    assert checked.exit_code == CONFIGURATION
    assert "net.onnx has the sha256" in checked.output


def test_run_does_not_start_on_damaged_weights(facelogin: Facelogin, tmp_path: Path) -> None:
    refused = facelogin("run", "--port", "0", WEIGHTS_DIR=str(tmp_path))
    assert refused.exit_code == CONFIGURATION
    assert "make weights" in refused.stderr


def test_openapi_prints_what_a_running_server_tells(facelogin: Facelogin) -> None:
    printed = facelogin("openapi")
    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == fake_app_with().client.get("/openapi.json").get_json()


def test_openapi_is_the_same_whatever_is_set_and_touches_nothing(
    facelogin: Facelogin, tmp_path: Path
) -> None:
    plain = facelogin("openapi").stdout
    odd = facelogin(
        "openapi",
        PROFILE="production",
        PUBLIC_URL="https://login.example.org",
        DATABASE_URL="nonsense",
        WORKERS="none",
    )
    assert (odd.exit_code, odd.stdout) == (0, plain)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["run", "serve", "verify"])
def test_a_false_match_rate_that_nobody_measured_stops_the_start(
    command: str, facelogin: Facelogin
) -> None:
    arguments = {
        "run": ("run", "--port", "0"),
        "serve": ("serve", "--port", "0"),
        "verify": ("verify", "--username", "ana", str(image_path("obama.jpg"))),
    }
    production = {
        "PUBLIC_URL": "https://login.example.org",
        "KEYRING_FILE": "keys.json",
        "NOTICE_FILE": "en=notice.md",
        "REQUIRED_ASSURANCE": "photo",
    }
    refused = facelogin(
        *arguments[command], TARGET_FMR="1e-9", **(production if command == "serve" else {})
    )
    assert refused.exit_code == CONFIGURATION
    assert "FACELOGIN_TARGET_FMR: got 1e-09; allowed: 0.0001 to 0.01" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
