"""Colours on the screen and models' opinions: what a live capture asks beside the movements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

import live_frames
from apps import FakeApp, fake_app_with, refused
from capturing import capture_client, live, passed
from facelogin.domain.audit import event_of
from facelogin.domain.flash import PALETTE
from facelogin.domain.pad import PadAction
from facelogin.domain.policy import Assurance
from facelogin.evaluation.capture_client import Captured, Shot, ShownStep

Answer = Callable[[Sequence[str]], Sequence[Shot]]


def app_with(**settings: object) -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    app = fake_app_with(required_assurance=Assurance.LIVE, **settings)
    captured = capture_client(app.client, app.fakes.clock).capture(
        live("ana"), purpose="register", username="ana", email="ana@example.org"
    )
    answer = app.register(image=None, challenge_id=captured.challenge_id)
    assert answer.status_code == 201, answer.get_json()
    return app


def capture(app: FakeApp, light: Answer | None = None, **wanted: object) -> Captured:
    """Do what is asked as ana; ``light`` answers the colours, by the right ones where not given."""
    follow = live("ana")

    def perform(step: ShownStep) -> Sequence[Shot]:
        return light(step.colours) if light and step.colours else follow(step)

    wanted = {"purpose": "login", "username": "ana"} | wanted
    return capture_client(app.client, app.fakes.clock).capture(perform, **wanted)


def reasons(app: FakeApp) -> list[tuple[str, str]]:
    """Outcome and reason of every record that gives one, in order."""
    rows = app.fakes.store.audit.rows(after=None, limit=1000)
    events = [event_of(row) for row in rows]
    return [(one.outcome, one.reason) for one in events if one is not None and one.reason]


def steps(captured: Captured) -> list[str]:
    return [answer["step"]["type"] for answer in captured.answers if "step" in answer]


@pytest.fixture
def flashing() -> FakeApp:
    return app_with(flash=True)


def test_colours_follow_the_turns_and_are_drawn_anew(flashing: FakeApp) -> None:
    shown = []
    for _ in range(2):
        captured = capture(flashing)
        assert captured.outcome == "passed"
        assert steps(captured) == ["turn", "turn", "turn", "flash"]
        shown.append(captured.answers[3]["step"])
    assert shown[0]["colours"] != shown[1]["colours"]
    for step in shown:
        assert len(step["colours"]) == 8
        assert set(step["colours"]) <= set(PALETTE)
        assert (step["slot_ms"], step["min_frames"], step["max_ms"]) == (500, 8, 8000)
    assert flashing.client.get("/config").get_json()["flash"] is True
    assert reasons(flashing) == []


def test_no_colours_unless_the_operator_wants_them() -> None:
    app = app_with()
    assert app.client.get("/config").get_json()["flash"] is False
    captured = capture(app)
    assert steps(captured) == ["turn", "turn", "turn"]
    assert reasons(app) == []


def test_anybody_may_go_without_colours_and_that_is_recorded(flashing: FakeApp) -> None:
    captured = capture(flashing, flash=False)
    assert (captured.outcome, steps(captured)) == ("passed", ["turn", "turn", "turn"])
    assert reasons(flashing) == [("ok", "no_flash")]
    assert flashing.login(image=None, challenge_id=captured.challenge_id).status_code == 200


def test_other_colours_than_those_shown_fail(flashing: FakeApp) -> None:
    def reversed_channels(colours: Sequence[str]) -> Sequence[Shot]:
        turned = [f"#{one[3:5]}{one[5:7]}{one[1:3]}" for one in colours]
        return live_frames.flash("ana", turned)

    captured = capture(flashing, reversed_channels)
    assert (captured.outcome, captured.code) == ("failed", "liveness_failed")
    assert reasons(flashing) == [("refused", "flash")]
    answer = flashing.login(image=None, challenge_id=captured.challenge_id)
    refused(answer, 403, "liveness_failed")


def test_light_too_weak_to_be_seen_is_recorded_and_refuses_nobody(flashing: FakeApp) -> None:
    captured = capture(flashing, lambda colours: live_frames.flash("ana", colours, gain=0.015))
    assert captured.outcome == "passed"
    assert reasons(flashing) == [("ok", "flash_inconclusive")]


def test_surroundings_that_answer_like_the_face_are_recorded(flashing: FakeApp) -> None:
    captured = capture(flashing, lambda colours: live_frames.flash("ana", colours, beside=0.9))
    assert captured.outcome == "passed"
    assert reasons(flashing) == [("ok", "flash_paper")]


def test_who_looks_away_gets_other_colours_once(flashing: FakeApp) -> None:
    captured = capture(flashing, lambda colours: live_frames.flash("ana", colours, yaw=25))
    first, again, end = captured.answers[-3:]
    assert (again["status"], again["code"]) == ("repeat", "face_turned_away")
    assert again["step"]["colours"] != first["step"]["colours"]
    assert (end["status"], end["code"]) == ("failed", "face_turned_away")


def test_another_face_in_the_coloured_light_fails(flashing: FakeApp) -> None:
    captured = capture(flashing, lambda colours: live_frames.flash("eve", colours))
    assert (captured.outcome, captured.code) == ("failed", "liveness_failed")
    assert reasons(flashing) == [("refused", "continuity")]


def test_too_few_frames_of_a_flash_are_asked_for_once_more(flashing: FakeApp) -> None:
    captured = capture(flashing, lambda colours: live_frames.flash("ana", colours)[:7])
    told = [(answer["status"], answer["code"]) for answer in captured.answers[-2:]]
    assert told == [("repeat", "frames_missing"), ("failed", "frames_missing")]


def test_doubtful_models_only_leave_a_record() -> None:
    app = app_with(pad_action=PadAction.LOG)
    app.fakes.detector.live = 0.1
    captured = passed(app.client, app.fakes.clock)
    assert app.login(image=None, challenge_id=captured.challenge_id).status_code == 200
    assert reasons(app) == [("ok", "pad_risk")]
    answer = app.client.patch("/account", json={"email": "b@example.org"})
    assert answer.status_code == 200


@pytest.mark.parametrize("live_share", [None, 0.2, 0.99])
def test_models_that_see_a_person_or_nothing_change_nothing(live_share: float | None) -> None:
    app = app_with(pad_action=PadAction.REFUSE)
    app.fakes.detector.live = live_share
    captured = passed(app.client, app.fakes.clock)
    assert app.login(image=None, challenge_id=captured.challenge_id).status_code == 200
    assert reasons(app) == []


def test_doubtful_models_refuse_at_the_end_where_the_operator_wants_that() -> None:
    app = app_with(pad_action=PadAction.REFUSE)
    app.fakes.detector.live = 0.1
    captured = capture(app)
    assert (captured.outcome, captured.code) == ("failed", "liveness_failed")
    assert steps(captured) == ["turn", "turn", "turn"]
    assert reasons(app) == [("ok", "pad_risk"), ("refused", "pad_risk")]
    refused(app.login(image=None, challenge_id=captured.challenge_id), 403, "liveness_failed")


def test_after_a_doubtful_capture_everything_sensitive_asks_for_another_look() -> None:
    app = app_with(pad_action=PadAction.STEP_UP)
    app.fakes.detector.live = 0.1
    captured = passed(app.client, app.fakes.clock)
    assert app.login(image=None, challenge_id=captured.challenge_id).status_code == 200
    refused(
        app.client.patch("/account", json={"email": "b@example.org"}), 403, "fresh_login_required"
    )

    again = capture(app, purpose="step_up")
    body = {"challenge_id": again.challenge_id}
    assert app.client.post("/session/step-up", json=body).status_code == 200
    refused(
        app.client.patch("/account", json={"email": "b@example.org"}), 403, "fresh_login_required"
    )

    app.fakes.detector.live = 0.9
    sure = capture(app, purpose="step_up")
    body = {"challenge_id": sure.challenge_id}
    assert app.client.post("/session/step-up", json=body).status_code == 200
    assert app.client.patch("/account", json={"email": "b@example.org"}).status_code == 200


def test_a_doubtful_capture_replaces_no_face() -> None:
    app = app_with(pad_action=PadAction.STEP_UP)
    first = passed(app.client, app.fakes.clock)
    assert app.login(image=None, challenge_id=first.challenge_id).status_code == 200
    app.fakes.detector.live = 0.1
    doubtful = capture(app, purpose="step_up")
    answer = app.client.post("/account/face", json={"challenge_id": doubtful.challenge_id})
    refused(answer, 403, "fresh_login_required")
