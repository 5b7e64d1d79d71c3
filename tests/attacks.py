"""What a browser sends for another site's page, and what must be as before when it was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with
from facelogin import Profile

PUBLIC = "https://login.example.org"
LISTED = "https://app.example.org"
EVIL = "https://evil.example"
SESSION = "__Host-facelogin"


def production(**settings: object) -> FakeApp:
    """An application as ``facelogin serve`` configures it, where a photo is enough.

    Its client keeps no cookies: each request brings exactly those that it names.
    """
    given: dict[str, object] = {
        "profile": Profile.PRODUCTION,
        "public_url": PUBLIC,
        "cors_origins": (LISTED,),
        "required_assurance": "photo",
        "registration": "open",
    }
    fake = fake_app_with(**given | settings)
    return replace(fake, client=fake.app.test_client(use_cookies=False))


def register(fake: FakeApp, username: str = "ana") -> TestResponse:
    notice = fake.client.get("/notice").get_json()["version"]
    response = fake.register(username, consent=notice)
    assert response.status_code == 201, response.get_json()
    return response


def token_of(response: TestResponse, name: str = SESSION) -> str:
    """The session token that an answer sets."""
    for header in response.headers.getlist("Set-Cookie"):
        cookie = SimpleCookie(header)
        if name in cookie:
            return cookie[name].value
    raise AssertionError(f"no {name} in {response.headers.getlist('Set-Cookie')}")


def sign_in(fake: FakeApp, username: str = "ana") -> str:
    """Sign in and return the session's token."""
    response = fake.login(username)
    assert response.status_code == 200, response.get_json()
    return token_of(response)


def with_token(token: str, name: str = SESSION) -> dict[str, str]:
    """The header with which a browser brings a token."""
    return {"Cookie": f"{name}={token}"}


def holds(fake: FakeApp, token: str, name: str = SESSION) -> bool:
    """Whether that token is a session."""
    return fake.client.get("/session", headers=with_token(token, name)).status_code == 200


@dataclass(frozen=True)
class Form:
    """A form as a page of any site can have it submitted, without a script."""

    body: bytes
    content_type: str


def forms(fields: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> list[Form]:
    """The three encodings that a form can have (HTML, "Form submission")."""
    uploads = [(name, ("me.jpg", data)) for name, data in (files or {}).items()]
    multipart, boundary = encode_multipart_formdata([*fields.items(), *uploads])
    plain = "".join(f"{name}={value}\r\n" for name, value in fields.items())
    return [
        Form(urlencode(fields).encode(), "application/x-www-form-urlencoded"),
        Form(multipart, boundary),
        Form(plain.encode(), "text/plain"),
    ]
