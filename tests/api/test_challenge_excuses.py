"""A live capture that ends for want of frames is no guess, up to a limit; its order stays."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from apps import FakeApp, refused
from audit_rows import all_events
from capturing import CAPTURE, ByHand, Message, live_app
from contract.backends import at_once
from facelogin.domain.challenge import Direction, orders
from facelogin.domain.errors import Busy
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.liveness_policy import LivenessPolicy
from facelogin.domain.ports import Store
from facelogin.domain.throttle import Tally, ThrottlePolicy
from facelogin.services.kept_orders import KeptOrders
from facelogin.services.live_capture import LiveCapture
from live_frames import Shot, frame

FREE_FAILURES = 5
LIMITS = ThrottlePolicy()
POLICY = LivenessPolicy()
DEVICE = "facelogin-device"
EXCUSED = LIMITS.excused.limit
NAMES = ["ana", "nobody"]
LOOKED_AT_FOR = timedelta(seconds=30)
FEW = 3
"""Frames: too few to judge a turn by."""


@dataclass
class Drawing:
    """Draws the order that the test wants; any if it wants none."""

    order: tuple[Direction, ...] | None = None

    def __call__(self, every: Sequence[tuple[Direction, ...]]) -> tuple[Direction, ...]:
        return self.order or secrets.choice(every)


@pytest.fixture
def drawing() -> Drawing:
    """What decides the orders of ``fake``."""
    return Drawing()


@pytest.fixture
def fake(drawing: Drawing) -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    return live_app(draw=drawing)


def few_frames(capture: ByHand) -> Mapping[str, Any]:
    """Answer a turn twice with too few frames; return the end."""
    assert capture.answer(capture.shots()[:FEW])["status"] == "repeat"
    return capture.answer(capture.shots()[:FEW])


def stopped(fake: FakeApp, username: str, client: FlaskClient | None = None) -> ByHand:
    """A capture that ended at its first turn for want of frames."""
    capture = ByHand.begin(fake, client or fake.app.test_client(), username=username)
    capture.reveal()
    assert few_frames(capture) == {"status": "failed", "code": "frames_missing"}
    return capture


def failures(fake: FakeApp) -> int:
    """How many guesses with the face are counted."""
    budgets = fake.fakes.store.budgets._budgets
    tallies = [Tally.load(one.state) for key, one in budgets.items() if key.startswith("face:")]
    return sum(tally.slots.total for tally in tallies)


def network_failures(fake: FakeApp) -> int:
    """How many guesses are counted against networks."""
    budgets = fake.fakes.store.budgets._budgets
    kept = [one for key, one in budgets.items() if key.startswith("failures:")]
    return sum(Tally.load(one.state).slots.total for one in kept)


def locked(fake: FakeApp, username: str) -> bool:
    asked = {"purpose": "login", "username": username}
    return fake.app.test_client().post("/challenges", json=asked).status_code == 429


@pytest.mark.parametrize("username", NAMES)
def test_an_end_for_want_of_frames_is_no_guess(fake: FakeApp, username: str) -> None:
    for _ in range(EXCUSED):
        stopped(fake, username)
        assert failures(fake) == 0
    assert not locked(fake, username)


@pytest.mark.parametrize("username", NAMES)
def test_beyond_the_limit_each_end_is_a_guess(fake: FakeApp, username: str) -> None:
    for _ in range(EXCUSED):
        stopped(fake, username)
    for number in range(FREE_FAILURES):
        assert not locked(fake, username)
        stopped(fake, username)
        assert failures(fake) == number + 1
    assert locked(fake, username)


@pytest.mark.parametrize("username", NAMES)
def test_the_limit_is_one_of_each_account(fake: FakeApp, username: str) -> None:
    for _ in range(EXCUSED):
        stopped(fake, username)
    stopped(fake, "ben")
    assert failures(fake) == 0


def test_the_limit_of_a_network_holds_for_all_its_names(fake: FakeApp) -> None:
    most = LIMITS.network_excused.limit
    for number in range(most):
        stopped(fake, f"name{number}")
    assert failures(fake) == 0
    stopped(fake, "another")
    assert failures(fake) == 1
    events = all_events(cast(Store, fake.fakes.store))
    assert [one for one in events if one.action == "locked"] == []


def test_later_there_is_room_again_but_not_all_day(fake: FakeApp) -> None:
    for _ in range(LIMITS.excused_a_day.limit // EXCUSED):
        for _ in range(EXCUSED):
            stopped(fake, "ana")
        fake.fakes.clock.moment += timedelta(hours=2)
    assert failures(fake) == 0
    stopped(fake, "ana")
    assert failures(fake) == 1


@pytest.mark.parametrize("username", NAMES)
def test_an_excused_end_forgives_no_failure_before_it(fake: FakeApp, username: str) -> None:
    for _ in range(FREE_FAILURES - 1):
        ByHand.begin(fake, username=username).reveal()
    stopped(fake, username)
    assert not locked(fake, username)
    ByHand.begin(fake, username=username).reveal()
    assert locked(fake, username)


@pytest.mark.parametrize("username", NAMES)
def test_the_next_try_is_asked_for_the_same_turns(
    fake: FakeApp, drawing: Drawing, username: str
) -> None:
    """With any cookie, for the cookie is the client's to drop; unless a try was a guess."""
    for order in (orders()[0], orders()[-1]):
        drawing.order = order
        first = stopped(fake, username).step.direction
        assert first == order[0].value
        drawing.order = next(one for one in orders() if one[0] is not order[0])
        again = ByHand.begin(fake, fake.app.test_client(), username=username)
        asked = []
        while again.answer().get("step"):
            asked.append(again.step.direction)
        assert asked == [one.value for one in order]


