"""Erasing while others sign in, through the whole application on each store; faces are made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import person, refused
from contract.backends import Backend, MongoBackend, SqliteBackend, at_once
from doubles import FakeEngine
from facelogin import Profile, Settings, bootstrap
from facelogin.domain.ports import Store

LOGINS = 4
ROUNDS = 5


@pytest.fixture(params=["sqlite", "mongo"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return SqliteBackend(tmp_path / "facelogin.db")
    return MongoBackend(request.getfixturevalue("mongo_uri"))


@pytest.fixture
def make_app(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Flask]]:
    """Makes applications on one database, each as a worker of its own would have it."""
    monkeypatch.setattr(bootstrap, "build_engine", lambda *_, **__: FakeEngine())
    settings = Settings.load(
        Profile.DEVELOPMENT, data_dir=tmp_path, _env_file=None, database_url=backend.url
    )
    made: list[Flask] = []

    def make() -> Flask:
        made.append(bootstrap.create_app(settings))
        return made[-1]

    yield make
    for app in made:
        app.extensions["facelogin"].close()


def register(client: FlaskClient, name: str) -> str:
    body = {"username": name, "email": f"{name}@example.org", "image": person(name)}
    registered = client.post("/register", json=body)
    assert registered.status_code == 201
    user_id: str = registered.get_json()["user_id"]
    return user_id


def login(client: FlaskClient, name: str) -> TestResponse:
    return client.post("/login", json={"username": name, "image": person(name)})


def test_of_an_erasure_and_logins_at_once_no_session_and_no_name_is_left(
    backend: Backend, make_app: Callable[[], Flask]
) -> None:
    workers = [make_app(), make_app()]
    store: Store = workers[0].extensions["facelogin"].store
    for attempt in range(ROUNDS):
        name = f"unmistakable-{attempt}"
        owner = workers[0].test_client()
        user_id = register(owner, name)
        assert login(owner, name).status_code == 200
        others = [workers[number % 2].test_client() for number in range(LOGINS)]

        outcomes = at_once(
            [*(partial(login, other, name) for other in others), partial(owner.delete, "/account")]
        )

        statuses = [one.status_code for one in outcomes if isinstance(one, TestResponse)]
        assert statuses[-1] == 204
        assert set(statuses[:-1]) <= {200, 401}
        assert len(statuses) == LOGINS + 1
        for other in others:
            refused(other.get("/session"), 401, "session_required")
        assert store.sessions.list_for(user_id) == []
        assert store.users.find_by_id(user_id) is None
    assert b"unmistakable" not in backend.raw()


def test_of_five_who_erase_one_account_at_once_each_is_told_the_truth(
    make_app: Callable[[], Flask],
) -> None:
    app = make_app()
    devices = [app.test_client() for _ in range(5)]
    register(devices[0], "ana")
    for device in devices:
        assert login(device, "ana").status_code == 200

    outcomes = at_once([partial(device.delete, "/account") for device in devices])

    statuses = [one.status_code for one in outcomes if isinstance(one, TestResponse)]
    assert len(statuses) == 5
    assert 204 in statuses
    assert set(statuses) <= {204, 401}


def test_counters_of_an_erased_account_are_gone_with_it(
    backend: Backend, make_app: Callable[[], Flask]
) -> None:
    app = make_app()
    client, stranger = app.test_client(), app.test_client()
    user_id = register(client, "ana")
    assert login(client, "ana").status_code == 200
    for _ in range(3):
        wrong = stranger.post("/login", json={"username": "ana", "image": person("eve")})
        refused(wrong, 401, "not_recognised")
    assert user_id.encode() in backend.raw()
    assert client.delete("/account").status_code == 204
    assert user_id.encode() not in backend.raw()
