"""What the environment may say, and what a wrong value is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from facelogin.domain.custom_model import CustomModel
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.pad import PadAction, PadModel
from facelogin.domain.policy import Assurance
from facelogin.settings import Profile, Settings, masked


@pytest.fixture(autouse=True)
def an_empty_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def production(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    good = {
        "PUBLIC_URL": "https://login.example.org",
        "KEYRING_FILE": "/run/keys.json",
        "NOTICE_FILE": "en=/etc/notice.md",
        "REQUIRED_ASSURANCE": "photo",
    }
    for name, value in (good | values).items():
        monkeypatch.setenv(f"FACELOGIN_{name}", value)
    return Settings.load(Profile.PRODUCTION)


def test_development_needs_nothing_and_keeps_everything_in_one_folder(tmp_path: Path) -> None:
    settings = Settings.load(Profile.DEVELOPMENT)
    assert settings.effective_database_url == (
        f"sqlite:///{tmp_path / 'facelogin-data' / 'facelogin.db'}"
    )
    assert settings.effective_keyring_file == Path("facelogin-data/keyring.json")
    assert settings.effective_required_assurance is Assurance.PHOTO
    assert settings.effective_registration == "open"
    assert not settings.effective_consent_required


def test_production_is_closed_and_asks_for_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = production(monkeypatch)
    assert settings.effective_registration == "closed"
    assert settings.effective_consent_required
    assert settings.effective_cors_origins == ()
    assert settings.secure_cookies


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Login.example.org:443/", "https://login.example.org"),
        ("https://login.example.org:8443", "https://login.example.org:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(
    given: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert production(monkeypatch, PUBLIC_URL=given).public_url == origin


@pytest.mark.parametrize(
    ("given", "url", "path"),
    [
        ("https://Example.org:443/Login/", "https://example.org/Login", "/Login"),
        ("https://example.org/a/b-c.d_e~f", "https://example.org/a/b-c.d_e~f", "/a/b-c.d_e~f"),
        ("https://example.org/", "https://example.org", ""),
    ],
)
def test_a_public_url_may_have_a_path(
    given: str, url: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = production(monkeypatch, PUBLIC_URL=given)
    assert (settings.public_url, settings.public_path) == (url, path)
    assert settings.public_origin == "https://example.org"


def test_production_cannot_switch_consent_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert production(monkeypatch, CONSENT_REQUIRED="false").effective_consent_required


@pytest.mark.parametrize("missing", ["PUBLIC_URL", "KEYRING_FILE", "NOTICE_FILE"])
def test_production_refuses_to_start_without(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=f"FACELOGIN_{missing} is not set"):
        production(monkeypatch, **{missing: ""})


def test_production_asks_for_a_live_capture_unless_it_is_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = production(monkeypatch, REQUIRED_ASSURANCE="")
    assert settings.effective_required_assurance is Assurance.LIVE
    settings = production(monkeypatch, REQUIRED_ASSURANCE="photo")
    assert settings.effective_required_assurance is Assurance.PHOTO


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENGINE", "vgg"),
        ("REQUIRED_ASSURANCE", "none"),
        ("SESSION_IDLE_S", "soon"),
        ("SESSION_IDLE_S", "5"),
        ("CONSENT_REQUIRED", "perhaps"),
        ("MAX_MEGAPIXELS", "-1"),
        ("PUBLIC_URL", "http://login.example.org"),
        *(
            ("PUBLIC_URL", f"https://example.org{path}")
            for path in ("//a", "/a//b", "/a/../b", "/.", "/a b", "/%61", "/ä", "/a?b", "/a#b")
        ),
        ("PUBLIC_URL", "https://ana@example.org/a"),
        ("CORS_ORIGINS", "https://login.example.org/path"),
        ("PUBLIC_URL", "https://login.example.org:99999"),
        ("PUBLIC_URL", "https://[::1"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://good.example,ftp://bad.example"),
        ("PROFILE", "staging"),
        ("NOTICE_FILE", "/etc/notice.md"),
        ("NOTICE_FILE", "en="),
        ("NOTICE_FILE", "e=/etc/notice.md"),
        ("NOTICE_FILE", "en=/etc/notice.md,/etc/notice.de.md"),
        ("NOTICE_FILE", "en=/etc/notice.md,en=/etc/other.md"),
        ("RETENTION_DAYS", "0"),
    ],
)
def test_a_bad_value_is_named_with_what_was_given_and_what_is_allowed(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FACELOGIN_{name}", value)
    with pytest.raises(ConfigurationError, match=rf"FACELOGIN_{name}: got .+; allowed: .+") as told:
        Settings.load()
    assert value.rsplit(",", maxsplit=1)[-1] in str(told.value)


def test_every_bad_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELOGIN_ENGINE", "vgg")
    monkeypatch.setenv("FACELOGIN_WORKERS", "0")
    with pytest.raises(ConfigurationError, match=r"(?s)FACELOGIN_ENGINE.*FACELOGIN_WORKERS"):
        Settings.load()


def test_a_secret_can_be_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("mongodb://ana:s3cret@db.example/face\n")
    monkeypatch.setenv("FACELOGIN_DATABASE_URL_FILE", str(secret))
    assert Settings.load().effective_database_url == "mongodb://ana:s3cret@db.example/face"


def test_a_secret_file_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELOGIN_DATABASE_URL_FILE", "/nowhere/url")
    with pytest.raises(ConfigurationError, match="FACELOGIN_DATABASE_URL_FILE: /nowhere/url"):
        Settings.load()


def test_a_secret_file_named_in_the_dotenv_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("mongodb://db.example/face")
    (tmp_path / ".env").write_text(f"FACELOGIN_DATABASE_URL_FILE={tmp_path / 'url'}\n")
    assert Settings.load().effective_database_url == "mongodb://db.example/face"


def test_a_misspelt_setting_is_told_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACELOGIN_DATABSE_URL", "mongodb://db.example/face")
    (tmp_path / ".env").write_text("FACELOGIN_REGISTRATIONS=closed\nOTHER=1\n")
    with pytest.raises(ConfigurationError) as told:
        Settings.load()
    assert str(told.value).splitlines() == [
        "FACELOGIN_DATABSE_URL is not a setting. Is FACELOGIN_DATABASE_URL meant?",
        "FACELOGIN_REGISTRATIONS is not a setting. Is FACELOGIN_REGISTRATION meant?",
    ]


def test_several_origins_may_call_or_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELOGIN_CORS_ORIGINS", "https://a.example, https://b.example")
    assert Settings.load().effective_cors_origins == ("https://a.example", "https://b.example")
    monkeypatch.setenv("FACELOGIN_CORS_ORIGINS", "none")
    assert Settings.load().effective_cors_origins == ()


def test_no_secret_is_ever_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELOGIN_DATABASE_URL", "mongodb://ana:s3cret@db.example/face")
    settings = Settings.load()
    assert masked(settings)["FACELOGIN_DATABASE_URL"] == "mongodb://***@db.example/face"
    assert "s3cret" not in repr(settings)


def test_settings_come_from_a_dotenv_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FACELOGIN_REGISTRATION=closed\n")
    assert Settings.load().effective_registration == "closed"


def test_a_model_that_watches_captures_is_a_file_a_scale_and_a_checksum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = f"/m@n/a.onnx@2.7#sha256={'a' * 64}", f"b.onnx@4#sha256={'b' * 64}"
    monkeypatch.setenv("FACELOGIN_PAD_MODELS", f"{first}, {second}")
    settings = Settings.load()
    assert settings.pad_models == (
        PadModel(Path("/m@n/a.onnx"), 2.7, "a" * 64),
        PadModel(Path("b.onnx"), 4.0, "b" * 64),
    )
    assert masked(settings)["FACELOGIN_PAD_MODELS"] == [first, second]


@pytest.mark.parametrize(
    "given",
    [
        "a.onnx",
        f"a.onnx#sha256={'a' * 64}",
        "a.onnx@2.7",
        f"a.onnx@2.7#sha256={'a' * 63}",
        f"a.onnx@0.5#sha256={'a' * 64}",
        f"a.onnx@9#sha256={'a' * 64}",
        f"a.onnx@x#sha256={'a' * 64}",
    ],
)
def test_another_form_of_a_model_is_refused_with_an_example(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELOGIN_PAD_MODELS", given)
    with pytest.raises(ConfigurationError, match=r"FACELOGIN_PAD_MODELS: got .*allowed: .*@2\.7#"):
        Settings.load()


def test_an_own_recogniser_is_a_file_and_a_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    given = f"/m#n/a.onnx#sha256={'a' * 64}"
    monkeypatch.setenv("FACELOGIN_RECOGNISER", given)
    settings = Settings.load()
    assert settings.recogniser == CustomModel(Path("/m#n/a.onnx"), "a" * 64)
    assert settings.recogniser.description == Path("/m#n/a.toml")
    assert str(masked(settings)["FACELOGIN_RECOGNISER"]) == given
    assert settings.engine == "sface"


@pytest.mark.parametrize(
    "given",
    [
        "a.onnx",
        f"a.pt#sha256={'a' * 64}",
        f"a.toml#sha256={'a' * 64}",
        f"a.onnx#sha256={'A' * 64}",
        f"a.onnx#sha256={'a' * 63}",
        f"a.onnx#md5={'a' * 64}",
        f"a.onnx#sha256={'a' * 64},b.onnx#sha256={'b' * 64}",
    ],
)
def test_another_form_of_a_recogniser_is_refused_with_an_example(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELOGIN_RECOGNISER", given)
    with pytest.raises(ConfigurationError, match=r"FACELOGIN_RECOGNISER: got .*like /srv/.*onnx#"):
        Settings.load()


def test_the_engine_custom_needs_a_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELOGIN_ENGINE", "custom")
    with pytest.raises(ConfigurationError, match="FACELOGIN_RECOGNISER is not set"):
        Settings.load()
    monkeypatch.setenv("FACELOGIN_RECOGNISER", f"a.onnx#sha256={'a' * 64}")
    assert Settings.load().engine == "custom"


def test_no_model_and_no_colours_unless_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.load()
    assert (settings.pad_models, settings.pad_action, settings.flash) == ((), PadAction.LOG, False)
    monkeypatch.setenv("FACELOGIN_PAD_ACTION", "block")
    with pytest.raises(ConfigurationError, match=r"FACELOGIN_PAD_ACTION.*'log', 'step_up' or"):
        Settings.load()