def test_an_order_is_kept_for_one_try(fake: FakeApp, drawing: Drawing) -> None:
    drawing.order = orders()[0]
    stopped(fake, "ana")
    drawing.order = orders()[-1]
    for expected in (orders()[0], orders()[-1]):
        capture = ByHand.begin(fake, fake.app.test_client())
        capture.reveal()
        assert capture.step.direction == expected[0].value


def test_another_name_is_asked_for_other_turns(fake: FakeApp, drawing: Drawing) -> None:
    drawing.order = orders()[0]
    stopped(fake, "ana")
    drawing.order = orders()[-1]
    other = ByHand.begin(fake, fake.app.test_client(), username="nobody")
    other.reveal()
    assert other.step.direction == orders()[-1][0].value


def test_of_captures_side_by_side_one_order_is_excused(fake: FakeApp, drawing: Drawing) -> None:
    """Else somebody would begin many, and leave those whose order does not suit them."""
    side_by_side = []
    for order in (orders()[0], orders()[-1], orders()[5]):
        drawing.order = order
        side_by_side.append(ByHand.begin(fake, fake.app.test_client()))
    for capture in side_by_side:
        capture.reveal()
    assert failures(fake) == 3
    for capture in side_by_side:
        few_frames(capture)
    assert failures(fake) == 2


def test_of_answers_at_once_one_gives_back(fake: FakeApp) -> None:
    """And no more than was booked."""
    ByHand.begin(fake).reveal()
    capture = ByHand.begin(fake, fake.app.test_client())
    capture.reveal()
    assert capture.answer(capture.shots()[:FEW])["status"] == "repeat"
    capture.wait(2000)
    message = capture.message(capture.shots()[:FEW])
    answers = at_once([partial(message.send, capture.client) for _ in range(4)])
    assert {getattr(one, "status_code", None) for one in answers} <= {200, 409, 422}
    assert failures(fake) == 1


def test_before_a_turn_is_shown_the_network_is_not_blamed(fake: FakeApp) -> None:
    for number in range(EXCUSED + 1):
        capture = ByHand.begin(fake, fake.app.test_client())
        assert few_frames(capture) == {"status": "failed", "code": "frames_missing"}
        assert network_failures(fake) == (number == EXCUSED)


def test_a_turn_shown_to_nobody_in_particular_is_a_guess(drawing: Drawing) -> None:
    """Else whoever brings a new device each time has the turns drawn anew for nothing."""
    fake = live_app(draw=drawing, identification=IdentificationMode.ON)
    for number, order in enumerate((orders()[0], orders()[-1])):
        drawing.order = order
        capture = ByHand.begin(fake, fake.app.test_client(), username=None)
        capture.reveal()
        assert capture.step.direction == order[0].value
        assert few_frames(capture) == {"status": "failed", "code": "frames_missing"}
        assert network_failures(fake) == number + 1


def test_nobody_in_particular_is_excused_before_a_turn(drawing: Drawing) -> None:
    fake = live_app(draw=drawing, identification=IdentificationMode.ON)
    capture = ByHand.begin(fake, fake.app.test_client(), username=None)
    assert few_frames(capture) == {"status": "failed", "code": "frames_missing"}
    assert network_failures(fake) == 0


def test_an_order_is_kept_for_whom_it_was_shown(fake: FakeApp, drawing: Drawing) -> None:
    """A cookie that is dropped on the way makes it nobody else's."""
    challenge_id = ByHand.begin(fake).finish()
    assert fake.login(image=None, challenge_id=challenge_id).status_code == 200
    device = fake.client.get_cookie(DEVICE)
    assert device is not None
    drawing.order = orders()[0]
    capture = ByHand.begin(fake)
    capture.reveal()
    fake.client.delete_cookie(DEVICE)
    few_frames(capture)
    drawing.order = orders()[-1]
    for client, known in ((fake.app.test_client(), False), (fake.client, True)):
        if known:
            client.set_cookie(DEVICE, device.value)
        again = ByHand.begin(fake, client)
        again.reveal()
        assert again.step.direction == orders()[0 if known else -1][0].value


