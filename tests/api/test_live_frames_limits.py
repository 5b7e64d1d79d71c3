"""Frames as a weapon: what is no picture ends the capture, and one answer is judged at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, refused
from audit_rows import all_events
from capturing import CAPTURE, ByHand, Message, live_app
from contract.backends import at_once
from facelogin.domain.errors import (
    Busy,
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageTypeUnsupported,
    ImageUnreadable,
)
from facelogin.domain.liveness_policy import LivenessPolicy
from facelogin.domain.observation import Sighting
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import Store
from facelogin.domain.throttle import Tally
from facelogin.face.engine import OnnxFaceEngine
from frame_pictures import PLAIN, PROGRESSIVE, jpeg, with_passes, with_size
from live_frames import JPEG, Shot

HANG_S = 60
POLICY = LivenessPolicy()
LOOKED_AT_FOR = timedelta(seconds=30)
LOGIN = {"purpose": "login", "username": "ana"}
REGISTER = {"purpose": "register", "username": "eve", "email": "eve@example.org"}


@pytest.fixture
def fake() -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    return live_app()


def counted(fake: FakeApp, prefix: str) -> int:
    """How much is booked in the counters whose keys begin like that."""
    budgets = fake.fakes.store.budgets._budgets
    kept = [one for key, one in budgets.items() if key.startswith(prefix)]
    return sum(Tally.load(one.state).slots.total for one in kept)


def unreadable(capture: ByHand) -> Message:
    """An answer with one frame that is no picture."""
    *shots, last = capture.shots()
    return capture.message([*shots, Shot(last.t_ms, JPEG + b"no picture")])


def same_browser(fake: FakeApp) -> FlaskClient:
    """Another connection of the browser that began the capture."""
    kept, client = fake.client.get_cookie(CAPTURE), fake.app.test_client()
    assert kept is not None
    client.set_cookie(CAPTURE, kept.value)
    return client


@pytest.mark.parametrize("wanted", [LOGIN, {**LOGIN, "username": "nobody"}, REGISTER])
def test_an_image_error_ends_the_capture_as_a_guess(fake: FakeApp, wanted: dict[str, str]) -> None:
    guesses, failures = counted(fake, "face:"), counted(fake, "failures:")
    capture = ByHand.begin(fake, **wanted)
    capture.wait(1000)
    refused(unreadable(capture).send(fake.client), 422, "image_unreadable")
    refused(capture.message().send(fake.client), 422, "invalid_request")
    assert counted(fake, "failures:") == failures + 1
    assert counted(fake, "face:") == guesses + (wanted["purpose"] == "login")
    refused(
        fake.login(image=None, challenge_id=capture.challenge_id),
        *((403, "liveness_failed") if wanted == LOGIN else (404, "challenge_unknown")),
    )


def test_after_a_turn_an_image_error_is_the_booked_guess(fake: FakeApp) -> None:
    capture = ByHand.begin(fake)
    capture.reveal()
    before = counted(fake, "face:"), counted(fake, "failures:")
    capture.wait(1000)
    refused(unreadable(capture).send(fake.client), 422, "image_unreadable")
    assert (counted(fake, "face:"), counted(fake, "failures:")) == before == (1, 1)


def test_five_image_errors_lock_like_five_wrong_faces(fake: FakeApp) -> None:
    for _ in range(5):
        capture = ByHand.begin(fake)
        capture.wait(1000)
        refused(unreadable(capture).send(fake.client), 422, "image_unreadable")
    refused(fake.client.post("/challenges", json=LOGIN), 429, "too_many_attempts")


def test_an_image_error_is_told_again_and_counted_once(fake: FakeApp) -> None:
    capture = ByHand.begin(fake)
    capture.wait(1000)
    message = unreadable(capture)
    for _ in range(4):
        refused(message.send(fake.client), 422, "image_unreadable")
    assert counted(fake, "face:") == 1
    events = [one for one in all_events(cast(Store, fake.fakes.store)) if one.reason == "image"]
    assert [(one.action, one.outcome) for one in events] == [("live_capture", "refused")]


@pytest.mark.parametrize(
    "kind", [ImageUnreadable, ImageTypeUnsupported, ImageAnimated, ImageTooLarge]
)
def test_any_image_error_ends_the_capture(
    fake: FakeApp, monkeypatch: pytest.MonkeyPatch, kind: type[ImageRefused]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise kind

    for method in ("check_frames", "follow", "embed"):
        with monkeypatch.context() as patched:
            patched.setattr(fake.fakes.services.engine, method, refuse)
            capture = ByHand.begin(fake)
            capture.wait(1000)
            refused(capture.message().send(fake.client), 422, kind.code)
        refused(capture.message().send(fake.client), 422, "invalid_request")


class RealEyes:
    """An application that looks at real JPEGs, and how often it looked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine = OnnxFaceEngine()
        self.fake = fake_app_with(required_assurance=Assurance.LIVE, engine=cast(Any, self.engine))
        self.decoded = 0
        decode = self.engine._decoder.decode

        def counting(data: bytes) -> Any:
            self.decoded += 1
            return decode(data)

        monkeypatch.setattr(self.engine._decoder, "decode", counting)

    def send(self, images: Sequence[bytes]) -> TestResponse:
        capture = ByHand.begin(self.fake, username="nobody")
        shots = [Shot(150 * n + 150, image + b"%d" % n) for n, image in enumerate(images)]
        capture.wait(2000)
        answer = capture.message(shots).send(self.fake.client)
        refused(
            capture.message(shots[:4], first_seq=50).send(self.fake.client), 422, "invalid_request"
        )
        return answer


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch) -> RealEyes:
    return RealEyes(monkeypatch)


