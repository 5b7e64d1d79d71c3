"""The first system's client, unchanged: its calls, without cookies, from a page on another site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import faces
from apps import b64, refused
from examples.first_system_client.app import (
    TICKET_BYTES,
    TICKET_LASTS_S,
    GreetingTickets,
    create_app,
)
from facelogin import Profile
from facelogin.domain.errors import ConfigurationError, SessionRequired
from server_process import production

ITS_PAGE = "http://localhost:3000"
FROM_ITS_PAGE = {
    "Origin": ITS_PAGE,
    "Sec-Fetch-Site": "cross-site",
    "Accept": "application/json, text/plain, */*",
}
NO_TICKET = "A" * 43
PROTECTED = [
    ("GET", "/account"),
    ("DELETE", "/account"),
    ("GET", "/account/activity"),
    ("GET", "/account/export"),
    ("GET", "/account/sessions"),
    ("POST", "/account/recovery-codes"),
    ("GET", "/session"),
]


@dataclass
class Seconds:
    """A clock that goes when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class FirstSystem:
    """The running example with one person registered, and the client without cookies."""

    app: Flask
    client: FlaskClient
    seconds: Seconds
    registered: TestResponse

    def look(self, picture: str) -> TestResponse:
        return call(self.client, "POST", "/login", json={"image": picture_of(picture)})

    def ticket(self) -> str:
        answer = self.look("obama2.jpg")
        assert answer.status_code == 200
        ticket: str = answer.get_json()["student_id"]
        return ticket

    def greet(self, ticket: str) -> TestResponse:
        return call(self.client, "GET", "/greeting", query_string={"student_id": ticket})


def picture_of(name: str) -> str:
    return f"data:image/jpeg;base64,{b64(faces.image_bytes(name))}"


def call(client: FlaskClient, method: str, path: str, **given: Any) -> TestResponse:
    headers = FROM_ITS_PAGE | given.pop("headers", {})
    return client.open(path, method=method, headers=headers, **given)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstSystem]:
    seconds = Seconds()
    folder = tmp_path_factory.mktemp("data")
    otherwise = {"required_assurance": "live", "identification": "off"}
    app = create_app(now=seconds, data_dir=folder, _env_file=None, **otherwise)
    client = app.test_client(use_cookies=False)
    body = {
        "email": "barack@example.org",
        "username": "barack",
        "image": picture_of("obama.jpg"),
    }
    registered = call(client, "POST", "/register", json=body)
    yield FirstSystem(app=app, client=client, seconds=seconds, registered=registered)
    app.extensions["facelogin"].close()


def test_registering_answers_the_message_that_the_client_shows(system: FirstSystem) -> None:
    assert system.registered.status_code == 201
    assert system.registered.get_json()["message"] == "Welcome, barack. You are signed in."


def test_a_picture_alone_signs_in_and_answers_what_the_client_reads(system: FirstSystem) -> None:
    answer = system.look("obama2.jpg")
    body = answer.get_json()
    assert (answer.status_code, body["username"]) == (200, "barack")
    assert body["message"] == "Welcome back, barack."
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.headers["Set-Cookie"].startswith("facelogin=")


def test_a_ticket_greets_by_name_and_sets_nothing(system: FirstSystem) -> None:
    answer = system.greet(system.ticket())
    assert answer.status_code == 200
    assert answer.get_json() == {"username": "barack", "message": "Welcome back, barack."}
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_stranger_gets_no_ticket(system: FirstSystem) -> None:
    refused(system.look("biden.jpg"), 401, "not_recognised")


def test_tickets_are_random_and_say_nothing_of_the_account(system: FirstSystem) -> None:
    first, second = system.look("obama2.jpg").get_json(), system.look("obama2.jpg").get_json()
    assert first["student_id"] != second["student_id"]
    assert first["user_id"] == second["user_id"]
    assert TICKET_BYTES * 8 == 256
    assert {len(first["student_id"]), len(second["student_id"])} == {43}  # 256 bits in base64


def test_a_ticket_greets_again_until_it_expires(system: FirstSystem) -> None:
    ticket = system.ticket()
    assert [system.greet(ticket).status_code for _ in range(2)] == [200, 200]
    system.seconds.now += TICKET_LASTS_S - 1
    assert system.greet(ticket).status_code == 200
    system.seconds.now += 1
    refused(system.greet(ticket), 401, "session_required")


