"""People of the first system, imported from its database, sign in with their faces."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from pymongo import MongoClient
from werkzeug.test import TestResponse

from apps import b64, refused
from facelogin import Profile, Settings, bootstrap, create_app
from facelogin.cli import main
from faces import image_bytes
from mongodb import ExternalServer, MongoServer, with_database
from old_system import face_encoding, filled, student


@pytest.fixture
def old_uri(mongo_server: MongoServer | ExternalServer) -> Iterator[str]:
    """The old database, with two people in it whose encodings that system's library made."""
    name = f"facelogin_test_{uuid.uuid4().hex}"
    uri = with_database(mongo_server.uri, name)
    barack = student("Barack O", email="barack@example.org")
    people = (
        barack | {"face_encoding": face_encoding("obama.jpg")},
        student("joe", face_encoding=face_encoding("biden.jpg")),
    )
    with filled(uri, *people):
        yield uri
    with MongoClient[dict[str, object]](uri) as client:
        client.drop_database(name)


@pytest.fixture
def app(
    old_uri: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """An application after the import, which needs consent and has one photo as enough."""
    for name, value in {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "ENGINE": "reference",
        "CONSENT_REQUIRED": "true",
    }.items():
        monkeypatch.setenv(f"FACELOGIN_{name}", value)
    arguments = ("import", "first-system", "--mongodb", old_uri, "--rename")
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    made = create_app(Settings.load(Profile.DEVELOPMENT, _env_file=None))
    yield made
    made.extensions["facelogin"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def login(client: FlaskClient, name: str, image: str, **more: object) -> TestResponse:
    body = {"username": name, "image": b64(image_bytes(image))} | more
    return client.post("/login", json=body)


def test_the_person_signs_in_and_another_does_not(client: FlaskClient) -> None:
    config = client.get("/config").get_json()
    assert config["sign_in_consent"] is True
    agreed = {"consent": config["notice"]["version"]}

    refused(login(client, "barack.o", "obama2.jpg"), 422, "consent_required")
    refused(login(client, "barack.o", "biden.jpg", **agreed), 401, "not_recognised")
    signed_in = login(client, "barack.o", "obama2.jpg", **agreed)
    assert (signed_in.status_code, signed_in.get_json()["username"]) == (200, "barack.o")
    account = client.get("/account").get_json()
    assert account["template"]["image_count"] == 1
    assert account["consent"]["notice_version"] == agreed["consent"]


def test_the_old_encoding_is_the_reference_engines_embedding(app: Flask) -> None:
    services = app.extensions["facelogin"]
    joe = services.store.users.find_by_username("joe")
    sealer = bootstrap.build_sealer(Settings.load(Profile.DEVELOPMENT), services.store)
    kept = sealer.unseal(joe.template, user_id=joe.user_id)
    observed = services.engine.observe(image_bytes("biden.jpg"))
    made_now = services.engine.embed(observed, observed.faces[0])
    assert np.allclose(kept.embedding, made_now, atol=1e-5)
