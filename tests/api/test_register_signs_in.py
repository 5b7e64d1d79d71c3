"""Registering signs in: the session that POST /register opens, and what it never costs."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, b64, person, refused
from capturing import ByHand, live_app
from facelogin.domain.audit import AuditRow
from facelogin.domain.errors import StoreUnavailable
from faces import image_bytes

ANA = {"username": "ana", "email": "ana@example.org"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def register(client: FlaskClient, name: str = "ana") -> TestResponse:
    body = {"username": name, "email": f"{name}@example.org", "image": person(name)}
    return client.post("/register", json=body)


def test_registering_opens_a_session(fake: FakeApp) -> None:
    client = fake.app.test_client()
    answer = register(client)
    assert answer.status_code == 201
    session = client.get("/session").get_json()
    assert {name: session[name] for name in ("username", "amr", "assurance")} == {
        "username": "ana",
        "amr": ["face"],
        "assurance": "photo",
    }
    assert answer.get_json()["user_id"] == session["user_id"]
    assert client.patch("/account", json={"username": "anna"}).status_code == 200  # it is fresh


def test_a_live_registration_opens_a_live_session() -> None:
    fake = live_app()
    client = fake.app.test_client()
    eve = {"username": "eve", "email": "eve@example.org"}
    capture = ByHand.begin(fake, client, purpose="register", **eve)
    while "step" in capture.answer(capture.shots("eve")):
        pass
    shown = {"challenge_id": capture.challenge_id}
    assert client.post("/register", json=eve | shown).status_code == 201
    assert client.get("/session").get_json()["assurance"] == "live"


def test_registering_is_recorded_as_a_sign_in(fake: FakeApp) -> None:
    client = fake.app.test_client()
    register(client)
    told = client.get("/account/activity").get_json()["activity"]
    assert [(one["action"], one.get("factor")) for one in told] == [
        ("login", "face"),
        ("register", None),
    ]
    user = fake.fakes.store.users.find_by_username("ana")
    assert user is not None
    assert user.last_used_at == fake.fakes.clock.moment


def test_registering_ends_the_session_before(fake: FakeApp) -> None:
    client = fake.app.test_client()
    register(client)
    first = client.get_cookie("facelogin")
    assert first is not None
    assert register(client, "bob").status_code == 201
    assert client.get("/session").get_json()["username"] == "bob"
    client.set_cookie("facelogin", first.value)
    refused(client.get("/session"), 401, "session_required")


def test_registering_adopts_no_planted_token(fake: FakeApp) -> None:
    client = fake.app.test_client()
    client.set_cookie("facelogin", "A" * 43)
    register(client)
    kept = client.get_cookie("facelogin")
    assert kept is not None
    assert kept.value != "A" * 43


def test_a_refused_registration_keeps_the_session(fake: FakeApp) -> None:
    client = fake.app.test_client()
    register(client)
    refused(register(client), 409, "username_taken")
    assert client.get("/session").get_json()["username"] == "ana"


@pytest.mark.parametrize("write", ["add", "revoke"])
def test_without_a_session_the_codes_are_told(
    monkeypatch: pytest.MonkeyPatch, fake: FakeApp, write: str
) -> None:
    """The account is there, so its codes must not be lost; and nobody else stays signed in."""
    client = fake.app.test_client()
    register(client, "bob")

    def fail(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(fake.fakes.store.sessions, write, fail)
    answer = register(client)
    assert answer.status_code == 201
    assert len(answer.get_json()["recovery_codes"]) == 10
    assert "device" not in str(answer.headers.getlist("Set-Cookie"))
    monkeypatch.undo()
    refused(client.get("/session"), 401, "session_required")
    assert client.post("/login", json={"username": "ana", "image": person()}).status_code == 200


def test_every_store_keeps_the_session_and_its_browser(client: FlaskClient) -> None:
    body = {"username": "barack", "email": "barack@example.org"}
    face = {"image": b64(image_bytes("obama.jpg"))}
    said = {"User-Agent": FIREFOX}
    assert client.post("/register", json=body | face, headers=said).status_code == 201
    (session,) = client.get("/account/sessions").get_json()["sessions"]
    assert (session["browser"], session["current"]) == ("Firefox on Windows", True)
    told = client.get("/account/activity").get_json()["activity"]
    assert [one["browser"] for one in told] == ["Firefox on Windows"] * 2


def test_a_failed_record_signs_nobody_in(monkeypatch: pytest.MonkeyPatch, fake: FakeApp) -> None:
    """The record of the sign-in comes first: without it there is no session."""
    client = fake.app.test_client()
    append = fake.fakes.store.audit.append
    rows: list[str] = []

    def once(row: AuditRow) -> bool:
        rows.append(json.loads(row.body)["action"])
        if rows[-1] == "login":
            raise StoreUnavailable
        return append(row)

    monkeypatch.setattr(fake.fakes.store.audit, "append", once)
    assert register(client).status_code == 201
    assert rows[:2] == ["register", "login"]
    refused(client.get("/session"), 401, "session_required")
