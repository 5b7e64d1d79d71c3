"""Live captures in tests: over Flask's test client, on clocks that are moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

import live_frames
from apps import FakeApp, fake_app_with
from doubles import HandClock
from facelogin.domain.policy import Assurance
from facelogin.evaluation.capture_client import (
    CaptureClient,
    Captured,
    Perform,
    Shot,
    ShownStep,
    shown,
)
from facelogin.evaluation.presentations.browsers import FlaskBrowser

CAPTURE = "facelogin-capture"


def capture_client(client: FlaskClient, clock: HandClock) -> CaptureClient:
    """Return a client whose time passes by moving the clock."""

    def wait(milliseconds: int) -> None:
        clock.moment += timedelta(milliseconds=milliseconds)

    return CaptureClient(FlaskBrowser(client), wait)


def live(name: str, **turning: Any) -> Perform:
    """Return a performer for the fake engine: somebody of that name who does what is asked."""

    def perform(step: ShownStep) -> Sequence[Shot]:
        if step.colours:
            return live_frames.flash(name, step.colours)
        if step.direction is None:
            return live_frames.centre(name)
        return live_frames.turn(name, step.direction, **turning)

    return perform


def passed(client: FlaskClient, clock: HandClock, username: str = "ana") -> Captured:
    """Return a passed capture of that person, for a login."""
    captured = capture_client(client, clock).capture(
        live(username), purpose="login", username=username
    )
    assert captured.outcome == "passed", captured
    return captured


def live_app(**settings: Any) -> FakeApp:
    """Return an application where a photo is not enough, with ana, who has an account."""
    app = fake_app_with(**{"required_assurance": Assurance.LIVE} | settings)
    registered(app, "ana")
    return app


def registered(app: FakeApp, username: str) -> None:
    """Make an account by a live capture, from a browser of its own."""
    registered_with(app.app.test_client(), app.fakes.clock, username)


def registered_with(client: FlaskClient, clock: HandClock, username: str) -> None:
    """Make an account by a live capture with this client."""
    names = {"username": username, "email": f"{username}@example.org"}
    captured = capture_client(client, clock).capture(live(username), purpose="register", **names)
    assert captured.outcome == "passed", captured
    answer = client.post("/register", json=names | {"challenge_id": captured.challenge_id})
    assert answer.status_code == 201, answer.get_json()


@dataclass(frozen=True)
class Message:
    """An answer to a step, as it can be sent from any client and any number of times."""

    path: str
    body: bytes
    content_type: str

    def send(self, client: FlaskClient) -> TestResponse:
        return client.post(self.path, data=self.body, content_type=self.content_type)


def message(
    path: str, meta: object, parts: Mapping[str, bytes], *, raw: str | None = None
) -> Message:
    """Return an answer to a step; ``raw`` is what the part ``meta`` holds instead of JSON."""
    fields: list[tuple[str, Any]] = [("meta", json.dumps(meta) if raw is None else raw)]
    files = [(name, ("frame.jpg", part, "image/jpeg")) for name, part in parts.items()]
    body, content_type = encode_multipart_formdata(fields + files)
    return Message(path, body, content_type)


@dataclass
class ByHand:
    """A capture that is answered step by step, each message as the test wants it."""

    client: FlaskClient
    clock: HandClock
    challenge_id: str
    nonce: str = field(repr=False)
    step: ShownStep
    seq: int = 0

    @classmethod
    def begin(cls, app: FakeApp, client: FlaskClient | None = None, /, **wanted: object) -> ByHand:
        """Begin one; for a login of ana, unless told otherwise."""
        return cls.begin_with(client or app.client, app.fakes.clock, **wanted)

    @classmethod
    def begin_with(cls, client: FlaskClient, clock: HandClock, /, **wanted: object) -> ByHand:
        """Begin one with this client, as ``begin`` does."""
        asked = {"purpose": "login", "username": "ana"} | wanted
        answer = client.post("/challenges", json=asked)
        assert answer.status_code == 201, answer.get_json()
        begun = answer.get_json()
        return cls(
            client=client,
            clock=clock,
            challenge_id=begun["challenge_id"],
            nonce=begun["nonce"],
            step=shown(begun["step"]),
        )

    def shots(self, name: str = "ana", **turning: Any) -> Sequence[Shot]:
        """Return what somebody of that name shows who does what this step asks."""
        return live(name, **turning)(self.step)

    def message(
        self,
        shots: Sequence[Shot] | None = None,
        *,
        n: int | None = None,
        nonce: str | None = None,
        first_seq: int | None = None,
        frames: Mapping[str, Sequence[object]] | None = None,
        parts: Mapping[str, bytes | None] | None = None,
    ) -> Message:
        """Return the answer to this step, by ana who does it well unless told otherwise.

        ``frames`` gives other values of one field, frame by frame, ``parts`` other parts (None for
        none).
        """
        performed = self.shots() if shots is None else shots
        start = self.seq if first_seq is None else first_seq
        described: list[dict[str, object]] = [
            {"seq": start + i, "t_ms": shot.t_ms, "sha256": hashlib.sha256(shot.jpeg).hexdigest()}
            for i, shot in enumerate(performed)
        ]
        for name, values in (frames or {}).items():
            for one, value in zip(described, values, strict=True):
                one[name] = value
        sent: dict[str, bytes | None] = {
            f"frame-{one['seq']}": shot.jpeg for one, shot in zip(described, performed, strict=True)
        }
        sent |= parts or {}
        return message(
            f"/challenges/{self.challenge_id}/steps/{self.step.n if n is None else n}",
            {"nonce": self.nonce if nonce is None else nonce, "frames": described},
            {name: part for name, part in sent.items() if part is not None},
        )

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self.clock.moment += timedelta(milliseconds=milliseconds)

    def answer(self, shots: Sequence[Shot] | None = None) -> Mapping[str, Any]:
        """Perform the step and send it, as it should be; return the body of the answer."""
        performed = self.shots() if shots is None else shots
        self.wait(performed[-1].t_ms + 50)
        answer = self.message(performed).send(self.client)
        assert answer.status_code == 200, answer.get_json()
        return self.went_on(answer, len(performed))

    def went_on(self, answer: TestResponse, sent: int) -> Mapping[str, Any]:
        """Take note of what an answer says, to so many frames; return its body."""
        body: Mapping[str, Any] = answer.get_json()
        self.seq += sent
        if "step" in body:
            self.step = shown(body["step"])
        return body

    def reveal(self) -> None:
        """Look straight, so that the first turn is shown."""
        assert self.answer()["status"] == "continue"
        assert self.step.direction is not None

    def finish(self) -> str:
        """Do all that is left, well; return the challenge's id."""
        status = "continue"
        while status == "continue":
            status = self.answer()["status"]
        assert status == "passed"
        return self.challenge_id
