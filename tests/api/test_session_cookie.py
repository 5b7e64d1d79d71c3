"""The session cookie, and what a session is worth."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, refused
from facelogin.domain.errors import StoreUnavailable

SECURE = {"public_url": "https://login.example.org"}


def set_cookie(response: TestResponse) -> tuple[str, dict[str, str]]:
    """Return the session cookie's name and its attributes."""
    headers = response.headers.getlist("Set-Cookie")
    (header,) = (header for header in headers if not header.partition("=")[0].endswith("-device"))
    (morsel,) = SimpleCookie(header).values()
    return morsel.key, {k: v for k, v in morsel.items() if v} | {"value": morsel.value}


def signed_in(**settings: object) -> tuple[FakeApp, TestResponse]:
    fake = fake_app_with(**settings)
    fake.register()
    return fake, fake.login()


def test_over_https_only_this_host_can_set_the_cookie() -> None:
    name, attributes = set_cookie(signed_in(**SECURE)[1])
    value = attributes.pop("value")
    assert name == "__Host-facelogin"
    assert attributes == {"path": "/", "secure": True, "httponly": True, "samesite": "Lax"}
    assert len(value) == 43


def test_over_plain_loopback_the_cookie_is_not_secure() -> None:
    name, attributes = set_cookie(signed_in()[1])
    attributes.pop("value")
    assert name == "facelogin"
    assert attributes == {"path": "/", "httponly": True, "samesite": "Lax"}


def test_the_token_itself_is_not_kept() -> None:
    fake, response = signed_in()
    token = set_cookie(response)[1]["value"]
    assert token.encode() not in repr(vars(fake.fakes.store.sessions)).encode()


def test_a_refused_login_sets_no_cookie(fake: FakeApp) -> None:
    fake.register()
    assert "Set-Cookie" not in fake.login(image="AAAA").headers


def test_every_login_gets_a_new_token_and_ends_the_session_that_came_with_it() -> None:
    fake, response = signed_in()
    first = set_cookie(response)[1]["value"]
    second = set_cookie(fake.login())[1]["value"]
    assert first != second
    fake.client.set_cookie("facelogin", first)
    refused(fake.client.get("/session"), 401, "session_required")
    fake.client.set_cookie("facelogin", second)
    assert fake.client.get("/session").status_code == 200


@pytest.mark.parametrize("write", ["add", "revoke"])
def test_a_login_that_the_store_cuts_short_leaves_no_session_that_nobody_holds(
    monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    fake, response = signed_in()
    user_id = response.get_json()["user_id"]
    sessions = fake.fakes.store.sessions
    before = sessions.list_for(user_id)

    def fail(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(sessions, write, fail)
    answer = fake.login()
    refused(answer, 503, "store_unavailable")
    assert "Set-Cookie" not in answer.headers
    assert sessions.list_for(user_id) == (before if write == "revoke" else [])


def test_a_token_that_came_with_the_request_is_never_adopted(fake: FakeApp) -> None:
    fake.register()
    planted = "A" * 43
    fake.client.set_cookie("facelogin", planted)
    assert set_cookie(fake.login())[1]["value"] != planted
    fake.client.set_cookie("facelogin", planted)
    refused(fake.client.get("/session"), 401, "session_required")


def test_a_refused_login_leaves_the_old_session_alone() -> None:
    fake, _ = signed_in()
    refused(fake.login("eve"), 401, "not_recognised")
    assert fake.client.get("/session").status_code == 200


def test_logging_out_ends_the_session_and_clears_the_cookie() -> None:
    fake, response = signed_in(**SECURE)
    token = set_cookie(response)[1]["value"]
    cookies = {"Cookie": f"__Host-facelogin={token}"}
    out = fake.client.post("/logout", headers=cookies)
    assert (out.status_code, out.data) == (204, b"")
    name, attributes = set_cookie(out)
    assert (name, attributes["value"], attributes["max-age"]) == ("__Host-facelogin", "", "0")
    assert {"secure", "httponly", "path"} <= set(attributes)
    refused(fake.client.get("/session", headers=cookies), 401, "session_required")


def test_logging_out_twice_is_no_error() -> None:
    fake, _ = signed_in()
    assert [fake.client.post("/logout").status_code for _ in range(2)] == [204, 204]


@pytest.mark.parametrize(
    "cookie",
    [
        *("facelogin=", "facelogin=x", "facelogin", "=", ";;;", "facelogin=\xff\xfe", "\xff=\xff"),
        *(f"facelogin={'A' * 5000}", 'facelogin="\\777"', "facelogin=a b; facelogin=\x01"),
        "__Host-facelogin=" + "A" * 43,
    ],
)
def test_a_strange_cookie_is_no_session(fake: FakeApp, cookie: str) -> None:
    environ = {"HTTP_COOKIE": cookie}
    response = fake.client.get("/session", environ_overrides=environ)
    refused(response, 401, "session_required")


def test_a_session_tells_what_it_is_worth() -> None:
    fake, response = signed_in()
    assert fake.client.get("/session").get_json() == {
        "user_id": response.get_json()["user_id"],
        "username": "ana",
        "amr": ["face"],
        "assurance": "photo",
        "expires_at": "2026-03-02T00:00:00Z",
        "fresh_until": "2026-03-01T12:05:00Z",
    }


@pytest.mark.parametrize("path", ["/session", "/greeting"])
def test_an_idle_session_has_ended(path: str) -> None:
    fake, _ = signed_in()
    fake.fakes.clock.moment += timedelta(minutes=30)
    refused(fake.client.get(path), 401, "session_required")


def test_a_disabled_user_has_no_session() -> None:
    fake, _ = signed_in()
    user = fake.fakes.services.accounts.find("ana")
    assert user is not None
    fake.fakes.services.accounts.disable(user)
    refused(fake.client.get("/greeting"), 401, "session_required")
    refused(fake.login(), 403, "account_disabled")


def test_that_nobody_is_signed_in_is_no_error_if_optional(fake: FakeApp) -> None:
    answer = fake.client.get("/session?optional=true")
    assert (answer.status_code, answer.data) == (204, b"")
    refused(fake.client.get("/session"), 401, "session_required")
    refused(fake.client.get("/session?optional=false"), 401, "session_required")


def test_a_session_is_described_if_optional() -> None:
    fake, _ = signed_in()
    assert fake.client.get("/session?optional=true").get_json()["username"] == "ana"