@pytest.mark.parametrize(
    ("images", "code"),
    [
        pytest.param([with_size(PLAIN, 4000, 4000)] * 5, "image_too_large", id="16 MP"),
        pytest.param([with_passes(PROGRESSIVE, 40)] * 5, "frame_refused", id="passes"),
        pytest.param([jpeg(1, 1)] * 5, "frame_refused", id="1x1"),
        pytest.param([*[PLAIN] * 4, jpeg(480, 640)], "frame_refused", id="two sizes"),
        pytest.param([*[PLAIN] * 4, jpeg(1, 1)], "frame_refused", id="one of 1x1"),
        pytest.param([JPEG] * 5, "image_unreadable", id="three bytes"),
    ],
)
def test_what_a_header_tells_is_refused_undecoded(
    eyes: RealEyes, images: Sequence[bytes], code: str
) -> None:
    refused(eyes.send(images), 422, code)
    assert eyes.decoded == 0


def test_frames_without_a_face_are_judged_as_before(eyes: RealEyes) -> None:
    capture = ByHand.begin(eyes.fake, username="nobody")
    shots = [Shot(150 * n + 150, jpeg(320, 240)) for n in range(4)]
    assert capture.answer(shots)["status"] == "failed"


@contextmanager
def looking(fake: FakeApp, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Have every answer looked at for as long as the block runs; give what tells that one is."""
    engine, began, end = fake.fakes.services.engine, threading.Semaphore(0), threading.Event()
    follow = engine.follow

    def slowly(
        images: Sequence[bytes], *, focus: bool, pause: Callable[[], None]
    ) -> tuple[Sighting, ...]:
        began.release()
        assert end.wait(HANG_S)
        return follow(images, focus=focus, pause=pause)

    with monkeypatch.context() as patched:
        patched.setattr(engine, "follow", slowly)
        try:
            yield began
        finally:
            end.set()


@pytest.mark.parametrize("revealed", [False, True])
def test_a_second_answer_is_refused_unread(
    fake: FakeApp, monkeypatch: pytest.MonkeyPatch, *, revealed: bool
) -> None:
    """The same one, another one, and one that is not even a form: none of it is read."""
    capture = ByHand.begin(fake)
    if revealed:
        capture.reveal()
    shots = capture.shots()
    capture.wait(shots[-1].t_ms)
    first, other = capture.message(shots), capture.message(capture.shots())
    no_form = Message(first.path, b"x" * 100, "text/plain")
    with ThreadPoolExecutor(1) as pool:
        with looking(fake, monkeypatch) as began:
            answer = pool.submit(first.send, fake.client)
            assert began.acquire(timeout=HANG_S)
            for second in (first, other, no_form):
                body = refused(second.send(same_browser(fake)), 409, "answer_in_progress")
                assert body["retry_after_s"] == 2
            assert not began.acquire(blocking=False)
        capture.went_on(answer.result(HANG_S), len(shots))
    assert fake.login(image=None, challenge_id=capture.finish()).status_code == 200


def test_of_answers_at_once_one_is_looked_at(
    fake: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = ByHand.begin(fake)
    clients = [same_browser(fake) for _ in range(8)]
    performed = [capture.shots() for _ in clients]
    capture.wait(performed[0][-1].t_ms)
    messages = [capture.message(shots) for shots in performed]
    with ThreadPoolExecutor(1) as pool, looking(fake, monkeypatch) as began:
        one = pool.submit(messages.pop().send, clients.pop())
        assert began.acquire(timeout=HANG_S)
        answers = at_once(
            [partial(m.send, client) for m, client in zip(messages, clients, strict=True)]
        )
        told = [answer for answer in answers if isinstance(answer, TestResponse)]
        assert Counter(answer.status_code for answer in told) == {409: 7}, answers
        assert not began.acquire(blocking=False)
    assert one.result(HANG_S).status_code == 200


def test_an_answer_that_was_refused_as_busy_may_come_again(
    fake: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Busy(retry_after_s=2)

    capture = ByHand.begin(fake)
    shots = capture.shots()
    capture.wait(shots[-1].t_ms)
    message = capture.message(shots)
    with monkeypatch.context() as patched:
        patched.setattr(fake.fakes.services.engine, "follow", busy)
        refused(message.send(fake.client), 503, "busy")
    assert capture.went_on(message.send(fake.client), len(shots))["status"] == "continue"


@pytest.mark.parametrize("longer_time", [False, True])
def test_an_unforeseen_fault_is_no_free_try(
    fake: FakeApp, monkeypatch: pytest.MonkeyPatch, *, longer_time: bool
) -> None:
    """As if the worker had been killed: until it must be dead, no other answer is taken."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    capture = ByHand.begin(fake, longer_time=longer_time)
    shots = capture.shots()
    capture.wait(shots[-1].t_ms)
    message = capture.message(shots)
    with monkeypatch.context() as patched:
        patched.setattr(fake.fakes.services.engine, "follow", broken)
        refused(message.send(fake.client), 500, "internal_error")
    refused(message.send(fake.client), 409, "answer_in_progress")
    fake.fakes.clock.moment += LOOKED_AT_FOR
    body: Mapping[str, Any] = message.send(fake.client).get_json()
    assert body["status"] == ("continue" if longer_time else "failed")


class Cpu:
    """A processor's time that passes as the test says."""

    def __init__(self) -> None:
        self.s = 0.0

    def add(self, seconds: float) -> None:
        self.s += seconds


@pytest.fixture
def thrifty() -> FakeApp:
    """As ``fake``, for networks that may not have much."""
    return live_app(network_cpu_s=60)


@pytest.fixture
def cpu(thrifty: FakeApp, monkeypatch: pytest.MonkeyPatch) -> Cpu:
    """What every look at the frames of a step takes from now on, once it is set."""
    cpu, slow = Cpu(), Cpu()
    engine = thrifty.fakes.services.engine
    follow = engine.follow

    def taking_long(
        images: Sequence[bytes], *, focus: bool, pause: Callable[[], None]
    ) -> tuple[Sighting, ...]:
        cpu.s += slow.s
        return follow(images, focus=focus, pause=pause)

    monkeypatch.setattr(engine, "follow", taking_long)
    monkeypatch.setattr(thrifty.fakes.services.live_steps._work, "_cpu_s", lambda: cpu.s)
    return slow


def test_a_capture_that_costs_too_much_ends(thrifty: FakeApp, cpu: Cpu) -> None:
    capture = ByHand.begin(thrifty)
    capture.reveal()
    cpu.add(POLICY.max_cpu_ms / 1000 / 2)
    assert capture.answer()["status"] == "continue"
    assert capture.answer()["status"] == "continue"
    assert capture.answer() == {"status": "failed", "code": "liveness_failed"}
    reasons = [one.reason for one in all_events(cast(Store, thrifty.fakes.store))]
    assert reasons[-1] == "work"


def test_a_network_that_costs_too_much_waits(thrifty: FakeApp, cpu: Cpu) -> None:
    cpu.add(20)
    for number in range(100):
        client = thrifty.app.test_client()
        capture = ByHand.begin(thrifty, client, username=f"nobody{number}")
        shots = capture.shots()
        capture.wait(shots[-1].t_ms)
        answer = capture.message(shots).send(client)
        if answer.status_code != 200:
            break
    refused(answer, 429, "too_many_attempts")
    assert 3 <= number <= 4
    refused(thrifty.login(image=None, challenge_id=capture.challenge_id), 404, "challenge_unknown")
