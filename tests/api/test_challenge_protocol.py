"""The protocol of a live capture: whose it is, what an answer must be, how often it counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, refused
from capturing import CAPTURE, ByHand, live_app, message, passed
from facelogin.domain.challenge import orders
from facelogin.domain.liveness_policy import LivenessPolicy
from facelogin.domain.policy import Assurance
from facelogin.evaluation.capture_client import Shot as AnyShot
from live_frames import Shot, centre, frame, turn

POLICY = LivenessPolicy()
LONGEST_MS = POLICY.max_step_ms + POLICY.sending_ms
MINUTE = timedelta(minutes=1)
SECURE = {"public_url": "https://login.example.org"}
MAX_FRAME_BYTES, MAX_STEP_BYTES, MAX_CHALLENGE_BYTES = 150_000, 4_000_000, 15_000_000


@pytest.fixture
def fake() -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    return live_app()


def cookie_of(answer: TestResponse) -> dict[str, str]:
    """The one cookie that an answer sets: its name, value and attributes."""
    (header,) = answer.headers.getlist("Set-Cookie")
    first, *attributes = header.split("; ")
    name, value = first.split("=", 1)
    told = dict(one.partition("=")[::2] for one in attributes)
    told.pop("Expires", None)  # says what Max-Age says
    return {"name": name, "value": value} | told


def unprocessable(answer: TestResponse, field: str) -> None:
    assert set(refused(answer, 422, "invalid_request")["fields"]) == {field}


def padded(shots: Sequence[AnyShot], size: int) -> list[Shot]:
    """The same frames, each of so many bytes."""
    return [Shot(one.t_ms, one.jpeg.ljust(size)) for one in shots]


class TestTheCaptureCookie:
    """One browser's capture is nobody else's."""

    @pytest.mark.parametrize(
        ("settings", "name", "secure"),
        [({}, CAPTURE, {}), (SECURE, f"__Host-{CAPTURE}", {"Secure": ""})],
    )
    def test_it_is_strict_short_and_out_of_reach_of_scripts(
        self, settings: dict[str, Any], name: str, secure: dict[str, str]
    ) -> None:
        fake = fake_app_with(required_assurance=Assurance.LIVE, **settings)
        asked = {"purpose": "login", "username": "ana"}
        set_cookie = cookie_of(fake.client.post("/challenges", json=asked))
        assert len(set_cookie.pop("value")) >= 43
        expected = {"name": name, "HttpOnly": "", "Path": "/", "Max-Age": "600"}
        assert set_cookie == expected | {"SameSite": "Strict"} | secure

    def test_it_stays_with_the_browser_and_one_that_is_not_ours_is_not_adopted(
        self, fake: FakeApp
    ) -> None:
        fake.client.set_cookie(CAPTURE, "planted")
        values = []
        for _ in range(2):
            ByHand.begin(fake)
            kept = fake.client.get_cookie(CAPTURE)
            assert kept is not None
            values.append(kept.value)
        assert values[0] == values[1] != "planted"

    @pytest.mark.parametrize("other", [None, "wrong", "x" * 43, "x" * 4000])
    def test_without_it_no_step_is_answered_and_nothing_is_spent(
        self, fake: FakeApp, other: str | None
    ) -> None:
        stranger = fake.app.test_client()
        if other is not None:
            stranger.set_cookie(CAPTURE, other)
        capture = ByHand.begin(fake)
        capture.wait(1000)
        refused(capture.message().send(stranger), 404, "challenge_unknown")
        challenge_id = capture.finish()
        login = {"username": "ana", "challenge_id": challenge_id}
        refused(stranger.post("/login", json=login), 404, "challenge_unknown")
        assert fake.client.post("/login", json=login).status_code == 200

    def test_another_browsers_challenge_is_unknown(self, fake: FakeApp) -> None:
        other = fake.app.test_client()
        ByHand.begin(fake, other)
        capture = ByHand.begin(fake)
        capture.wait(1000)
        refused(capture.message().send(other), 404, "challenge_unknown")
        login = {"username": "ana", "challenge_id": capture.finish()}
        refused(other.post("/login", json=login), 404, "challenge_unknown")

    def test_a_newer_challenge_ends_the_older_one(self, fake: FakeApp) -> None:
        older = ByHand.begin(fake)
        older_id = older.finish()
        open_one = ByHand.begin(fake)
        newer = ByHand.begin(fake)
        refused(open_one.message().send(fake.client), 409, "challenge_superseded")
        for one in (older_id, open_one.challenge_id):
            refused(fake.login(image=None, challenge_id=one), 409, "challenge_superseded")
        assert fake.login(image=None, challenge_id=newer.finish()).status_code == 200


class TestHowLongItLasts:
    @pytest.mark.parametrize(("longer_time", "lasts_s"), [(False, 120), (True, 300)])
    def test_a_challenge_lasts_as_long_as_it_says(
        self, fake: FakeApp, longer_time: bool, lasts_s: int
    ) -> None:
        asked = {"purpose": "login", "username": "ana", "longer_time": longer_time}
        assert fake.client.post("/challenges", json=asked).get_json()["expires_in_s"] == lasts_s
        capture = ByHand.begin(fake, longer_time=longer_time)
        fake.fakes.clock.moment += timedelta(seconds=lasts_s, milliseconds=-1)
        assert capture.message().send(fake.client).status_code == 200
        capture = ByHand.begin(fake, longer_time=longer_time)
        fake.fakes.clock.moment += timedelta(seconds=lasts_s)
        refused(capture.message().send(fake.client), 410, "challenge_expired")

    def test_who_asks_has_three_times_as_long_for_a_turn(self, fake: FakeApp) -> None:
        """A turn of 20 seconds; with the usual time it is told to be quicker."""
        path = (0, 0, *(0.1 * number for number in range(1, 10)), 1, 1, 0.7, 0.4, 0.1, 0)
        slow = ByHand.begin(fake, longer_time=True)
        assert slow.step.max_ms == 24_000
        slow.reveal()
        assert slow.step.max_ms == 24_000
        assert slow.answer(slow.shots(path=path, step_ms=990))["status"] == "continue"
        usual = ByHand.begin(fake)
        assert usual.step.max_ms == 8000
        usual.reveal()
        late = usual.shots(path=path[:13], step_ms=700)
        again = usual.answer(late)
        assert (again["status"], again["code"]) == ("repeat", "turn_faster")

    def test_a_passed_one_is_spent_within_another(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        challenge_id = capture.finish()
        fake.fakes.clock.moment += MINUTE - timedelta(milliseconds=1)
        assert fake.login(image=None, challenge_id=challenge_id).status_code == 200
        challenge_id = ByHand.begin(fake).finish()
        fake.fakes.clock.moment += MINUTE
        refused(fake.login(image=None, challenge_id=challenge_id), 410, "challenge_expired")

    def test_a_spent_one_answers_no_step_and_spends_no_more(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        for _ in range(3):
            capture.answer()
        shots = capture.shots()
        last = capture.message(shots)
        capture.wait(shots[-1].t_ms)
        assert last.send(fake.client).get_json() == {"status": "passed"}
        login = partial(fake.login, image=None, challenge_id=capture.challenge_id)
        assert login().status_code == 200
        refused(login(), 409, "challenge_spent")
        refused(last.send(fake.client), 409, "challenge_spent")

    @pytest.mark.parametrize(
        ("elapsed_ms", "body"),
        [
            (POLICY.min_step_ms - 1, {"status": "failed", "code": "liveness_failed"}),
            (LONGEST_MS + 1, {"status": "failed", "code": "challenge_expired"}),
        ],
    )
    def test_a_step_takes_as_long_as_a_person_takes(
        self, fake: FakeApp, elapsed_ms: int, body: dict[str, str]
    ) -> None:
        capture = ByHand.begin(fake)
        shots = [Shot(100 * number + 100, frame("ana")) for number in range(4)]
        capture.wait(elapsed_ms)
        assert capture.message(shots).send(fake.client).get_json() == body

    @pytest.mark.parametrize("elapsed_ms", [POLICY.min_step_ms, LONGEST_MS])
    def test_the_shortest_and_the_longest_will_do(self, fake: FakeApp, elapsed_ms: int) -> None:
        capture = ByHand.begin(fake)
        shots = [Shot(100 * number + 100, frame("ana")) for number in range(4)]
        capture.wait(elapsed_ms)
        assert capture.message(shots).send(fake.client).get_json()["status"] == "continue"

    @pytest.mark.parametrize(("early_ms", "status"), [(0, "continue"), (1, "failed")])
    def test_no_frame_is_from_the_future(self, fake: FakeApp, early_ms: int, status: str) -> None:
        capture = ByHand.begin(fake)
        shots = centre("ana", count=8)
        capture.wait(shots[-1].t_ms - POLICY.clock_slack_ms - early_ms)
        assert capture.message(shots).send(fake.client).get_json()["status"] == status


class TestWhatItIsFor:
    @pytest.mark.parametrize(
        "wanted",
        [
            {"username": "eve"},
            {"purpose": "register", "username": "eve", "email": "eve@example.org"},
        ],
    )
    def test_for_another_name_or_purpose_it_is_unknown_and_stays_unspent(
        self, fake: FakeApp, wanted: dict[str, str]
    ) -> None:
        challenge_id = ByHand.begin(fake, **wanted).finish()
        refused(fake.login(image=None, challenge_id=challenge_id), 404, "challenge_unknown")
        again = fake.login("eve", image=None, challenge_id=challenge_id)
        if wanted.get("purpose") == "register":
            refused(again, 404, "challenge_unknown")
            names = {"username": "eve", "email": "eve@example.org"}
            answer = fake.client.post("/register", json=names | {"challenge_id": challenge_id})
            assert answer.status_code == 201
        else:
            refused(again, 401, "not_recognised")

    def test_a_login_is_no_registration(self, fake: FakeApp) -> None:
        challenge_id = ByHand.begin(fake, username="eve").finish()
        answer = fake.register("eve", image=None, challenge_id=challenge_id)
        refused(answer, 404, "challenge_unknown")
        assert fake.users == 1

    def test_the_name_is_the_same_in_any_spelling(self, fake: FakeApp) -> None:
        challenge_id = ByHand.begin(fake, username="ＡＮＡ").finish()
        assert fake.login("Ana", image=None, challenge_id=challenge_id).status_code == 200

    def test_one_that_is_not_passed_signs_nobody_in(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        login = partial(fake.login, image=None, challenge_id=capture.challenge_id)
        for _ in range(4):
            refused(login(), 403, "liveness_failed")
            capture.answer()
        assert login().status_code == 200

    def test_one_that_failed_signs_nobody_in(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        assert capture.answer(capture.shots(depth=0.0))["status"] == "failed"
        refused(fake.login(image=None, challenge_id=capture.challenge_id), 403, "liveness_failed")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"purpose": "login"},
            {"purpose": "admin", "username": "ana"},
            {"purpose": 1, "username": "ana"},
            {"purpose": "register", "username": "eve"},
            {"purpose": "register", "email": "eve@example.org"},
            {"purpose": "login", "username": 1},
        ],
    )
    def test_what_it_needs_is_told(self, fake: FakeApp, body: dict[str, Any]) -> None:
        answer = fake.client.post("/challenges", json=body)
        assert refused(answer, 422, "invalid_request")["fields"]
        assert "Set-Cookie" not in answer.headers


class TestAnAnswer:
    """What breaks the protocol is refused by name, changes nothing, and leaves the step open."""

    @pytest.fixture
    def capture(self, fake: FakeApp) -> ByHand:
        capture = ByHand.begin(fake)
        capture.wait(1000)
        return capture

    @pytest.fixture(autouse=True)
    def the_step_stays_open(self, fake: FakeApp, capture: ByHand) -> Any:
        kept = list_kept(fake)
        yield
        assert list_kept(fake) == kept
        assert fake.login(image=None, challenge_id=capture.finish()).status_code == 200

    @pytest.mark.parametrize("nonce", ["", "wrong", "é"])
    def test_names_the_nonce(self, capture: ByHand, nonce: str) -> None:
        unprocessable(capture.message(nonce=nonce).send(capture.client), "nonce")

    @pytest.mark.parametrize("n", [1, 3, 99])
    def test_is_to_the_step_that_is_open(self, capture: ByHand, n: int) -> None:
        unprocessable(capture.message(n=n).send(capture.client), "n")

    def test_to_a_step_that_cannot_be_is_refused(self, capture: ByHand) -> None:
        refused(capture.message(n=100).send(capture.client), 422, "invalid_request")
        refused(capture.message(n=-1).send(capture.client), 404, "not_found")

    @pytest.mark.parametrize(
        "numbers", [[0, 1, 2, 2, 3], [4, 3, 2, 1, 0], [0, 2, 1, 3, 4], [5, 5, 5, 5, 5]]
    )
    def test_numbers_its_frames_upwards(self, capture: ByHand, numbers: list[int]) -> None:
        one = frame("ana")
        shots = [Shot(150 * number + 150, one) for number in range(5)]
        unprocessable(capture.message(shots, frames={"seq": numbers}).send(capture.client), "seq")

    @pytest.mark.parametrize("times", [[1, 2, 3, 3, 4], [500, 400, 300, 200, 100]])
    def test_takes_its_frames_one_after_another(self, capture: ByHand, times: list[int]) -> None:
        unprocessable(capture.message(frames={"t_ms": times}).send(capture.client), "t_ms")

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("seq", [-1, 0, 1, 2, 3]),
            ("seq", [0, 1, 2, 3, 10_000]),
            ("seq", ["0", 1, 2, 3, 4]),
            ("t_ms", [-1, 1, 2, 3, 4]),
            ("t_ms", [1.5, 2, 3, 4, 5]),
            ("t_ms", [1, 2, 3, 4, 60_001]),
            ("t_ms", [None, 1, 2, 3, 4]),
            ("sha256", ["x" * 64] * 5),
            ("sha256", ["A" * 64] * 5),
        ],
    )
    def test_describes_its_frames_as_documented(
        self, capture: ByHand, field: str, values: list[object]
    ) -> None:
        answer = capture.message(frames={field: values}).send(capture.client)
        assert refused(answer, 422, "invalid_request")["fields"]

    def test_sends_the_frames_that_it_describes(self, capture: ByHand) -> None:
        shots = capture.shots()
        missing = capture.message(shots, parts={"frame-3": None})
        unprocessable(missing.send(capture.client), "frame-3")
        exchanged = capture.message(shots, parts={"frame-3": frame("eve")})
        unprocessable(exchanged.send(capture.client), "frame-3")
        renamed = capture.message(shots, parts={"frame-3": None, "frame-03": shots[3].jpeg})
        unprocessable(renamed.send(capture.client), "frame-3")

    def test_has_not_too_many_frames(self, capture: ByHand) -> None:
        shots = [Shot(90 * number + 90, frame("ana")) for number in range(POLICY.max_frames + 1)]
        unprocessable(capture.message(shots).send(capture.client), "frames")

    @pytest.mark.parametrize(
        "image", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"x" * 99]
    )
    def test_is_made_of_jpegs(self, capture: ByHand, image: bytes) -> None:
        shots = [*capture.shots()[:-1], Shot(900, image)]
        answer = capture.message(shots).send(capture.client)
        assert set(refused(answer, 422, "invalid_request")["fields"]) <= {"frames", "frame-4"}

    def test_has_small_frames(self, capture: ByHand) -> None:
        too_large = padded(capture.shots(), MAX_FRAME_BYTES + 1)
        unprocessable(capture.message(too_large).send(capture.client), "frames")

    def test_is_small_itself(self, capture: ByHand) -> None:
        shots = capture.shots()
        body = capture.message(shots, parts={"more": b"x" * MAX_STEP_BYTES})
        refused(body.send(capture.client), 413, "body_too_large")

    @pytest.mark.parametrize(
        ("raw", "status", "code"),
        [
            ("", 400, "not_json"),
            ("{", 400, "not_json"),
            ('{"nonce": NaN}', 400, "not_json"),
            ("[]", 422, "invalid_request"),
            ("{}", 422, "invalid_request"),
            ('{"nonce": "a", "nonce": "b"}', 422, "invalid_request"),
            ('{"nonce": "a", "frames": {}}', 422, "invalid_request"),
            ('{"nonce": "a", "frames": [1, 2, 3, 4]}', 422, "invalid_request"),
            ("[" * 100_000, 400, "not_json"),
        ],
    )
    def test_says_in_json_what_it_is(
        self, capture: ByHand, raw: str, status: int, code: str
    ) -> None:
        path = f"/challenges/{capture.challenge_id}/steps/0"
        refused(message(path, None, {}, raw=raw).send(capture.client), status, code)

    def test_is_a_form(self, capture: ByHand) -> None:
        path = f"/challenges/{capture.challenge_id}/steps/0"
        answer = capture.client.post(path, json={"nonce": capture.nonce, "frames": []})
        refused(answer, 415, "media_type_unsupported")
        no_meta = message(path, None, {"meta": b"{}"}, raw="{}")
        refused(no_meta.send(capture.client), 422, "invalid_request")


def list_kept(fake: FakeApp) -> list[object]:
    return list(fake.fakes.store.challenges._kept.values())


class TestTheWholeChallenge:
    def test_frames_may_be_as_large_as_is_said(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        body = capture.answer(padded(capture.shots(), MAX_FRAME_BYTES))
        assert body["status"] == "continue"

    def test_numbers_go_on_from_step_to_step(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        capture.wait(2000)
        for first in (0, capture.seq - 1):
            unprocessable(capture.message(first_seq=first).send(fake.client), "seq")
        assert capture.message(first_seq=5000).send(fake.client).status_code == 200

    @pytest.mark.parametrize("count", [0, 1, POLICY.min_frames - 1])
    def test_too_few_frames_are_no_error_of_the_request(self, fake: FakeApp, count: int) -> None:
        capture = ByHand.begin(fake)
        for status in ("repeat", "failed"):
            shots = [Shot(90 * number + 90, frame("ana")) for number in range(count)]
            capture.wait(1000)
            answer = capture.message(shots).send(fake.client)
            body = capture.went_on(answer, count)
            assert (answer.status_code, body["status"]) == (200, status)
            assert body["code"] == "frames_missing"

    def test_too_few_frames_of_a_turn_are_asked_for_once_more(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        again = capture.answer(capture.shots()[: POLICY.min_turn_frames - 1])
        assert (again["status"], again["code"]) == ("repeat", "frames_missing")
        assert capture.answer()["status"] == "continue"

    def test_every_step_may_have_all_its_frames(self, fake: FakeApp) -> None:
        path = (*(0.1 * number for number in range(11)), 1, 1, *(1 - 0.1 * n for n in range(11)))
        assert len(path) == POLICY.max_frames
        capture = ByHand.begin(fake)
        capture.answer(padded(centre("ana", count=24), 98_000))
        short = padded(capture.shots(path=path, peak=9.0), 98_000)
        assert capture.answer(short)["status"] == "repeat"
        for status in ("continue", "continue", "passed"):
            whole = padded(capture.shots(path=path), 98_000)
            assert capture.answer(whole)["status"] == status

    def test_all_frames_together_are_not_too_large(self, fake: FakeApp) -> None:
        """Of 96 frames of 150 kB, 14.4 MB, and nine more that make it too much."""
        path = (*(0.1 * number for number in range(11)), 1, 1, *(1 - 0.1 * n for n in range(11)))
        capture = ByHand.begin(fake)
        capture.answer(padded(centre("ana", count=24), MAX_FRAME_BYTES))
        short = padded(capture.shots(path=path, peak=9.0), MAX_FRAME_BYTES)
        assert capture.answer(short)["status"] == "repeat"
        for _ in range(2):
            capture.answer(padded(capture.shots(path=path), MAX_FRAME_BYTES))
        left = MAX_CHALLENGE_BYTES - 96 * MAX_FRAME_BYTES
        shots = capture.shots()
        capture.wait(shots[-1].t_ms)
        size, rest = divmod(left, len(shots))
        fits = padded(shots, size)
        fits[0] = Shot(fits[0].t_ms, fits[0].jpeg.ljust(size + rest))
        too_much = [*fits[:-1], Shot(fits[-1].t_ms, fits[-1].jpeg + b" ")]
        unprocessable(capture.message(too_much).send(fake.client), "frames")
        assert capture.message(fits).send(fake.client).get_json() == {"status": "passed"}


class TestOneStepAtATime:
    @pytest.mark.parametrize("order", orders(), ids="-".join)
    def test_nothing_in_any_answer_tells_a_later_step(self, order: Any) -> None:
        fake = live_app(draw=lambda _: order)
        begun = fake.client.post("/challenges", json={"purpose": "login", "username": "ana"})
        said = [begun]
        capture = ByHand.begin(fake)
        for _ in range(3):
            shots = capture.shots()
            capture.wait(shots[-1].t_ms)
            said.append(capture.message(shots).send(fake.client))
            capture.went_on(said[-1], len(shots))
        told = [re.findall(r"\b(?:left|right|up|down)\b", whole(answer)) for answer in said]
        assert told == [[], *([direction] for direction in order)]
        assert set(begun.get_json()) == {"challenge_id", "nonce", "expires_in_s", "step"}
        assert begun.get_json()["step"] == {
            "n": 0, "type": "centre", "min_frames": 4, "max_frames": 24, "max_ms": 8000
        }  # fmt: skip
        for number, answer in enumerate(said[1:], start=1):
            step = {"n": number, "type": "turn", "direction": order[number - 1].value}
            step |= {"min_frames": 5, "max_frames": 24, "max_ms": 8000}
            assert answer.get_json() == {"status": "continue", "step": step}

    def test_a_turn_that_was_nearly_enough_may_be_done_again_once(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        direction = capture.step.direction
        peak = 16.0 if direction in {"left", "right"} else 10.0
        again = capture.answer(capture.shots(peak=peak))
        assert (again["status"], again["code"]) == ("repeat", "turn_more")
        assert (again["step"]["n"], again["step"]["direction"]) == (2, direction)
        assert capture.answer()["status"] == "continue"
        ended = capture.answer(capture.shots(peak=5.0))
        assert ended == {"status": "failed", "code": "turn_more"}

    def test_what_no_head_does_may_not_be_done_again(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        ended = capture.answer(capture.shots(depth=0.0))
        assert ended == {"status": "failed", "code": "liveness_failed"}
        unprocessable(capture.message(n=2).send(fake.client), "n")

    def test_a_turn_the_other_way_is_told(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        wrong = {"left": "right", "right": "left", "up": "down", "down": "up"}
        assert capture.step.direction is not None
        again = capture.answer(turn("ana", wrong[capture.step.direction]))
        assert (again["status"], again["code"]) == ("repeat", "wrong_way")

    def test_another_face_in_a_turn_ends_it(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        ended = capture.answer(capture.shots("eve"))
        assert ended == {"status": "failed", "code": "liveness_failed"}

    def test_faces_that_change_while_looking_straight_end_it(self, fake: FakeApp) -> None:
        shots = [*centre("ana", count=2), *centre("eve", count=5)[2:]]
        ended = ByHand.begin(fake).answer(shots)
        assert ended == {"status": "failed", "code": "liveness_failed"}


def whole(answer: TestResponse) -> str:
    """All that an answer says, but for what is random in it."""
    headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
    body = answer.get_json()
    return f"{headers} {body | {'nonce': ''}}"


class TestALostReply:
    def replayed(self, fake: FakeApp, capture: ByHand, shots: Sequence[AnyShot]) -> Any:
        """Answer a step, then thrice more with the same message; return what was said."""
        capture.wait(shots[-1].t_ms)
        sent = capture.message(shots)
        first = sent.send(fake.client)
        assert first.status_code == 200
        kept = (
            list_kept(fake),
            everything_counted(fake),
            fake.fakes.store.audit.rows(after=None, limit=1000),
        )
        for _ in range(3):
            capture.wait(500)
            assert sent.send(fake.client).get_json() == first.get_json()
        assert kept == (
            list_kept(fake),
            everything_counted(fake),
            fake.fakes.store.audit.rows(after=None, limit=1000),
        )
        return capture.went_on(first, len(shots))

    def test_is_given_again_and_nothing_changes(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        path = (0, 0.35, 0.7, 1, 1, 0.7, 0.35, 0)
        said = [self.replayed(fake, capture, capture.shots())["status"]]
        for peak in (9.0, 26.0, 26.0, 26.0):
            shots = capture.shots(path=path, peak=peak)
            said.append(self.replayed(fake, capture, shots)["status"])
        assert said == ["continue", "repeat", "continue", "continue", "passed"]
        answer = fake.login(image=None, challenge_id=capture.challenge_id)
        assert answer.status_code == 200

    def test_of_a_failure_is_given_again_too(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        capture.reveal()
        flat = capture.shots(depth=0.0)
        assert self.replayed(fake, capture, flat)["code"] == "liveness_failed"

    def test_is_not_given_to_other_frames_or_other_times(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        shots = capture.shots()
        capture.wait(shots[-1].t_ms)
        first = capture.message(shots).send(fake.client)
        kept = list_kept(fake)
        later = [Shot(shot.t_ms + 1, shot.jpeg) for shot in shots]
        for other in (capture.shots(), shots[:-1], later):
            unprocessable(capture.message(other).send(fake.client), "n")
        assert list_kept(fake) == kept
        capture.went_on(first, len(shots))
        capture.finish()


def everything_counted(fake: FakeApp) -> dict[str, object]:
    return dict(fake.fakes.store.budgets._budgets)


def same_browser(fake: FakeApp) -> FlaskClient:
    """Another connection of the browser that began the capture."""
    kept, client = fake.client.get_cookie(CAPTURE), fake.app.test_client()
    assert kept is not None
    client.set_cookie(CAPTURE, kept.value)
    return client


def test_frames_that_were_embedded_once_are_refused_when_they_come_back(fake: FakeApp) -> None:
    recorded = centre("ana")
    ByHand.begin(fake).answer(recorded)
    copied = [Shot(one.t_ms + 7, one.jpeg) for one in recorded]
    ended = ByHand.begin(fake).answer(copied)
    assert ended == {"status": "failed", "code": "liveness_failed"}
    other = fake.app.test_client()
    ended = ByHand.begin(fake, other, username="eve").answer(recorded)
    assert ended == {"status": "failed", "code": "liveness_failed"}


@pytest.mark.parametrize("number", [0, -1])
def test_a_frame_that_comes_twice_in_one_challenge_ends_it(fake: FakeApp, number: int) -> None:
    capture = ByHand.begin(fake)
    shots = list(capture.shots())
    capture.answer(shots)
    turning = [*capture.shots()[:-1], Shot(1200, shots[number].jpeg)]
    assert capture.answer(turning) == {"status": "failed", "code": "liveness_failed"}


@pytest.mark.parametrize("frozen", [(), (0, 0), (0, 1, 1, 1, 1, 1)])
def test_frames_of_a_frozen_camera_end_nothing(fake: FakeApp, frozen: Sequence[int]) -> None:
    """Whether there were few of them or many: the next turn is a turn like any."""
    capture = ByHand.begin(fake)
    capture.reveal()
    shots = capture.shots()
    stuck = [Shot(100 * i + 100, shots[number].jpeg) for i, number in enumerate(frozen)]
    capture.wait(1500)
    again = capture.went_on(capture.message(stuck).send(fake.client), len(stuck))
    assert (again["status"], again["code"]) == ("repeat", "frames_missing")
    assert fake.login(image=None, challenge_id=capture.finish()).status_code == 200


@pytest.mark.parametrize("turning", [False, True])
def test_a_frame_that_comes_twice_in_a_step_is_dropped(fake: FakeApp, *, turning: bool) -> None:
    capture = ByHand.begin(fake)
    if turning:
        capture.reveal()
    shots = list(capture.shots())
    doubled = [shots[0], Shot(shots[0].t_ms + 40, shots[0].jpeg), *shots[1:]]
    assert capture.answer(doubled)["status"] == "continue"


def test_a_frozen_camera_hides_no_movement(fake: FakeApp) -> None:
    """Frames that only say that time went by leave a gap as long as if they had not come."""
    capture = ByHand.begin(fake)
    capture.reveal()
    shots = list(capture.shots(path=(0, 0, 0.2, 0.5, 0.8, 1, 1, 0.7, 0.35, 0.05)))
    stuck = [Shot(shots[2].t_ms + 150 * n, shots[2].jpeg) for n in (1, 2, 3)]
    later = [Shot(shot.t_ms + 1300, shot.jpeg) for shot in shots[6:]]
    again = capture.answer([*shots[:3], *stuck, *later])
    assert (again["status"], again["code"]) == ("repeat", "frames_missing")


@pytest.mark.parametrize("kind", ["each twice", "there and back"])
def test_frames_that_mostly_repeat_others_do_not_pass(fake: FakeApp, kind: str) -> None:
    path = (0, 0, 0.2, 0.35, 0.5, 0.7, 0.85, 1, 1, 1, 0.85, 0.7, 0.5, 0.35, 0.2, 0, 0, 0)
    chosen: dict[str, Callable[[int], int]] = {
        "each twice": lambda i: i - i % 2,
        "there and back": lambda i: min(i, len(path) - 1 - i),
    }
    capture = ByHand.begin(fake)
    capture.reveal()
    for status in ("repeat", "failed"):
        shots = list(capture.shots(path=path))
        repeated = [Shot(one.t_ms, shots[chosen[kind](i)].jpeg) for i, one in enumerate(shots)]
        said = capture.answer(repeated)
        assert (said["status"], said["code"]) == (status, "frames_missing")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"faces": 0}, "face_not_found"),
        ({"faces": 2}, "several_faces"),
        ({"contrast_to_noise": 3.4}, "too_dark"),
        ({"clipped": 0.31}, "too_bright"),
        ({"eyes_px": 50.0}, "face_too_small"),
    ],
)
def test_what_a_person_can_mend_is_told(fake: FakeApp, more: dict[str, Any], code: str) -> None:
    shots = [Shot(150 * number + 150, frame("ana", **more)) for number in range(5)]
    assert ByHand.begin(fake).answer(shots) == {"status": "failed", "code": code}


@pytest.mark.parametrize(
    ("pose", "detail"), [({"pitch": -35.0}, "lift_chin"), ({"yaw": 26.0}, "turn_right")]
)
def test_which_way_to_turn_is_told_too(fake: FakeApp, pose: dict[str, Any], detail: str) -> None:
    capture = ByHand.begin(fake)
    shots = [Shot(150 * number + 150, frame("ana", **pose)) for number in range(5)]
    sent = capture.message(shots)
    capture.wait(1000)
    for _ in range(2):
        body = sent.send(fake.client).get_json()
        assert body == {"status": "failed", "code": "face_turned_away", "detail": detail}


def test_a_passed_capture_can_be_tried_by_nobody_else(fake: FakeApp) -> None:
    """The one who passed is compared with the template: a live stranger is a stranger."""
    capture = ByHand.begin(fake)
    while "step" in capture.answer(capture.shots("eve")):
        pass
    refused(fake.login(image=None, challenge_id=capture.challenge_id), 401, "not_recognised")
    assert passed(fake.client, fake.fakes.clock).outcome == "passed"