def late(capture: ByHand) -> Mapping[str, Any]:
    """Answer a step so late that its time, and that for sending, is over."""
    shots = capture.shots()
    capture.wait(POLICY.max_step_ms + POLICY.sending_ms + 1)
    return capture.went_on(capture.message(shots).send(capture.client), len(shots))


@pytest.mark.parametrize("username", NAMES)
def test_frames_that_arrive_too_late_are_no_guess(
    fake: FakeApp, drawing: Drawing, username: str
) -> None:
    drawing.order = orders()[0]
    for number in range(EXCUSED + 1):
        capture = ByHand.begin(fake, fake.app.test_client(), username=username)
        capture.reveal()
        assert capture.step.direction == orders()[0][0].value
        drawing.order = orders()[-1]
        assert late(capture) == {"status": "failed", "code": "challenge_expired"}
        assert failures(fake) == (number == EXCUSED)
        assert network_failures(fake) == failures(fake)


def overtake(
    monkeypatch: pytest.MonkeyPatch, fake: FakeApp, owner: type, name: str, first: Message
) -> None:
    """After the next call of that method, let another answer of the same browser go first.

    It may as soon as the first one seems to be dead; the capture has to be one of longer time.
    """
    method, sent = getattr(owner, name), threading.Event()

    def then_first(*given: Any, **named: Any) -> Any:
        result = method(*given, **named)
        if not sent.is_set():
            sent.set()
            kept, client = fake.client.get_cookie(CAPTURE), fake.app.test_client()
            assert kept is not None
            client.set_cookie(CAPTURE, kept.value)
            fake.fakes.clock.moment += LOOKED_AT_FOR
            assert first.send(client).status_code == 200
        return result

    monkeypatch.setattr(owner, name, then_first)


def test_who_comes_second_has_booked_and_taken_nothing(
    monkeypatch: pytest.MonkeyPatch, drawing: Drawing
) -> None:
    """The turns of an excused try stay for the next one if they were not shown."""
    fake = live_app(draw=drawing, face_jobs_running=3)
    drawing.order = orders()[0]
    stopped(fake, "ana", fake.app.test_client())
    drawing.order = orders()[-1]
    capture = ByHand.begin(fake, longer_time=True)
    first, second = (capture.message(capture.shots()) for _ in range(2))
    capture.wait(2000)
    overtake(monkeypatch, fake, LiveCapture, "book", first)
    refused(second.send(fake.client), 409, "answer_in_progress")
    assert (failures(fake), network_failures(fake)) == (1, 1)
    again = ByHand.begin(fake, fake.app.test_client())
    again.reveal()
    assert again.step.direction == orders()[0][0].value


def test_who_comes_second_and_fails_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = live_app(face_jobs_running=3)
    capture = ByHand.begin(fake, longer_time=True)
    shots = [Shot(150 * number + 150, frame("ana", faces=0)) for number in range(5)]
    first, second = (capture.message(some) for some in (shots, shots[:-1]))
    capture.wait(2000)
    overtake(monkeypatch, fake, type(fake.fakes.services.engine), "follow", first)
    refused(second.send(fake.client), 409, "answer_in_progress")
    assert network_failures(fake) == 1
    events = all_events(cast(Store, fake.fakes.store))
    assert len([one for one in events if one.action == "live_capture"]) == 1


def test_an_order_that_cannot_be_read_books_nothing(
    monkeypatch: pytest.MonkeyPatch, fake: FakeApp
) -> None:
    def busy(*_: object) -> None:
        raise Busy

    capture = ByHand.begin(fake)
    monkeypatch.setattr(KeptOrders, "take", busy)
    shots = capture.shots()
    capture.wait(2000)
    refused(capture.message(shots).send(fake.client), 503, "busy")
    assert (failures(fake), network_failures(fake)) == (0, 0)


def test_a_device_that_is_known_has_a_limit_of_its_own(fake: FakeApp) -> None:
    """Strangers use up what strangers have."""
    challenge_id = ByHand.begin(fake).finish()
    assert fake.login(image=None, challenge_id=challenge_id).status_code == 200
    for _ in range(EXCUSED + 1):
        stopped(fake, "ana")
    assert failures(fake) == 1
    stopped(fake, "ana", fake.client)
    assert failures(fake) == 1


def test_a_passed_capture_after_an_excused_one_signs_in(fake: FakeApp) -> None:
    stopped(fake, "ana")
    challenge_id = ByHand.begin(fake).finish()
    assert fake.login(image=None, challenge_id=challenge_id).status_code == 200
    refused(fake.login(image=None, challenge_id=challenge_id), 409, "challenge_spent")


def test_a_failed_turn_is_still_a_guess(fake: FakeApp) -> None:
    capture = ByHand.begin(fake)
    capture.reveal()
    assert capture.answer(capture.shots()[:FEW])["code"] == "frames_missing"
    assert capture.answer(capture.shots(depth=0.0))["status"] == "failed"
    assert failures(fake) == 1
