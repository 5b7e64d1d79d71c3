"""A reply is lost on the way: the answer is that nobody knows, and nothing is doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import facelogin
from apps import b64, refused
from audit_processes import log_on
from facelogin.domain.ports import Store
from facelogin.settings import Settings
from faces import image_bytes
from mongodb_faults import Fault, FaultProxy

FACE = {"image": b64(image_bytes("obama.jpg"))}
MOST_WRITES = 30
LOST = [Fault.DROP_REPLY, Fault.DROP_REQUEST]


@pytest.fixture
def proxy(mongo_uri: str) -> Iterator[FaultProxy]:
    with FaultProxy(mongo_uri) as running:
        yield running


@pytest.fixture
def app(proxy: FaultProxy, tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, database_url=proxy.uri, account_failures=100
    )
    app = facelogin.create_app(settings)
    yield app
    app.extensions["facelogin"].close()


@pytest.fixture
def store(app: Flask) -> Store:
    store: Store = app.extensions["facelogin"].store
    return store


def register(client: FlaskClient, name: str) -> TestResponse:
    return client.post("/register", json=FACE | {"username": name, "email": f"{name}@example.org"})


def log_in(client: FlaskClient, name: str) -> TestResponse:
    return client.post("/login", json=FACE | {"username": name})


@pytest.mark.parametrize("fault", LOST)
def test_a_registration_is_honest_and_never_doubled_whichever_write_is_not_answered(
    app: Flask, store: Store, proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    """Once the account is recorded, only the session can be lost, and the codes are told."""
    client, second, without_session = app.test_client(), [], 0
    assert register(client, "first").status_code == 201
    for nth in range(1, MOST_WRITES):
        struck = proxy.inject(fault, nth=nth)
        answer = register(client, f"ana{nth}")
        if not struck.struck.is_set():
            assert answer.status_code == 201
            break
        if answer.status_code == 201:
            without_session += 1
            assert len(answer.get_json()["recovery_codes"]) == 10
            assert client.get("/account").status_code == 401
            assert log_in(client, f"ana{nth}").status_code == 200
            continue
        assert int(answer.headers["Retry-After"]) > 0
        refused(answer, 503, "store_unavailable")
        kept = store.users.find_by_username(f"ana{nth}")
        second.append(register(client, f"ana{nth}").status_code)
        assert second[-1] == (201 if kept is None else 409)
        assert log_in(client, f"ana{nth}").status_code == 200
    assert set(second) == {201, 409}  # it was lost before the user was written, and after
    assert without_session > 0
    names = [user.username for user in store.users.page(after=None, limit=1000)]
    assert len(names) == len(set(names)) == nth + 1
    assert log_on(store, tmp_path / "keyring.json").check().findings == ()


@pytest.mark.parametrize("fault", LOST)
def test_a_login_without_an_answer_signs_nobody_in_and_the_next_one_does(
    app: Flask, store: Store, proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    assert register(app.test_client(), "ana").status_code == 201
    for nth in range(1, MOST_WRITES):
        client = app.test_client()
        struck = proxy.inject(fault, nth=nth)
        answer = log_in(client, "ana")
        if not struck.struck.is_set():
            assert answer.status_code == 200
            break
        refused(answer, 503, "store_unavailable")
        assert "Set-Cookie" not in answer.headers
        assert client.get("/account").status_code == 401
        assert log_in(client, "ana").status_code == 200
        assert client.get("/account").status_code == 200
    assert nth > 4
    assert log_on(store, tmp_path / "keyring.json").check().findings == ()
