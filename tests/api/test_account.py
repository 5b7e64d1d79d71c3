"""What people see and change about their own account, and what they must show for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from doubles import NOTICE
from facelogin.domain.errors import TemplateSuperseded
from facelogin.domain.policy import Assurance

ANA = {"username": "ana", "email": "ana@example.org"}
FRESH_S = 300


@pytest.fixture
def fake() -> FakeApp:
    """An application in which ana is signed in and ben has an account."""
    app = fake_app_with()
    app.register("ben")
    app.register()
    app.login()
    return app


def patch(fake: FakeApp, **body: object) -> TestResponse:
    return fake.client.patch("/account", json=body)


def re_enrol(fake: FakeApp, **body: object) -> TestResponse:
    return fake.client.post("/account/face", json=body or {"image": person("ana with glasses")})


def account(fake: FakeApp) -> dict[str, Any]:
    body: dict[str, Any] = fake.client.get("/account").get_json()
    return body


# --- looking ------------------------------------------------------------------------------------


def test_an_account_tells_what_is_kept_and_no_template(fake: FakeApp) -> None:
    told = account(fake)
    assert told.pop("user_id")
    assert told == ANA | {
        "created_at": "2026-03-01T12:00:00Z",
        "consent": None,
        "recovery_codes_left": 10,
        "template": {
            "engine_id": "fake",
            "engine_version": "1",
            "image_count": 1,
            "created_at": "2026-03-01T12:00:00Z",
        },
    }


def test_an_account_tells_which_notice_was_agreed_to() -> None:
    fake = fake_app_with(consent_required=True)
    fake.register(consent=NOTICE.version)
    fake.login()
    given = {"notice_version": NOTICE.version, "given_at": "2026-03-01T12:00:00Z"}
    assert account(fake)["consent"] == given | {"outdated": False}


# --- changing names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"username": "ana.b"},
        {"email": "b@example.org"},
        {"username": "ana.b", "email": "b@example.org"},
        {"username": "ANA"},
        {"email": "Ana@example.org"},
        {"username": None, "email": "b@example.org"},
    ],
)
def test_what_is_given_is_changed_and_told(fake: FakeApp, change: dict[str, str | None]) -> None:
    before = account(fake)
    response = patch(fake, **change)
    assert response.status_code == 200
    expected = before | {name: value for name, value in change.items() if value}
    assert response.get_json() == account(fake) == expected


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"username": "BEN"}, 409, "username_taken"),
        ({"email": "Ben@Example.org"}, 409, "email_taken"),
        ({"username": "free", "email": "ben@example.org"}, 409, "email_taken"),
        ({"username": "ben", "email": "ben@example.org"}, 409, "username_taken"),
        ({}, 422, "invalid_request"),
        ({"username": None}, 422, "invalid_request"),
        ({"username": ""}, 422, "invalid_request"),
        ({"username": "no/name"}, 422, "invalid_request"),
        ({"username": 1}, 422, "invalid_request"),
        ({"username": "free", "email": "no email"}, 422, "invalid_request"),
        ({"username": "no/name", "email": "free@example.org"}, 422, "invalid_request"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    fake: FakeApp, change: dict[str, object], status: int, code: str
) -> None:
    before = account(fake)
    refused(patch(fake, **change), status, code)
    assert account(fake) == before


def test_an_empty_change_names_both_fields(fake: FakeApp) -> None:
    problem = refused(patch(fake), 422, "invalid_request")
    assert set(problem["fields"]) == {"username", "email"}


def test_what_is_no_json_is_refused(fake: FakeApp) -> None:
    json = "application/json"
    refused(fake.client.patch("/account", data="{", content_type=json), 400, "not_json")
    refused(fake.client.patch("/account", data="x"), 415, "media_type_unsupported")


def test_a_face_outlives_its_username(fake: FakeApp) -> None:
    patch(fake, username="countess")
    refused(fake.login(), 401, "not_recognised")
    assert fake.login("countess", image=person()).status_code == 200
    assert fake.client.get("/greeting").get_json()["username"] == "countess"


# --- enrolling anew -----------------------------------------------------------------------------


def test_a_new_face_takes_the_place_of_the_old_one(fake: FakeApp) -> None:
    fake.fakes.clock.moment += timedelta(minutes=1)
    response = re_enrol(fake, images=[person("new"), person("new")])
    assert response.status_code == 200
    template = response.get_json()["template"]
    assert template == account(fake)["template"]
    assert (template["image_count"], template["created_at"]) == (2, "2026-03-01T12:01:00Z")
    refused(fake.login(), 401, "not_recognised")
    assert fake.login(image=person("new")).status_code == 200


def test_every_other_device_is_signed_out_and_this_one_is_not(fake: FakeApp) -> None:
    other = fake.app.test_client()
    other.post("/login", json={"username": "ana", "image": person()})
    assert other.get("/session").status_code == 200
    (given,) = re_enrol(fake).headers.getlist("Set-Cookie")
    assert given.startswith("facelogin-device=")  # known anew; the session's cookie stays
    refused(other.get("/session"), 401, "session_required")
    assert fake.client.get("/session").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"nothing": 1}, 422, "invalid_request"),
        ({"image": "?"}, 422, "invalid_request"),
        ({"image": person(), "images": [person()]}, 422, "invalid_request"),
        ({"images": []}, 422, "invalid_request"),
        ({"images": [person()] * 6}, 422, "invalid_request"),
        ({"images": [person(), person("eve")]}, 422, "invalid_request"),
        ({"image": "bm9ib2R5"}, 422, "face_not_found"),
        ({"challenge_id": "unknown"}, 404, "challenge_unknown"),
    ],
)
def test_a_face_that_is_refused_changes_nothing(
    fake: FakeApp, body: dict[str, object], status: int, code: str
) -> None:
    before = account(fake)
    refused(re_enrol(fake, **body), status, code)
    assert account(fake) == before
    assert fake.login().status_code == 200


def test_whoever_comes_second_is_told(fake: FakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake.fakes.store.users, "replace_template", lambda *_, **__: False)
    body = refused(re_enrol(fake), 409, "template_superseded")
    assert body["message"] == TemplateSuperseded.sentence


def test_where_live_capture_is_required_a_photo_makes_no_new_face(fake: FakeApp) -> None:
    fake.fakes.services.reenrol._required_assurance = Assurance.LIVE
    refused(re_enrol(fake), 403, "liveness_required")


# --- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/account"), ("PATCH", "/account"), ("POST", "/account/face")),
        *(("GET", "/account/sessions"), ("DELETE", "/account/sessions/any")),
        *(("POST", "/session/step-up"), ("POST", "/account/recovery-codes")),
    ],
)
def test_whoever_is_not_signed_in_is_asked_to_whatever_they_send(method: str, path: str) -> None:
    response = fake_app_with().client.open(path, method=method, data="not even JSON")
    refused(response, 401, "session_required")


def test_after_five_minutes_a_change_needs_the_face_once_more(fake: FakeApp) -> None:
    fake.fakes.clock.moment += timedelta(seconds=FRESH_S - 1)
    assert patch(fake, username="ana.b").status_code == 200
    fake.fakes.clock.moment += timedelta(seconds=1)
    before = account(fake)
    refused(patch(fake, username="ana.c"), 403, "fresh_login_required")
    refused(re_enrol(fake), 403, "fresh_login_required")
    assert account(fake) == before
    assert fake.client.post("/session/step-up", json={"image": person()}).status_code == 200
    assert patch(fake, username="ana.c").status_code == 200
    assert re_enrol(fake).status_code == 200


def test_without_a_store_nothing_is_told_and_nothing_changed(fake: FakeApp) -> None:
    fake.fakes.store.switch.down = True
    for response in (fake.client.get("/account"), patch(fake, username="x"), re_enrol(fake)):
        refused(response, 503, "store_unavailable")
