"""``facelogin engines``: whose templates people have, how far a change is, and its end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import faces
from facelogin import Profile, Settings, bootstrap
from facelogin.cli.main import main
from facelogin.domain.errors import EngineUnavailable
from facelogin.domain.models import EngineRef
from facelogin.domain.requester import OPERATOR
from facelogin.stores.open import open_store

Facelogin = Callable[..., Result]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'faces.db'}"


@pytest.fixture
def facelogin(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Facelogin:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, typed: str | None = None, **settings: str) -> Result:
        env = {"FACELOGIN_DATA_DIR": str(tmp_path), "FACELOGIN_DATABASE_URL": url}
        env |= {f"FACELOGIN_{name}": value for name, value in settings.items()}
        return CliRunner().invoke(main, arguments, env=env, input=typed)

    return run


def enrol(facelogin: Facelogin, username: str, image: str, **settings: str) -> None:
    done = facelogin(
        *("enrol", "--username", username, "--email", f"{username}@example.org"),
        str(faces.image_path(image)),
        **settings,
    )
    assert done.exit_code == 0, done.output


def add_template_of_the_default_engine(tmp_path: Path, url: str, username: str, image: str) -> None:
    """As a strong sign-in does."""
    settings = Settings.load(
        Profile.DEVELOPMENT, _env_file=None, data_dir=tmp_path, database_url=url
    )
    services = bootstrap.build_services(settings)
    user = services.store.users.find_by_username(username)
    assert user is not None
    template = services.reenrol._templates.make(
        [faces.image_bytes(image)], OPERATOR, user_id=user.user_id
    )
    assert services.store.users.add_template(
        user.user_id, beside=user.template.template_id, template=template
    )
    services.close()


def test_it_lists_engines_and_says_who_is_still_to_move(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg", ENGINE="dlib")
    enrol(facelogin, "joe", "biden.jpg")
    told = json.loads(facelogin("engines", "--json").output)
    assert told["people_to_move"] == 1
    assert [
        (one["engine"], one["templates"], one["default"], one["running"]) for one in told["engines"]
    ] == [
        ("sface", 1, True, True),
        ("resnet128-mirror", 1, False, True),
    ]
    text = facelogin("engines").output
    assert re.search(r"sface +1\+1-\w+ +1 +default", text)
    assert "1 people have no template of sface yet" in text
    listed = facelogin("users", "list").output
    assert re.search(r"barack.*resnet128-mirror\n", listed)
    assert re.search(r"joe.*sface\n", listed)


def test_people_with_templates_of_either_engine_are_verified(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg", ENGINE="onnx")  # its name before
    enrol(facelogin, "joe", "biden.jpg")
    for username, image, answer in (
        ("barack", "obama2.jpg", 0),
        ("barack", "biden.jpg", 1),
        ("joe", "obama.jpg", 1),
    ):
        done = facelogin("verify", "--username", username, str(faces.image_path(image)))
        assert done.exit_code == answer, (username, image, done.output)


def test_an_engine_is_retired_once_people_have_moved(
    facelogin: Facelogin, tmp_path: Path, url: str
) -> None:
    enrol(facelogin, "barack", "obama.jpg", ENGINE="dlib")
    enrol(facelogin, "joe", "biden.jpg", ENGINE="dlib")
    add_template_of_the_default_engine(tmp_path, url, "barack", "obama2.jpg")
    shown = json.loads(facelogin("users", "show", "barack", "--json").output)
    assert shown["template_engine"].startswith("resnet128-mirror ")
    assert shown["added_template_engines"].startswith("sface ")
    done = facelogin("engines", "retire", "dlib", "--yes")
    assert "1 templates of resnet128-mirror are erased" in done.output
    assert "1 people have no other template" in done.output
    shown = json.loads(facelogin("users", "show", "barack", "--json").output)
    assert shown["template_engine"].startswith("sface ")
    assert shown["added_template_engines"] is None
    joe = facelogin("verify", "--username", "joe", str(faces.image_path("biden.jpg")))
    assert joe.exit_code == 0


@pytest.mark.parametrize(
    ("engine", "sentence"),
    [("sface", "is the default engine"), ("reference", "Nobody has a template of reference")],
)
def test_what_can_not_be_retired_is_told(facelogin: Facelogin, engine: str, sentence: str) -> None:
    enrol(facelogin, "joe", "biden.jpg")
    done = facelogin("engines", "retire", engine, "--yes")
    assert done.exit_code == 2
    assert sentence in done.output


def test_nothing_is_retired_without_a_yes(facelogin: Facelogin) -> None:
    enrol(facelogin, "barack", "obama.jpg", ENGINE="dlib")
    done = facelogin("engines", "retire", "dlib", typed="n\n")
    assert done.exit_code == 1
    told = json.loads(facelogin("engines", "--json").output)
    assert [one["templates"] for one in told["engines"]] == [0, 1]


def made_by(url: str, username: str, engine: EngineRef) -> None:
    """Give somebody a template that says it was made by this engine."""
    store = open_store(url)
    user = store.users.find_by_username(username)
    assert user is not None
    template = replace(user.template, template_id="another", engine=engine)
    assert store.users.replace_template(
        user.user_id, old_template_id=user.template.template_id, template=template
    )
    store.close()


@pytest.mark.parametrize("engine", [EngineRef("gone", "1"), EngineRef("sface", "0+older")])
def test_an_engine_that_can_not_be_had_stops_the_start_with_what_to_do(
    facelogin: Facelogin, url: str, engine: EngineRef
) -> None:
    enrol(facelogin, "joe", "biden.jpg")
    made_by(url, "joe", engine)
    done = facelogin("run", "--port", "0")
    assert done.exit_code == 3
    assert f"{engine.id} {engine.version}" in done.output
    assert "FACELOGIN_ENGINES_GIVEN_UP" in done.output


def test_accounts_are_looked_after_though_an_engine_can_not_be_had(
    facelogin: Facelogin, url: str
) -> None:
    enrol(facelogin, "joe", "biden.jpg")
    made_by(url, "joe", EngineRef("gone", "1"))
    assert "gone" in facelogin("users", "list").output
    told = json.loads(facelogin("engines", "--json").output)
    assert [one["running"] for one in told["engines"] if one["engine"] == "gone"] == [False]
    joe = facelogin("verify", "--username", "joe", str(faces.image_path("biden.jpg")))
    assert joe.exit_code == 1
    assert facelogin("users", "disable", "joe").exit_code == 0


def test_an_engine_that_was_given_up_no_longer_stops_the_start(
    tmp_path: Path, facelogin: Facelogin, url: str
) -> None:
    enrol(facelogin, "joe", "biden.jpg")
    made_by(url, "joe", EngineRef("gone", "1"))
    settings = Settings.load(
        Profile.DEVELOPMENT, _env_file=None, data_dir=tmp_path, database_url=url
    )
    with pytest.raises(EngineUnavailable, match="gone"):
        bootstrap.create_app(settings)
    without = settings.model_copy(update={"engines_given_up": ("gone",)})
    bootstrap.create_app(without).extensions["facelogin"].close()
