"""Applications under test: ``fake_*`` on stand-ins, ``client`` on the real engine and stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import FakeApp, fake_app_with
from facelogin import Profile, Settings, bootstrap
from facelogin.domain.ports import FaceEngine, UserStore


@pytest.fixture
def fake() -> FakeApp:
    """An application on stand-ins, as ``facelogin run`` would configure it."""
    return fake_app_with()


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    """The real engine, its networks loaded once for all tests of a process."""
    engine = bootstrap.build_engine(Settings.load(Profile.DEVELOPMENT, _env_file=None))
    engine.load()
    return engine


@pytest.fixture(params=["sqlite", "mongodb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own, once in each store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'faces.db'}"
    uri: str = request.getfixturevalue("mongo_uri")
    return uri


@pytest.fixture
def make_app(
    engine: FaceEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Flask]]:
    """Makes whole applications from settings, on the engine that all tests share."""
    monkeypatch.setattr(bootstrap, "build_engine", lambda settings, **_: engine)
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        effective = Settings.load(
            Profile.DEVELOPMENT, data_dir=tmp_path, _env_file=None, **settings
        )
        made.append(bootstrap.create_app(effective))
        return made[-1]

    yield make
    for app in made:
        app.extensions["facelogin"].close()


@pytest.fixture
def app(make_app: Callable[..., Flask], database_url: str) -> Flask:
    """The whole application, once on each store."""
    return make_app(database_url=database_url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the whole application, once on each store."""
    return app.test_client()


@pytest.fixture
def users(app: Flask) -> UserStore:
    """What the whole application keeps."""
    store: UserStore = app.extensions["facelogin"].store.users
    return store
