"""Somebody tries a session that is not theirs: planted, stolen, ended, or of another kind."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, b64, fake_app_with, person, refused
from attacks import SESSION, holds, production, register, sign_in, token_of, with_token
from faces import image_bytes

PLAIN = "facelogin"
DEVICE = "__Host-facelogin-device"
PLANTED = "A" * 43
SIGNED_IN_ONLY = [
    *(("GET", "/session"), ("GET", "/greeting"), ("GET", "/account")),
    *(("GET", "/account/sessions"), ("PATCH", "/account"), ("POST", "/account/face")),
    *(("POST", "/session/step-up"), ("DELETE", "/account/sessions/any")),
]


def ask(fake: FakeApp, method: str, path: str, cookie: str) -> TestResponse:
    """Ask with exactly these cookies."""
    body = {"image": person()} if method == "POST" else {"username": "eve"}
    given = None if method in {"GET", "DELETE"} else body
    return fake.client.open(path, method=method, json=given, headers={"Cookie": cookie})


def everywhere_refused(fake: FakeApp, cookie: str) -> None:
    for method, path in SIGNED_IN_ONLY:
        refused(ask(fake, method, path, cookie), 401, "session_required")


def log_in_with(fake: FakeApp, cookie: str) -> TestResponse:
    body = {"username": "ana", "image": person("ana")}
    answer = fake.client.post("/login", json=body, headers={"Cookie": cookie})
    assert answer.status_code == 200
    return answer


@pytest.fixture
def fake() -> FakeApp:
    fake = production()
    register(fake)
    return fake


# --- fixation -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [SESSION, PLAIN, DEVICE, "facelogin-device", "session"])
def test_a_token_planted_before_the_login_is_not_adopted(fake: FakeApp, name: str) -> None:
    answer = log_in_with(fake, f"{name}={PLANTED}")
    token = token_of(answer)
    assert token != PLANTED
    assert holds(fake, token)
    for planted in (SESSION, PLAIN, name):
        everywhere_refused(fake, f"{planted}={PLANTED}")


def test_the_attackers_own_session_does_not_become_the_victims(fake: FakeApp) -> None:
    register(fake, "eve")
    eves = sign_in(fake, "eve")
    token = token_of(log_in_with(fake, f"{SESSION}={eves}"))
    assert token != eves
    everywhere_refused(fake, f"{SESSION}={eves}")
    answer = fake.client.get("/session", headers=with_token(token))
    assert answer.get_json()["username"] == "ana"


def test_a_token_planted_before_a_step_up_is_not_adopted(fake: FakeApp) -> None:
    token = sign_in(fake)
    cookie = f"{SESSION}={token}; {PLAIN}={PLANTED}"
    answer = ask(fake, "POST", "/session/step-up", cookie)
    assert answer.status_code == 200
    assert token_of(answer) not in {token, PLANTED}


def test_a_token_of_the_past_is_not_adopted_again(fake: FakeApp) -> None:
    token = sign_in(fake)
    fake.client.post("/logout", headers=with_token(token))
    assert token_of(log_in_with(fake, f"{SESSION}={token}")) != token
    everywhere_refused(fake, f"{SESSION}={token}")


@pytest.mark.parametrize("order", ["planted first", "planted last"])
def test_a_cookie_that_comes_twice_is_no_session(fake: FakeApp, order: str) -> None:
    """A neighbour's page can toss a cookie of the same name to this one; which is whose?"""
    register(fake, "eve")
    anas, eves = sign_in(fake), sign_in(fake, "eve")
    tokens = [eves, anas] if order == "planted first" else [anas, eves]
    everywhere_refused(fake, "; ".join(f"{SESSION}={token}" for token in tokens))
    assert holds(fake, anas)


def test_the_same_cookie_twice_is_one(fake: FakeApp) -> None:
    token = sign_in(fake)
    assert ask(fake, "GET", "/session", f"{SESSION}={token}; {SESSION}={token}").status_code == 200


@pytest.mark.parametrize(
    "cookie",
    [
        f"{PLAIN}={{token}}",
        "__host-facelogin={token}",
        "__Secure-facelogin={token}",
        " __Host-facelogin ={token}x",
        "__Host-facelogin%3D{token}",
        "x=__Host-facelogin={token}",
        'x="; __Host-facelogin={token}"',
        "__Host-facelogin={token}=",
        "__Host-facelogin={token}%00",
        "__Host-facelogin={token},x",
    ],
)
def test_only_the_protected_name_counts_under_https(fake: FakeApp, cookie: str) -> None:
    """A page over plain HTTP can set ``facelogin``, never ``__Host-facelogin`` (RFC 6265bis)."""
    token = sign_in(fake)
    everywhere_refused(fake, cookie.format(token=token).strip())


