"""A live capture is a guess once its first turn is shown, at a name of nobody as at any other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, refused
from capturing import CAPTURE, ByHand, live_app
from facelogin.evaluation.capture_client import Shot as AnyShot
from live_frames import Shot, frame

FREE_FAILURES = 5
NAMES = ["ana", "nobody"]


@pytest.fixture
def fake() -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    return live_app()


def begin(fake: FakeApp, username: str = "ana") -> TestResponse:
    return fake.client.post("/challenges", json={"purpose": "login", "username": username})


def locked(fake: FakeApp, username: str = "ana") -> bool:
    """Whether no more captures are begun for that name."""
    answer = begin(fake, username)
    if answer.status_code == 201:
        return False
    refused(answer, 429, "too_many_attempts")
    return True


def counted(fake: FakeApp, kind: str) -> list[str]:
    """The counters of that kind that hold anything."""
    budgets = fake.fakes.store.budgets._budgets
    return [key for key in budgets if key.startswith(f"{kind}:")]


def covered() -> list[Shot]:
    """Frames of a camera that is covered: they can be mended, and nobody is on them."""
    return [Shot(150 * number + 150, frame("ana", faces=0)) for number in range(8)]


def flawed(capture: ByHand, flaw: str) -> Sequence[AnyShot]:
    if flaw == "covered":
        return covered()
    return capture.shots("eve") if flaw == "another" else capture.shots(depth=0.0)


@pytest.mark.parametrize("username", NAMES)
def test_one_that_is_left_before_a_turn_was_shown_is_no_guess(fake: FakeApp, username: str) -> None:
    for _ in range(4 * FREE_FAILURES):
        ByHand.begin(fake, username=username)
    assert not locked(fake, username)
    assert counted(fake, "face") == []


@pytest.mark.parametrize("username", NAMES)
def test_one_that_is_left_after_its_first_turn_was_shown_is_a_wrong_guess(
    fake: FakeApp, username: str
) -> None:
    for _ in range(FREE_FAILURES):
        assert not locked(fake, username)
        ByHand.begin(fake, username=username).reveal()
    assert locked(fake, username)
    assert len(counted(fake, "face")) == 1


@pytest.mark.parametrize("username", NAMES)
def test_it_counts_before_the_turn_is_shown(fake: FakeApp, username: str) -> None:
    """Captures that were begun while there was room show nothing once there is none."""
    clients = [fake.app.test_client() for _ in range(FREE_FAILURES + 1)]
    begun = [ByHand.begin(fake, client, username=username) for client in clients]
    for capture in begun[:-1]:
        capture.reveal()
    late = begun[-1]
    late.wait(1000)
    body = refused(late.message().send(late.client), 429, "too_many_attempts")
    assert body["retry_after_s"] > 0
    assert not re.findall(r"\b(?:left|right|up|down)\b", str(body))


@pytest.mark.parametrize("username", NAMES)
@pytest.mark.parametrize("flaw", ["flat", "covered", "another"])
def test_every_failure_after_that_is_a_wrong_guess(fake: FakeApp, username: str, flaw: str) -> None:
    for _ in range(FREE_FAILURES):
        capture = ByHand.begin(fake, username=username)
        capture.reveal()
        body = capture.answer(flawed(capture, flaw))
        if body["status"] == "repeat":
            body = capture.answer(flawed(capture, flaw))
        assert body["status"] == "failed"
    assert locked(fake, username)


@pytest.mark.parametrize("username", NAMES)
def test_a_failure_before_that_counts_against_the_network_only(
    fake: FakeApp, username: str
) -> None:
    for _ in range(2 * FREE_FAILURES):
        body = ByHand.begin(fake, username=username).answer(covered())
        assert body == {"status": "failed", "code": "face_not_found"}
    assert not locked(fake, username)
    assert counted(fake, "face") == []
    assert len(counted(fake, "failures")) == 1


def test_a_strangers_success_gives_the_guess_back_and_forgives_none(fake: FakeApp) -> None:
    """Strangers hear nothing of it: what they had failed before still counts."""
    for _ in range(FREE_FAILURES - 1):
        ByHand.begin(fake).reveal()
    for _ in range(2):
        challenge_id = ByHand.begin(fake).finish()
        stranger = fake.app.test_client()
        kept = fake.client.get_cookie(CAPTURE)
        assert kept is not None
        stranger.set_cookie(CAPTURE, kept.value)
        login = {"username": "ana", "challenge_id": challenge_id}
        assert stranger.post("/login", json=login).status_code == 200
        assert not locked(fake)
    ByHand.begin(fake).reveal()
    assert locked(fake)


def test_a_passed_one_that_is_never_spent_is_a_wrong_guess(fake: FakeApp) -> None:
    for _ in range(FREE_FAILURES):
        ByHand.begin(fake).finish()
    assert locked(fake)


def test_a_wrong_face_that_passes_is_one_wrong_guess_and_not_two(fake: FakeApp) -> None:
    for number in range(FREE_FAILURES):
        assert not locked(fake), number
        capture = ByHand.begin(fake)
        while "step" in capture.answer(capture.shots("eve")):
            pass
        answer = fake.login(image=None, challenge_id=capture.challenge_id)
        refused(answer, 401, "not_recognised")
    assert locked(fake)


def test_the_network_pays_for_challenges_whatever_the_name() -> None:
    most = 20
    fake = live_app(network_challenges=most)
    answers = [begin(fake, f"name{number}").status_code for number in range(most)]
    assert answers[:-1] == [201] * (most - 1)  # one was used to register ana
    assert locked(fake, "ana")


def said(answer: TestResponse) -> tuple[object, ...]:
    """What an answer says, but for what is random in it."""
    body = dict(answer.get_json())
    lengths = {name: len(str(body.pop(name, ""))) for name in ("challenge_id", "nonce")}
    body.pop("request_id", None)
    for place in (body, body.get("step", {})):
        place.pop("direction", None)
    cookies = [
        [part for part in header.split("; ") if not part.startswith("Expires")][1:]
        for header in answer.headers.getlist("Set-Cookie")
    ]
    names = [name for name, _ in answer.headers.items()]
    return answer.status_code, body, lengths, cookies, names


def flow(fake: FakeApp, username: str) -> list[tuple[object, ...]]:
    """All that is said to a live stranger who claims to be that person."""
    client = fake.app.test_client()
    begun = client.post("/challenges", json={"purpose": "login", "username": username})
    answers = [begun]
    capture = ByHand.begin(fake, client, username=username)
    for _ in range(4):
        shots = capture.shots("eve")
        capture.wait(shots[-1].t_ms + 50)
        answers.append(capture.message(shots).send(client))
        capture.went_on(answers[-1], len(shots))
    login = {"username": username, "challenge_id": capture.challenge_id}
    answers.append(client.post("/login", json=login))
    return [said(answer) for answer in answers]


@pytest.mark.parametrize("unknown", ["nobody", "no/name at all", "", "x" * 320, "ａｎａ2"])
def test_a_name_that_is_nobodys_is_told_what_any_other_is(fake: FakeApp, unknown: str) -> None:
    known = flow(fake, "ana")
    assert known[-1][0] == 401
    assert flow(fake, unknown) == known


def test_a_locked_name_of_nobody_is_told_what_a_locked_account_is(fake: FakeApp) -> None:
    told = []
    for username in NAMES:
        for _ in range(FREE_FAILURES):
            ByHand.begin(fake, username=username).reveal()
        told.append(said(begin(fake, username)))
        fake.fakes.clock.moment += timedelta(seconds=29)
        told.append(said(begin(fake, username)))
        fake.fakes.clock.moment += timedelta(seconds=2)
        told.append(said(begin(fake, username)))
    assert [one[0] for one in told[:3]] == [429, 429, 201]
    assert told[:3] == told[3:]
