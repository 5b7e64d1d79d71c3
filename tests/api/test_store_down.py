"""A store that is gone is 503, never a guess, and what it held is there when it is back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import b64, refused
from faces import image_bytes
from mongodb import MongoServer, own_mongo_server, with_database

__all__ = ["own_mongo_server"]

BARACK = {"username": "barack", "image": b64(image_bytes("obama.jpg"))}
EMAIL = {"email": "barack@example.org"}


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert client.post("/register", json=BARACK | EMAIL).status_code == 201
    assert client.post("/login", json=BARACK).status_code == 200
    return client


def assert_unavailable(client: FlaskClient) -> None:
    for response in (
        client.post("/register", json=BARACK | EMAIL | {"username": "joe"}),
        client.post("/login", json=BARACK),
        client.get("/greeting"),
        client.get("/readyz"),
    ):
        refused(response, 503, "store_unavailable")
        assert "Set-Cookie" not in response.headers
    assert client.get("/healthz").status_code == 200


def assert_back(client: FlaskClient, app: Flask) -> None:
    assert client.get("/greeting").status_code == 200
    assert client.get("/readyz").status_code == 200
    assert app.extensions["facelogin"].store.users.count() == 1


def test_sqlite_gone_and_back(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    app = make_app(database_url=f"sqlite:///{folder / 'faces.db'}")
    client = signed_in(app)
    folder.rename(tmp_path / "unplugged")
    assert_unavailable(client)
    (tmp_path / "unplugged").rename(folder)
    assert_back(client, app)


@pytest.mark.timeout(300)
def test_mongodb_gone_and_back(
    make_app: Callable[..., Flask], own_mongo_server: MongoServer
) -> None:
    app = make_app(database_url=with_database(own_mongo_server.uri, "faces"))
    client = signed_in(app)
    own_mongo_server.kill()
    assert_unavailable(client)
    own_mongo_server.restart()
    assert_back(client, app)