def test_the_name_for_plain_loopback_is_the_only_one_there() -> None:
    fake = fake_app_with()
    fake = replace(fake, client=fake.app.test_client(use_cookies=False))
    fake.register()
    token = token_of(fake.login(), PLAIN)
    assert holds(fake, token, PLAIN)
    assert not holds(fake, token, SESSION)


# --- one cookie in the place of another -----------------------------------------------------------


@pytest.mark.parametrize("name", ["device", "capture", "challenge"])
@pytest.mark.parametrize("prefix", ["", "__Host-"])
def test_a_session_token_under_another_cookies_name_is_worth_nothing(
    fake: FakeApp, prefix: str, name: str
) -> None:
    token = sign_in(fake)
    everywhere_refused(fake, f"{prefix}facelogin-{name}={token}")
    body = {"username": "ana", "image": person("eve")}
    cookie = {"Cookie": f"{prefix}facelogin-{name}={token}"}
    refused(fake.client.post("/login", json=body, headers=cookie), 401, "not_recognised")


def test_no_other_cookie_that_a_login_sets_is_a_session(fake: FakeApp) -> None:
    answer = log_in_with(fake, "")
    pairs = [header.partition(";")[0] for header in answer.headers.getlist("Set-Cookie")]
    others = [
        value for name, _, value in (pair.partition("=") for pair in pairs) if name != SESSION
    ]
    for value in others:
        assert not holds(fake, value)
        assert not holds(fake, value, PLAIN)
    assert len(pairs) == len(others) + 1


def test_what_the_store_keeps_is_no_token(fake: FakeApp) -> None:
    token = sign_in(fake)
    (session,) = fake.fakes.store.sessions.list_for(user_id(fake))
    digest = session.token_sha256
    assert digest == hashlib.sha256(token.encode()).digest()
    encoded = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    for stolen in (digest.hex(), encoded, session.session_id, session.user_id):
        everywhere_refused(fake, f"{SESSION}={stolen}")


@pytest.mark.parametrize(
    "header",
    ["Authorization", "X-Session", "X-Auth-Token", "X-Facelogin", "Proxy-Authorization"],
)
def test_a_token_in_any_header_but_the_cookie_is_worth_nothing(fake: FakeApp, header: str) -> None:
    token = sign_in(fake)
    for value in (token, f"Bearer {token}", f"{SESSION}={token}"):
        answer = fake.client.get("/session", headers={header: value})
        refused(answer, 401, "session_required")


@pytest.mark.parametrize("name", ["token", "session", SESSION, PLAIN])
def test_a_token_in_the_address_is_worth_nothing(fake: FakeApp, name: str) -> None:
    token = sign_in(fake)
    for path in (f"/session?{name}={token}", f"/session;{name}={token}", f"/session/{token}"):
        assert fake.client.get(path).status_code in {401, 404}


def user_id(fake: FakeApp, username: str = "ana") -> str:
    user = fake.fakes.store.users.find_by_username(username)
    assert user is not None
    return user.user_id


# --- replay ---------------------------------------------------------------------------------------


def log_out(fake: FakeApp, token: str) -> None:
    assert fake.client.post("/logout", headers=with_token(token)).status_code == 204


def step_up(fake: FakeApp, token: str) -> None:
    renewed = ask(fake, "POST", "/session/step-up", f"{SESSION}={token}")
    assert holds(fake, token_of(renewed))


def log_in_again(fake: FakeApp, token: str) -> None:
    log_in_with(fake, f"{SESSION}={token}")


def end_from_another_device(fake: FakeApp, token: str) -> None:
    other = sign_in(fake)
    (ended,) = [
        one["session_id"]
        for one in fake.client.get("/account/sessions", headers=with_token(other)).get_json()[
            "sessions"
        ]
        if not one["current"]
    ]
    path = f"/account/sessions/{ended}"
    assert fake.client.delete(path, headers=with_token(other)).status_code == 204
    assert holds(fake, other)


def enrol_anew_from_another_device(fake: FakeApp, token: str) -> None:
    other = sign_in(fake)
    assert ask(fake, "POST", "/account/face", f"{SESSION}={other}").status_code == 200
    assert holds(fake, other)


