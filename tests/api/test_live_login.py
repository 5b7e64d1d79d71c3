"""A live capture signs in, and a photo does not where ``live`` is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps import FakeApp, fake_app_with, refused
from capturing import capture_client, live, passed
from facelogin.domain.policy import Assurance


@pytest.fixture
def fake() -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    app = fake_app_with(required_assurance=Assurance.LIVE)
    captured = capture_client(app.client, app.fakes.clock).capture(
        live("ana"), purpose="register", username="ana", email="ana@example.org"
    )
    assert captured.outcome == "passed", captured
    answer = app.register(image=None, challenge_id=captured.challenge_id)
    assert answer.status_code == 201, answer.get_json()
    return app


def test_who_follows_the_steps_is_signed_in(fake: FakeApp) -> None:
    captured = passed(fake.client, fake.fakes.clock)
    answer = fake.login(image=None, challenge_id=captured.challenge_id)
    assert answer.get_json()["username"] == "ana"
    session = fake.client.get("/session").get_json()
    assert (session["amr"], session["assurance"]) == (["face", "user"], "live")
    assert len(captured.directions) == 3
    assert {"left", "right"} <= set(captured.directions)


def test_a_capture_is_spent_once(fake: FakeApp) -> None:
    captured = passed(fake.client, fake.fakes.clock)
    assert fake.login(image=None, challenge_id=captured.challenge_id).status_code == 200
    refused(fake.login(image=None, challenge_id=captured.challenge_id), 409, "challenge_spent")


def test_a_photo_is_refused(fake: FakeApp) -> None:
    refused(fake.login(), 403, "liveness_required")


def test_another_face_is_not_recognised_and_has_counted(fake: FakeApp) -> None:
    for _ in range(5):
        captured = capture_client(fake.client, fake.fakes.clock).capture(
            live("eve"), purpose="login", username="ana"
        )
        answer = fake.login(image=None, challenge_id=captured.challenge_id)
        refused(answer, 401, "not_recognised")
    answer = fake.client.post("/challenges", json={"purpose": "login", "username": "ana"})
    refused(answer, 429, "too_many_attempts")


def test_a_passed_capture_lasts_a_minute(fake: FakeApp) -> None:
    captured = passed(fake.client, fake.fakes.clock)
    fake.fakes.clock.moment += timedelta(seconds=60)
    refused(fake.login(image=None, challenge_id=captured.challenge_id), 410, "challenge_expired")
