"""A closed face factor over HTTP: one code everywhere, for nobody's name as for an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from apps import FakeApp, fake_app_with, person, refused
from capturing import ByHand, live_app
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action

CLOSES_AFTER = 7
LONGEST_WAIT_S = 900


def answer(fake: FakeApp, username: str, face: str) -> tuple[Mapping[str, str], dict[str, Any]]:
    """What a browser that never signed in hears: all headers and the body, but for the ids."""
    body = {"username": username, "image": person(face)}
    response = fake.app.test_client().post("/login", json=body)
    headers, told = dict(response.headers), response.get_json()
    assert headers.pop("X-Request-Id") == told.pop("request_id")
    return headers, {"status": response.status_code} | told


def closed(**settings: Any) -> FakeApp:
    """An application in which the face factor of ana is closed, for devices it does not know."""
    fake = fake_app_with(
        account_close_after=CLOSES_AFTER, account_longest_wait_s=LONGEST_WAIT_S, **settings
    )
    fake.register()
    close(fake, "ana")
    return fake


def close(fake: FakeApp, username: str, client: FlaskClient | None = None) -> None:
    for _ in range(CLOSES_AFTER):
        fake.fakes.clock.moment += timedelta(hours=1)
        body = {"username": username, "image": person("eve")}
        refused((client or fake.client).post("/login", json=body), 401, "not_recognised")


def test_a_closed_name_of_nobodys_is_answered_as_a_closed_account_is() -> None:
    fake = fake_app_with(account_close_after=CLOSES_AFTER)
    fake.register()
    for n in range(CLOSES_AFTER):
        fake.fakes.clock.moment += timedelta(hours=1)
        known, unknown = (answer(fake, name, "eve") for name in ("ana", "nobody"))
        assert known == unknown
        assert known[1]["status"] == 401, n
    for days in (0, 1, 100):
        fake.fakes.clock.moment += timedelta(days=days)
        for face in ("eve", "ana"):
            known, unknown = (answer(fake, name, face) for name in ("ana", "nobody"))
            assert known == unknown
            assert (known[1]["status"], known[0]["Retry-After"]) == (429, "3600")
            assert known[1]["code"] == "factor_closed"


def test_a_recovery_code_opens_the_face_for_its_browser_only() -> None:
    """Strangers must not hear that the owner has signed in."""
    fake = fake_app_with(account_close_after=CLOSES_AFTER)
    codes = fake.register().get_json()["recovery_codes"]
    close(fake, "ana", fake.app.test_client())
    owner = fake.app.test_client()
    by_face = {"username": "ana", "image": person("ana")}
    refused(owner.post("/login", json=by_face), 429, "factor_closed")
    by_code = {"username": "ana", "recovery_code": codes[0]}
    assert owner.post("/login/recovery", json=by_code).status_code == 200
    assert owner.post("/login", json=by_face).status_code == 200
    refused(fake.app.test_client().post("/login", json=by_face), 429, "factor_closed")


def test_the_code_does_not_follow_from_the_wait() -> None:
    """Whatever the longest wait is: a wait as long as it has another code."""
    fake = closed()
    told = refused(fake.login(), 429, "factor_closed")
    assert told["retry_after_s"] == LONGEST_WAIT_S
    waiting = fake_app_with(account_first_wait_s=LONGEST_WAIT_S, account_longest_wait_s=900)
    waiting.register()
    for _ in range(5):
        waiting.login(image=person("eve"))
    told = refused(waiting.login(), 429, "too_many_attempts")
    assert told["retry_after_s"] == LONGEST_WAIT_S


def test_a_live_capture_for_a_closed_name_does_not_begin() -> None:
    fake = live_app(account_close_after=CLOSES_AFTER)
    nobody = {"purpose": "login", "username": "nobody"}
    for name in ("ana", "nobody"):
        for _ in range(CLOSES_AFTER):
            fake.fakes.clock.moment += timedelta(hours=1)
            ByHand.begin(fake, fake.app.test_client(), username=name).reveal()
    refused(fake.client.post("/challenges", json=nobody), 429, "factor_closed")
    refused(
        fake.client.post("/challenges", json=nobody | {"username": "ana"}), 429, "factor_closed"
    )


def test_a_live_capture_that_was_begun_before_tells_it_with_its_first_step() -> None:
    fake = live_app(account_close_after=CLOSES_AFTER, account_failures=100)
    late = ByHand.begin(fake)
    for _ in range(CLOSES_AFTER):
        ByHand.begin(fake, fake.app.test_client()).reveal()
    late.wait(1000)
    refused(late.message().send(late.client), 429, "factor_closed")


def test_a_step_up_with_a_closed_face_tells_it() -> None:
    fake = fake_app_with(account_close_after=CLOSES_AFTER)
    fake.register()
    assert fake.login().status_code == 200
    for _ in range(CLOSES_AFTER):
        fake.fakes.clock.moment += timedelta(minutes=20)
        answer = fake.client.post("/session/step-up", json={"image": person("eve")})
        refused(answer, 401, "not_recognised")
    fake.fakes.clock.moment += timedelta(minutes=20)
    right = {"image": person("ana")}
    refused(fake.client.post("/session/step-up", json=right), 429, "factor_closed")
    refused(fake.client.post("/challenges", json={"purpose": "step_up"}), 429, "factor_closed")


def test_a_face_without_a_name_does_not_get_round_a_closed_account() -> None:
    fake = closed(identification="on", identification_rates="provisional")
    refused(fake.client.post("/login", json={"image": person("ana")}), 429, "factor_closed")


def test_that_it_was_closed_is_in_the_audit_log() -> None:
    fake = closed()
    refused(fake.login(), 429, "factor_closed")
    refused(fake.login(), 429, "factor_closed")
    user = fake.fakes.store.users.find_by_username("ana")
    assert user is not None
    deeds = fake.fakes.services.activity.recent(user, Requester(None, None, "request"))
    locked = [seen.deed.reason for seen in deeds if seen.deed.action is Action.LOCKED]
    assert locked == ["factor_closed"]


@pytest.mark.parametrize(
    "path", ["/login", "/session/step-up", "/challenges", "/challenges/{challenge_id}/steps/{n}"]
)
def test_the_document_names_the_code(path: str) -> None:
    document = fake_app_with().client.get("/openapi.json").get_json()
    described = document["paths"][path]["post"]["responses"]["429"]
    assert "factor_closed" in described["content"]["application/json"]["examples"]