def disable(fake: FakeApp, token: str) -> None:
    user = fake.fakes.services.accounts.find("ana")
    assert user is not None
    fake.fakes.services.accounts.disable(user)
    fake.fakes.services.accounts.enable(user)


def erase(fake: FakeApp, token: str) -> None:
    user = fake.fakes.services.accounts.find("ana")
    assert user is not None
    fake.fakes.services.accounts.erase(user)


def erase_and_register_anew(fake: FakeApp, token: str) -> None:
    erase(fake, token)
    register(fake)


def stay_away_for_half_an_hour(fake: FakeApp, token: str) -> None:
    fake.fakes.clock.moment += timedelta(minutes=30)


def use_it_for_twelve_hours(fake: FakeApp, token: str) -> None:
    for _ in range(12 * 4 - 1):
        fake.fakes.clock.moment += timedelta(minutes=15)
        assert holds(fake, token)
    fake.fakes.clock.moment += timedelta(minutes=15)


@pytest.mark.parametrize(
    "end",
    [
        log_out,
        step_up,
        log_in_again,
        end_from_another_device,
        enrol_anew_from_another_device,
        disable,
        erase,
        erase_and_register_anew,
        stay_away_for_half_an_hour,
        use_it_for_twelve_hours,
    ],
)
def test_a_token_is_worth_nothing_after(fake: FakeApp, end: Callable[[FakeApp, str], None]) -> None:
    token = sign_in(fake)
    assert holds(fake, token)
    end(fake, token)
    everywhere_refused(fake, f"{SESSION}={token}")


def test_a_replayed_token_brings_nothing_back_to_life(fake: FakeApp) -> None:
    token = sign_in(fake)
    log_out(fake, token)
    for _ in range(3):
        everywhere_refused(fake, f"{SESSION}={token}")
        assert fake.client.post("/logout", headers=with_token(token)).status_code == 204
    assert fake.fakes.store.sessions.list_for(user_id(fake)) == []


def test_a_session_one_second_before_its_ends_is_alive(fake: FakeApp) -> None:
    token = sign_in(fake)
    fake.fakes.clock.moment += timedelta(minutes=29, seconds=59)
    assert holds(fake, token)


def test_a_clock_that_is_set_back_does_not_bring_an_ended_session_back(fake: FakeApp) -> None:
    token = sign_in(fake)
    log_out(fake, token)
    fake.fakes.clock.moment -= timedelta(hours=1)
    everywhere_refused(fake, f"{SESSION}={token}")


def test_freshness_is_not_renewed_by_use(fake: FakeApp) -> None:
    token = sign_in(fake)
    for _ in range(5):
        fake.fakes.clock.moment += timedelta(minutes=1)
        assert holds(fake, token)
    answer = ask(fake, "PATCH", "/account", f"{SESSION}={token}")
    refused(answer, 403, "fresh_login_required")


def test_nobody_ends_or_sees_the_session_of_somebody_else(fake: FakeApp) -> None:
    register(fake, "eve")
    anas, eves = sign_in(fake), sign_in(fake, "eve")
    (session,) = fake.fakes.store.sessions.list_for(user_id(fake))
    answer = ask(fake, "DELETE", f"/account/sessions/{session.session_id}", f"{SESSION}={eves}")
    refused(answer, 404, "not_found")
    assert holds(fake, anas)
    listed = fake.client.get("/account/sessions", headers=with_token(eves)).text
    assert session.session_id not in listed
    other = f"/greeting?user_id={user_id(fake)}"
    refused(fake.client.get(other, headers=with_token(eves)), 403, "not_yours")


# --- with the real engine and both stores ---------------------------------------------------------


def test_a_real_token_is_dead_after_a_step_up_and_after_a_logout(
    client: FlaskClient, app: Flask
) -> None:
    face = {"image": b64(image_bytes("obama.jpg"))}
    names = {"username": "barack", "email": "barack@example.org"}
    assert client.post("/register", json=names | face).status_code == 201
    client.set_cookie(PLAIN, PLANTED)
    first = token_of(client.post("/login", json={"username": "barack"} | face), PLAIN)
    second = token_of(client.post("/session/step-up", json=face), PLAIN)
    assert len({PLANTED, first, second}) == 3
    thief = app.test_client(use_cookies=False)

    def worth(token: str) -> int:
        return thief.get("/session", headers=with_token(token, PLAIN)).status_code

    assert [worth(PLANTED), worth(first), worth(second)] == [401, 401, 200]
    assert client.post("/logout").status_code == 204
    assert [worth(PLANTED), worth(first), worth(second)] == [401, 401, 401]
