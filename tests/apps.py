"""Applications on stand-ins, and what tests say about answers."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import flask_openapi3.utils
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from doubles import FakeEngine, Fakes, fake_services
from facelogin import Settings
from facelogin.api.app import create_app
from facelogin.api.cookies import CaptureCookie, SessionCookie
from facelogin.domain.challenge import Draw

SESSIONS = [SessionCookie(secure=secure).name for secure in (False, True)]
CAPTURES = [CaptureCookie(secure=secure).name for secure in (False, True)]

# Thousands of applications are made here, and their models are the same each time.
flask_openapi3.utils.get_model_schema = cache(flask_openapi3.utils.get_model_schema)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def person(name: str = "ana") -> str:
    """An image that the fake engine takes for a face of ``name``, in base64."""
    return b64(f"person:{name}".encode())


def refused(response: TestResponse, status: int, code: str) -> Mapping[str, Any]:
    """Assert that an answer is this refusal, whole and with nothing more in it; return its body."""
    body: dict[str, Any] = response.get_json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert body["message"]
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert set(body) <= {"message", "code", "detail", "request_id", "fields", "retry_after_s"}
    return body


@dataclass(frozen=True)
class FakeApp:
    """An application on stand-ins."""

    app: Flask
    client: FlaskClient
    fakes: Fakes

    def register(self, username: str = "ana", **more: object) -> TestResponse:
        """Register elsewhere, and let that session end: ``client`` is neither signed in nor known.

        Its live capture comes along.
        """
        newcomer = self.app.test_client()
        for name in CAPTURES if "challenge_id" in more else ():
            if (capture := self.client.get_cookie(name)) is not None:
                newcomer.set_cookie(name, capture.value, secure=capture.secure)
        given: dict[str, object] = {
            "username": username,
            "email": f"{username}@example.org",
            "image": person(username),
        }
        answer = newcomer.post("/register", json=given | more)
        for name in SESSIONS:
            if (session := newcomer.get_cookie(name)) is not None:
                self.fakes.services.sessions.revoke(session.value)
        return answer

    def login(self, username: str = "ana", **more: object) -> TestResponse:
        given: dict[str, object] = {"username": username, "image": person(username)}
        return self.client.post("/login", json=given | more)

    @property
    def users(self) -> int:
        return self.fakes.store.users.count()


def fake_app_with(**settings: Any) -> FakeApp:
    """Make an application; ``webapp`` is the folder of the web app, ``draw`` chooses the order of
    turns, ``engine`` stands at the engine's port, the rest are settings.
    """
    webapp: Path | None = settings.pop("webapp", None)
    draw: Draw = settings.pop("draw", secrets.choice)
    engine: FakeEngine | None = settings.pop("engine", None)
    options: dict[str, Any] = {"_env_file": None} | settings  # not the .env of whoever runs this
    effective = Settings(**options)
    fakes = fake_services(effective, draw=draw, engine=engine)
    app = create_app(fakes.services, effective, webapp=webapp)
    return FakeApp(app=app, client=app.test_client(), fakes=fakes)
