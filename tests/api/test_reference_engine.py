"""FACELOGIN_ENGINE=reference: the face_recognition library behind the same API."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from apps import b64, refused
from facelogin import Profile, Settings, create_app
from faces import image_bytes, missing


def test_the_reference_engine_registers_and_signs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("face_recognition") is None:
        missing("face_recognition")
    monkeypatch.setenv("FACELOGIN_ENGINE", "reference")
    app = create_app(Settings.load(Profile.DEVELOPMENT, data_dir=tmp_path, _env_file=None))
    client = app.test_client()
    image = b64(image_bytes("obama.jpg"))
    body = {"username": "barack", "email": "barack@example.org", "image": image}
    assert client.post("/register", json=body).status_code == 201
    other = b64(image_bytes("obama2.jpg"))
    signed_in = client.post("/login", json={"username": "barack", "image": other})
    assert signed_in.status_code == 200
    stranger = b64(image_bytes("biden.jpg"))
    response = client.post("/login", json={"username": "barack", "image": stranger})
    refused(response, 401, "not_recognised")
    app.extensions["facelogin"].close()