def test_expired_tickets_are_forgotten() -> None:
    seconds = Seconds()
    tickets = GreetingTickets(seconds)
    old = [tickets.issue("ana") for _ in range(3)]
    seconds.now += TICKET_LASTS_S
    new = tickets.issue("ben")
    assert set(tickets._kept) == {new}
    assert tickets.username_of(new) == "ben"
    for ticket in old:
        with pytest.raises(SessionRequired):
            tickets.username_of(ticket)


@pytest.mark.parametrize("ticket", [NO_TICKET, "", "barack"])
def test_what_is_no_ticket_is_refused(system: FirstSystem, ticket: str) -> None:
    refused(system.greet(ticket), 401, "session_required")


def test_the_id_of_the_account_is_no_ticket(system: FirstSystem) -> None:
    refused(system.greet(system.registered.get_json()["user_id"]), 401, "session_required")


def test_without_a_ticket_and_a_session_nobody_is_greeted(system: FirstSystem) -> None:
    refused(call(system.client, "GET", "/greeting"), 401, "session_required")


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_a_ticket_is_no_session(system: FirstSystem, method: str, path: str) -> None:
    ticket = system.ticket()
    for given in (
        {"query_string": {"student_id": ticket}},
        {"headers": {"Cookie": f"facelogin={ticket}"}},
        {"headers": {"Authorization": f"Bearer {ticket}"}},
    ):
        refused(call(system.client, method, path, **given), 401, "session_required")


def test_a_ticket_opens_no_session_for_who_comes_with_cookies(system: FirstSystem) -> None:
    ticket, browser = system.ticket(), system.app.test_client()
    greeted = browser.get("/greeting", query_string={"student_id": ticket})
    assert greeted.status_code == 200
    refused(browser.get("/session"), 401, "session_required")


def test_sessions_are_greeted_as_before(system: FirstSystem) -> None:
    browser = system.app.test_client()
    body = browser.post("/login", json={"image": picture_of("obama2.jpg")}).get_json()
    assert browser.get("/greeting").get_json()["username"] == "barack"
    own = browser.get("/greeting", query_string={"user_id": body["user_id"]})
    assert own.status_code == 200
    refused(browser.get("/greeting?user_id=another"), 403, "not_yours")
    refused(browser.get(f"/greeting?student_id={NO_TICKET}"), 401, "session_required")


@pytest.mark.parametrize("query", ["", f"?student_id={NO_TICKET}"])
def test_a_browser_that_goes_to_the_greeting_gets_its_page(system: FirstSystem, query: str) -> None:
    answer = system.client.get(f"/greeting{query}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/welcome")


@pytest.mark.parametrize(
    ("path", "method"),
    [("/register", "POST"), ("/login", "POST"), ("/greeting?student_id=x", "GET")],
)
def test_its_page_may_call_and_read(system: FirstSystem, path: str, method: str) -> None:
    asked = {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = call(system.client, "OPTIONS", path, headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == ITS_PAGE
    assert preflight.headers["Access-Control-Allow-Headers"].lower() == "content-type"
    answer = call(system.client, method, path, json={} if method == "POST" else None)
    assert answer.headers["Access-Control-Allow-Origin"] == ITS_PAGE


def test_pages_of_other_origins_may_neither_call_nor_read(system: FirstSystem) -> None:
    elsewhere = {"Origin": "http://localhost:3001"}
    picture = {"image": picture_of("obama2.jpg")}
    answer = call(system.client, "POST", "/login", headers=elsewhere, json=picture)
    refused(answer, 403, "cross_site")
    ticket = {"student_id": system.ticket()}
    answer = call(system.client, "GET", "/greeting", headers=elsewhere, query_string=ticket)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_names_that_resolve_to_loopback_are_refused(system: FirstSystem) -> None:
    ticket, rebound = {"student_id": system.ticket()}, {"Host": "evil.example:5000"}
    answer = call(system.client, "GET", "/greeting", headers=rebound, query_string=ticket)
    refused(answer, 403, "cross_site")


def test_the_production_profile_is_refused(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("production")
    for name, value in production(folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FACELOGIN_DATA_DIR", str(folder / "data"))
    with pytest.raises(ConfigurationError, match="development only"):
        create_app(profile=Profile.PRODUCTION, _env_file=None)
    monkeypatch.setenv("FACELOGIN_PROFILE", "production")
    with pytest.raises(ConfigurationError, match="development only"):
        create_app(_env_file=None)
    assert not (folder / "data").exists()


def test_a_photo_alone_is_enough_whatever_else_is_set(system: FirstSystem) -> None:
    config = system.client.get("/config").get_json()
    assert (config["required_assurance"], config["identification"]) == ("photo", "on")
