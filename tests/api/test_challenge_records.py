"""What is recorded of a live capture: the first broken rule; never a face, nor a figure."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import pytest

from apps import FakeApp, refused
from audit_rows import all_events
from capturing import ByHand, live_app
from facelogin.domain.ports import Store
from facelogin.evaluation.capture_client import Shot as AnyShot
from live_frames import Shot, centre, frame

Flawed = Callable[[ByHand], Sequence[AnyShot]]
TOLD = {"liveness_failed", "face_not_found", "turn_more", "challenge_expired"}


@pytest.fixture
def fake() -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    return live_app()


def captures(fake: FakeApp) -> list[tuple[str | None, str | None, str | None]]:
    """Outcome, subject and reason of every record about a live capture."""
    events = all_events(cast(Store, fake.fakes.store))
    return [
        (one.outcome, one.subject, one.reason) for one in events if one.action == "live_capture"
    ]


def subject_of(fake: FakeApp, username: str) -> str | None:
    user = fake.fakes.store.users.find_by_username(username)
    return None if user is None else f"subject:{user.user_id}"


def each_frame_twice(capture: ByHand) -> list[Shot]:
    shots = centre("ana", count=10)
    return [Shot(shot.t_ms, shots[i - i % 2].jpeg) for i, shot in enumerate(shots)]


def too_quick(capture: ByHand) -> list[Shot]:
    return [Shot(50 * number + 50, frame("ana")) for number in range(6)]


BEFORE: dict[str, Flawed] = {
    "faces": lambda _: [Shot(150 * n + 150, frame("ana", faces=0)) for n in range(5)],
    "frontal": lambda _: [Shot(150 * n + 150, frame("ana", yaw=9.0 * n)) for n in range(5)],
    "timing": lambda _: [Shot(2100 * n + 150, frame("ana")) for n in range(5)],
    "repeated_frame": each_frame_twice,
    "continuity": lambda _: [*centre("ana", count=2), *centre("eve", count=5)[2:]],
    "clock": too_quick,
}
AFTER: dict[str, Flawed] = {
    "parallax": lambda capture: capture.shots(depth=0.0),
    "continuity": lambda capture: capture.shots("eve"),
    "jump": lambda capture: capture.shots(path=(0, 0, 0, 1, 1, 1, 0, 0), peak=60.0),
}


@pytest.mark.parametrize("username", ["ana", "nobody"])
@pytest.mark.parametrize("rule", [*BEFORE, *(f"{rule} of a turn" for rule in AFTER)])
def test_the_first_broken_rule_is_recorded_and_not_told(
    fake: FakeApp, rule: str, username: str
) -> None:
    capture = ByHand.begin(fake, username=username)
    rule, _, turning = rule.partition(" ")
    if turning:
        capture.reveal()
    flawed = (AFTER if turning else BEFORE)[rule]
    body = capture.answer(flawed(capture))
    if body["status"] == "repeat":
        body = capture.answer(flawed(capture))
    assert set(body) == {"status", "code"}
    assert body["status"] == "failed"
    assert body["code"] in TOLD | {"face_turned_away", "frames_missing"}
    assert captures(fake) == [("refused", subject_of(fake, username), rule)]


def test_what_was_seen_in_an_earlier_capture_is_recorded_as_such(fake: FakeApp) -> None:
    recorded = centre("ana")
    ByHand.begin(fake).answer(recorded)
    body = ByHand.begin(fake).answer([Shot(one.t_ms + 3, one.jpeg) for one in recorded])
    assert body == {"status": "failed", "code": "liveness_failed"}
    assert captures(fake) == [("refused", subject_of(fake, "ana"), "freshness")]


def test_a_turn_that_is_asked_for_again_is_no_record(fake: FakeApp) -> None:
    capture = ByHand.begin(fake)
    capture.reveal()
    assert capture.answer(capture.shots(peak=9.0)[:8])["status"] == "repeat"
    while capture.step.n < 4:
        capture.answer(capture.shots(path=(0, 0.35, 0.7, 1, 1, 0.7, 0.35, 0)))
    assert captures(fake) == []


def test_its_owner_is_told_of_a_failed_capture_and_not_of_the_rule(fake: FakeApp) -> None:
    """Whoever tries pictures on an account of their own learns nothing from it."""
    capture = ByHand.begin(fake)
    capture.reveal()
    capture.answer(capture.shots(depth=0.0))
    assert fake.login(image=None, challenge_id=ByHand.begin(fake).finish()).status_code == 200
    for path in ("/account/activity", "/account/export"):
        told = fake.client.get(path)
        assert told.status_code == 200
        assert "live_capture" in told.text
        assert "parallax" not in told.text


def test_no_record_and_no_line_holds_a_frame_an_embedding_or_a_figure(
    fake: FakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    capture = ByHand.begin(fake)
    while "step" in capture.answer():
        pass
    assert fake.login(image=None, challenge_id=capture.challenge_id).status_code == 200
    for flawed in (*BEFORE.values(), *AFTER.values()):
        capture = ByHand.begin(fake)
        if flawed in AFTER.values():
            capture.reveal()
        while "step" in capture.answer(flawed(capture)):
            pass
    capture = ByHand.begin(fake)
    while "step" in capture.answer(capture.shots("eve")):
        pass
    refused(fake.login(image=None, challenge_id=capture.challenge_id), 401, "not_recognised")

    events = all_events(cast(Store, fake.fakes.store))
    assert len([one for one in events if one.action == "live_capture"]) == len(BEFORE) + len(AFTER)
    rows = fake.fakes.store.audit.rows(after=None, limit=1000)
    written = "\n".join([*(row.body for row in rows), *map(line_of, caplog.records)])
    for secret in secrets_of(fake):
        assert secret not in written
    for event in events:
        assert event.reason is None or event.reason.replace("_", "").isalpha()


def line_of(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {vars(record)}"


def secrets_of(fake: FakeApp) -> list[str]:
    """What stands for frames and embeddings in text, and figures of the frames themselves."""
    engine = fake.fakes.services.engine
    said = ["\\xff\\xd8\\xff", "eyes_px", '"yaw"', "yaw_deg", "right=", "distance"]
    for name in ("ana", "eve"):
        (sighting,) = engine.follow([frame(name)])
        embedding = engine.embed(sighting.observation, sighting.observation.faces[0])
        data: Any = np.asarray(embedding, np.float32).tobytes()
        said += [base64.b64encode(data).decode()[:24], data.hex()[:24]]
        said += [f"{float(value):.5f}" for value in embedding[:8]]
    return said
