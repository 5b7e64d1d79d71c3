"""Where somebody is signed in, ending that, and making it fresh."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from facelogin.domain.policy import Assurance

SECURE = {"public_url": "https://login.example.org"}


@pytest.fixture
def fake() -> FakeApp:
    """An application in which ana is signed in and ben has an account."""
    app = fake_app_with()
    app.register("ben")
    app.register()
    app.login()
    return app


def another_device(fake: FakeApp, username: str = "ana") -> FlaskClient:
    client = fake.app.test_client()
    client.post("/login", json={"username": username, "image": person(username)})
    return client


def sessions(client: FlaskClient) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get("/account/sessions").get_json()["sessions"]
    return listed


def current(client: FlaskClient) -> str:
    (session_id,) = [one["session_id"] for one in sessions(client) if one["current"]]
    return str(session_id)


def token_of(response: TestResponse) -> str:
    headers = response.headers.getlist("Set-Cookie")
    (header,) = (header for header in headers if not header.partition("=")[0].endswith("-device"))
    (morsel,) = SimpleCookie(header).values()
    return morsel.value


def step_up(fake: FakeApp, **body: object) -> TestResponse:
    return fake.client.post("/session/step-up", json=body or {"image": person()})


# --- the list -----------------------------------------------------------------------------------


def test_a_session_is_listed_with_what_it_is_worth(fake: FakeApp) -> None:
    (session,) = sessions(fake.client)
    assert session.pop("session_id")
    assert session == {
        "created_at": "2026-03-01T12:00:00Z",
        "last_seen_at": "2026-03-01T12:00:00Z",
        "expires_at": "2026-03-02T00:00:00Z",
        "amr": ["face"],
        "assurance": "photo",
        "browser": None,
        "current": True,
    }


def test_the_newest_session_comes_first_and_one_is_the_current_one(fake: FakeApp) -> None:
    fake.fakes.clock.moment += timedelta(minutes=1)
    phone = another_device(fake)
    assert [one["current"] for one in sessions(fake.client)] == [False, True]
    assert [one["current"] for one in sessions(phone)] == [True, False]


def test_nobody_elses_sessions_are_listed(fake: FakeApp) -> None:
    another_device(fake, "ben")
    assert len(sessions(fake.client)) == 1


def test_idle_sessions_are_not_listed(fake: FakeApp) -> None:
    another_device(fake)
    for _ in range(2):
        fake.fakes.clock.moment += timedelta(minutes=16)
        fake.client.get("/session")
    assert [one["current"] for one in sessions(fake.client)] == [True]


def test_no_token_and_no_hash_of_one_is_told(fake: FakeApp) -> None:
    cookie = fake.client.get_cookie("facelogin")
    assert cookie is not None
    (session,) = fake.fakes.store.sessions._sessions.values()
    told = fake.client.get("/account/sessions").text
    assert cookie.value not in told
    assert session.token_sha256.hex() not in told


# --- ending one ---------------------------------------------------------------------------------


def test_another_device_is_signed_out(fake: FakeApp) -> None:
    phone = another_device(fake)
    response = fake.client.delete(f"/account/sessions/{current(phone)}")
    assert (response.status_code, response.data) == (204, b"")
    assert "Set-Cookie" not in response.headers
    refused(phone.get("/session"), 401, "session_required")
    assert fake.client.get("/session").status_code == 200


def test_ending_the_current_session_clears_the_cookie(fake: FakeApp) -> None:
    response = fake.client.delete(f"/account/sessions/{current(fake.client)}")
    assert response.status_code == 204
    assert token_of(response) == ""
    refused(fake.client.get("/session"), 401, "session_required")


def test_another_persons_session_is_as_unknown_as_none(fake: FakeApp) -> None:
    ben = another_device(fake, "ben")
    bodies = []
    for session_id in (current(ben), "unknown", "%00", "%ff", "..", "a" * 5000):
        response = fake.client.delete(f"/account/sessions/{session_id}")
        bodies.append(dict(refused(response, 404, "not_found")))
    for body in bodies:
        body.pop("request_id")
    assert bodies[0] == bodies[1] == bodies[2] == bodies[3]
    assert ben.get("/session").status_code == 200


def test_all_others_end_at_once(fake: FakeApp) -> None:
    phone, tablet, ben = (another_device(fake, name) for name in ("ana", "ana", "ben"))
    answer = fake.client.delete("/account/sessions")
    assert (answer.status_code, answer.get_json()) == (200, {"ended": 2})
    # The browser that asked is known anew, since the grants of all were void.
    assert [one.split("=")[0] for one in answer.headers.getlist("Set-Cookie")] == [
        "facelogin-device"
    ]
    for gone in (phone, tablet):
        refused(gone.get("/session"), 401, "session_required")
    for kept in (fake.client, ben):
        assert kept.get("/session").status_code == 200
    assert fake.client.delete("/account/sessions").get_json() == {"ended": 0}
    told = fake.client.get("/account/activity").get_json()["activity"]
    assert [one["action"] for one in told].count("end_session") == 1


def test_all_sessions_end_at_once(fake: FakeApp) -> None:
    phone = another_device(fake)
    answer = fake.client.delete("/account/sessions?including_this=true")
    assert (answer.status_code, answer.get_json()) == (200, {"ended": 2})
    assert token_of(answer) == ""
    for gone in (phone, fake.client):
        refused(gone.get("/session"), 401, "session_required")


def test_sessions_that_had_ended_are_not_counted(fake: FakeApp) -> None:
    another_device(fake)
    fake.fakes.clock.moment += timedelta(minutes=20)
    fake.client.get("/session")
    fake.fakes.clock.moment += timedelta(minutes=20)  # the other one is idle for too long
    assert fake.client.delete("/account/sessions").get_json() == {"ended": 0}


@pytest.mark.parametrize("said", ["maybe", "", "2"])
def test_which_sessions_to_end_is_never_guessed(fake: FakeApp, said: str) -> None:
    phone = another_device(fake)
    refused(fake.client.delete(f"/account/sessions?including_this={said}"), 422, "invalid_request")
    assert phone.get("/session").status_code == 200


def test_a_session_names_its_browser(fake: FakeApp) -> None:
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1"
    hostile = "<img src=x> \u00e9" + "A" * 9000
    for said in (safari, hostile):
        body = {"username": "ana", "image": person()}
        elsewhere = fake.app.test_client()
        assert elsewhere.post("/login", json=body, headers={"User-Agent": said}).status_code == 200
    named = {one["browser"] for one in sessions(fake.client)}
    assert named == {"Safari on iPhone", None}


def test_a_session_is_ended_once(fake: FakeApp) -> None:
    phone = another_device(fake)
    path = f"/account/sessions/{current(phone)}"
    assert fake.client.delete(path).status_code == 204
    refused(fake.client.delete(path), 404, "not_found")


def test_the_access_log_names_no_session(fake: FakeApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "facelogin.access")
    session_id = current(fake.client)
    fake.client.delete(f"/account/sessions/{session_id}")
    assert session_id not in str([vars(record) for record in caplog.records])


# --- making it fresh ----------------------------------------------------------------------------


def test_showing_the_face_again_makes_the_session_fresh(fake: FakeApp) -> None:
    fake.fakes.clock.moment += timedelta(minutes=20)
    response = step_up(fake)
    assert response.status_code == 200
    assert response.get_json() == {
        "message": "That is you, ana.",
        "fresh_until": "2026-03-01T12:25:00Z",
    }
    assert fake.client.get("/session").get_json()["fresh_until"] == "2026-03-01T12:25:00Z"
    assert len(sessions(fake.client)) == 1


def test_the_old_token_is_refused_afterwards(fake: FakeApp) -> None:
    cookie = fake.client.get_cookie("facelogin")
    assert cookie is not None
    renewed = token_of(step_up(fake))
    assert renewed != cookie.value
    fake.client.set_cookie("facelogin", cookie.value)
    refused(fake.client.get("/session"), 401, "session_required")
    refused(step_up(fake), 401, "session_required")
    fake.client.set_cookie("facelogin", renewed)
    assert fake.client.get("/session").status_code == 200


def test_the_new_cookie_is_set_like_the_first_one() -> None:
    fake = fake_app_with(**SECURE)
    fake.register()
    cookies = {"Cookie": f"__Host-facelogin={token_of(fake.login())}"}
    response = fake.client.post("/session/step-up", json={"image": person()}, headers=cookies)
    (header,) = response.headers.getlist("Set-Cookie")
    assert header.startswith("__Host-facelogin=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"image": person("eve")}, 401, "not_recognised"),
        ({"image": person("ben")}, 401, "not_recognised"),
        ({"image": "bm9ib2R5"}, 422, "face_not_found"),
        ({"images": [person()] * 4}, 422, "invalid_request"),
        ({"username": "ana"}, 422, "invalid_request"),
        ({"challenge_id": "unknown"}, 404, "challenge_unknown"),
    ],
)
def test_a_face_that_is_not_taken_leaves_the_session_as_it_is(
    fake: FakeApp, body: dict[str, object], status: int, code: str
) -> None:
    before = sessions(fake.client)
    response = step_up(fake, **body)
    refused(response, status, code)
    assert "Set-Cookie" not in response.headers
    assert sessions(fake.client) == before


def test_where_live_capture_is_required_a_photo_makes_nothing_fresh(fake: FakeApp) -> None:
    fake.fakes.services.step_up._required_assurance = Assurance.LIVE
    refused(step_up(fake), 403, "liveness_required")


def test_without_a_store_nothing_is_listed_ended_or_renewed(fake: FakeApp) -> None:
    fake.fakes.store.switch.down = True
    for response in (
        fake.client.get("/account/sessions"),
        fake.client.delete("/account/sessions/any"),
        step_up(fake),
    ):
        refused(response, 503, "store_unavailable")
        assert "Set-Cookie" not in response.headers
