"""Live captures for a registration, a step-up and a new face; and a store that is away."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, refused
from capturing import ByHand, live_app, registered
from facelogin.domain.errors import StoreUnavailable, UsernameTaken
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance

EVE = {"username": "eve", "email": "eve@example.org"}
FOR_EVE = {"purpose": "register"} | EVE


@pytest.fixture
def fake() -> FakeApp:
    """An application where a photo is not enough, with ana, who has an account."""
    return live_app()


def signed_in(fake: FakeApp, username: str) -> FlaskClient:
    """A browser in which somebody of that name has just signed in."""
    client = fake.app.test_client()
    capture = ByHand.begin(fake, client, username=username)
    while "step" in capture.answer(capture.shots(username)):
        pass
    login = {"username": username, "challenge_id": capture.challenge_id}
    assert client.post("/login", json=login).status_code == 200
    return client


def performed(fake: FakeApp, client: FlaskClient, name: str, **wanted: object) -> str:
    """A capture that was passed by somebody of that name; its id."""
    capture = ByHand.begin(fake, client, **wanted)
    while "step" in capture.answer(capture.shots(name)):
        pass
    return capture.challenge_id


class TestRegistering:
    @pytest.mark.parametrize(
        ("names", "code"),
        [
            ({"username": "ANA", "email": "other@example.org"}, "username_taken"),
            ({"username": "other", "email": "Ana@Example.org"}, "email_taken"),
            ({"username": "ana", "email": "ana@example.org"}, "username_taken"),
        ],
    )
    def test_a_taken_name_is_told_before_a_frame_is_taken(
        self, fake: FakeApp, names: dict[str, str], code: str
    ) -> None:
        answer = fake.client.post("/challenges", json={"purpose": "register"} | names)
        refused(answer, 409, code)
        assert "Set-Cookie" not in answer.headers

    def test_a_wrong_name_is_told_before_a_frame_is_taken(self, fake: FakeApp) -> None:
        answer = fake.client.post("/challenges", json=FOR_EVE | {"username": "a b"})
        assert set(refused(answer, 422, "invalid_request")["fields"]) == {"username"}
        answer = fake.client.post("/challenges", json=FOR_EVE | {"email": "eve"})
        assert set(refused(answer, 422, "invalid_request")["fields"]) == {"email"}

    @pytest.mark.parametrize("registration", ["closed", "invite"])
    def test_where_it_is_closed_no_capture_begins(self, registration: str) -> None:
        fake = fake_app_with(required_assurance=Assurance.LIVE, registration=registration)
        answer = fake.client.post("/challenges", json=FOR_EVE)
        refused(answer, 403, "registration_closed")

    def test_consent_is_asked_before_a_frame_is_taken_and_kept_with_its_time(self) -> None:
        fake = fake_app_with(required_assurance=Assurance.LIVE, consent_required=True)
        ask = partial(fake.client.post, "/challenges")
        refused(ask(json=FOR_EVE), 422, "consent_required")
        refused(ask(json=FOR_EVE | {"consent": "old"}), 422, "consent_outdated")
        version = fake.client.get("/config").get_json()["notice"]["version"]
        given_at = fake.fakes.clock.moment
        challenge_id = performed(fake, fake.client, "eve", **FOR_EVE, consent=version)
        assert fake.fakes.clock.moment > given_at
        answer = fake.client.post("/register", json=EVE | {"challenge_id": challenge_id})
        assert answer.status_code == 201
        user = fake.fakes.store.users.find_by_username("eve")
        assert user is not None
        assert user.consent is not None
        assert (user.consent.notice_version, user.consent.given_at) == (version, given_at)

    def test_a_consent_that_comes_later_is_not_the_one_that_counts(self) -> None:
        fake = fake_app_with(required_assurance=Assurance.LIVE)
        version = fake.client.get("/config").get_json()["notice"]["version"]
        challenge_id = performed(fake, fake.client, "eve", **FOR_EVE)
        body = EVE | {"challenge_id": challenge_id, "consent": version}
        assert fake.client.post("/register", json=body).status_code == 201
        user = fake.fakes.store.users.find_by_username("eve")
        assert user is not None
        assert user.consent is None

    @pytest.mark.parametrize(
        ("other", "status", "code"),
        [
            ({"email": "eve"}, 422, "invalid_request"),
            ({"username": "a b"}, 422, "invalid_request"),
            ({"username": "mallory"}, 404, "challenge_unknown"),
            ({"email": "mallory@example.org"}, 404, "challenge_unknown"),
            ({"username": "ana"}, 409, "username_taken"),
            ({"email": "ana@example.org"}, 409, "email_taken"),
        ],
    )
    def test_what_is_refused_does_not_spend_it(
        self, fake: FakeApp, other: dict[str, str], status: int, code: str
    ) -> None:
        body = EVE | {"challenge_id": performed(fake, fake.client, "eve", **FOR_EVE)}
        refused(fake.client.post("/register", json=body | other), status, code)
        assert fake.client.post("/register", json=body).status_code == 201
        refused(fake.client.post("/register", json=body), 409, "username_taken")

    def test_a_name_that_is_taken_at_the_last_moment_does_not_spend_it(
        self, fake: FakeApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = EVE | {"challenge_id": performed(fake, fake.client, "eve", **FOR_EVE)}
        create = fake.fakes.store.users.create

        def taken(user: User) -> None:
            monkeypatch.setattr(fake.fakes.store.users, "create", create)
            raise UsernameTaken

        monkeypatch.setattr(fake.fakes.store.users, "create", taken)
        refused(fake.client.post("/register", json=body), 409, "username_taken")
        assert fake.client.post("/register", json=body).status_code == 201

    @pytest.mark.parametrize("taken", ["username", "email"])
    def test_after_a_name_was_taken_another_keeps_the_face(self, fake: FakeApp, taken: str) -> None:
        """Somebody takes it while the face is shown: the next request may name another."""
        body = EVE | {"challenge_id": performed(fake, fake.client, "eve", **FOR_EVE)}
        rival = {"username": "rival", "email": "rival@example.org"} | {taken: EVE[taken]}
        elsewhere = fake.app.test_client()
        shown = {"challenge_id": performed(fake, elsewhere, "ivy", purpose="register", **rival)}
        assert elsewhere.post("/register", json=rival | shown).status_code == 201
        refused(fake.client.post("/register", json=body), 409, f"{taken}_taken")
        another = {"username": "eve2"} if taken == "username" else {"email": "eve2@example.org"}
        assert fake.client.post("/register", json=body | another).status_code == 201
        refused(
            fake.client.post(
                "/register", json=body | {"username": "eve3", "email": "eve3@example.org"}
            ),
            409,
            "challenge_spent",
        )

    def test_a_dead_invitation_does_not_spend_it(self) -> None:
        fake = fake_app_with(required_assurance=Assurance.LIVE, registration="invite")
        invites = fake.fakes.services.invites
        first, second = (invites.issue(lasts=timedelta(days=1)).token for _ in range(2))
        challenge_id = performed(fake, fake.client, "eve", **FOR_EVE, invite=first)
        body = EVE | {"challenge_id": challenge_id, "invite": first}
        for invite in invites.usable():
            if hashlib.sha256(first.encode()).digest() == invite.token_sha256:
                invites.revoke(invite.invite_id)
        refused(fake.client.post("/register", json=body), 403, "registration_closed")
        assert fake.client.post("/register", json=body | {"invite": second}).status_code == 201

    def test_it_makes_one_account(self, fake: FakeApp) -> None:
        body = EVE | {"challenge_id": performed(fake, fake.client, "eve", **FOR_EVE)}
        assert fake.client.post("/register", json=body).status_code == 201
        user = fake.fakes.store.users.find_by_username("eve")
        assert user is not None
        fake.fakes.store.users.delete(user.user_id)
        refused(fake.client.post("/register", json=body), 409, "challenge_spent")
        assert fake.users == 1

    def test_it_does_not_count_as_a_guess(self, fake: FakeApp) -> None:
        for number in range(12):
            name = f"eve{number}"
            wanted = {"purpose": "register", "username": name, "email": f"{name}@example.org"}
            ByHand.begin(fake, **wanted).reveal()
        assert not [key for key in fake.fakes.store.budgets._budgets if key.startswith("face:")]

    def test_the_face_that_was_seen_is_the_one_that_signs_in(self, fake: FakeApp) -> None:
        body = EVE | {"challenge_id": performed(fake, fake.client, "mallory", **FOR_EVE)}
        assert fake.client.post("/register", json=body).status_code == 201
        for name, status in (("eve", 401), ("mallory", 200)):
            challenge_id = performed(fake, fake.client, name, purpose="login", username="eve")
            login = {"username": "eve", "challenge_id": challenge_id}
            assert fake.client.post("/login", json=login).status_code == status


class TestSteppingUp:
    @pytest.fixture(autouse=True)
    def with_eve(self, fake: FakeApp) -> None:
        registered(fake, "eve")

    def test_only_somebody_who_is_signed_in_begins_one(self, fake: FakeApp) -> None:
        answer = fake.client.post("/challenges", json={"purpose": "step_up", "username": "ana"})
        refused(answer, 401, "session_required")

    def test_it_makes_the_session_fresh_and_live(self, fake: FakeApp) -> None:
        client = signed_in(fake, "ana")
        fake.fakes.clock.moment += timedelta(minutes=10)
        refused(client.delete("/account"), 403, "fresh_login_required")
        challenge_id = performed(fake, client, "ana", purpose="step_up")
        stepped = client.post("/session/step-up", json={"challenge_id": challenge_id})
        assert stepped.status_code == 200
        session = client.get("/session").get_json()
        assert (session["amr"], session["assurance"]) == (["face", "user"], "live")
        assert client.delete("/account").status_code == 204

    def test_another_face_leaves_the_session_as_it_is(self, fake: FakeApp) -> None:
        client = signed_in(fake, "ana")
        fake.fakes.clock.moment += timedelta(minutes=10)
        challenge_id = performed(fake, client, "eve", purpose="step_up")
        body = {"challenge_id": challenge_id}
        refused(client.post("/session/step-up", json=body), 401, "not_recognised")
        assert client.get("/session").get_json()["username"] == "ana"
        refused(client.delete("/account"), 403, "fresh_login_required")
        refused(client.post("/session/step-up", json=body), 409, "challenge_spent")

    def test_it_is_for_whoever_was_signed_in_whatever_name_is_given(self, fake: FakeApp) -> None:
        client, other = signed_in(fake, "ana"), signed_in(fake, "eve")
        challenge_id = performed(fake, client, "ana", purpose="step_up", username="eve")
        theirs = other.get_cookie("facelogin")
        mine = client.get_cookie("facelogin")
        assert theirs is not None
        assert mine is not None
        body = {"challenge_id": challenge_id}
        client.set_cookie("facelogin", theirs.value)
        for path in ("/session/step-up", "/account/face"):
            refused(client.post(path, json=body), 404, "challenge_unknown")
        client.set_cookie("facelogin", mine.value)
        assert client.post("/session/step-up", json=body).status_code == 200

    def test_failures_count_against_the_account(self, fake: FakeApp) -> None:
        client = signed_in(fake, "ana")
        for _ in range(5):
            ByHand.begin(fake, client, purpose="step_up").reveal()
        answer = client.post("/challenges", json={"purpose": "step_up"})
        refused(answer, 429, "too_many_attempts")

    def test_a_face_is_enrolled_anew_with_one(self, fake: FakeApp) -> None:
        client = signed_in(fake, "ana")
        challenge_id = performed(fake, client, "ana again", purpose="step_up")
        body = {"challenge_id": challenge_id}
        assert client.post("/account/face", json=body).status_code == 200
        refused(client.post("/account/face", json=body), 409, "challenge_spent")
        for name, status in (("ana", 401), ("ana again", 200)):
            login = {"challenge_id": performed(fake, client, name), "username": "ana"}
            assert client.post("/login", json=login).status_code == status

    @pytest.mark.parametrize("path", ["/session/step-up", "/account/face"])
    @pytest.mark.parametrize("purpose", ["login", "register"])
    def test_one_for_something_else_is_unknown(
        self, fake: FakeApp, path: str, purpose: str
    ) -> None:
        client = signed_in(fake, "ana")
        name = "ana" if purpose == "login" else "mallory"
        wanted = {"purpose": purpose, "username": name, "email": "mallory@example.org"}
        challenge_id = performed(fake, client, "ana", **wanted)
        body = {"challenge_id": challenge_id}
        refused(client.post(path, json=body), 404, "challenge_unknown")

    @pytest.mark.parametrize("path", ["/session/step-up", "/account/face"])
    def test_a_login_at_a_name_like_the_id_of_an_account_is_none_of_its_step_ups(
        self, fake: FakeApp, path: str
    ) -> None:
        client = signed_in(fake, "ana")
        user_id = client.get("/session").get_json()["user_id"]
        challenge_id = performed(fake, client, "ana", purpose="login", username=user_id)
        refused(client.post(path, json={"challenge_id": challenge_id}), 404, "challenge_unknown")

    def test_one_for_a_step_up_signs_nobody_in(self, fake: FakeApp) -> None:
        client = signed_in(fake, "ana")
        challenge_id = performed(fake, client, "ana", purpose="step_up")
        login = {"username": "ana", "challenge_id": challenge_id}
        refused(client.post("/login", json=login), 404, "challenge_unknown")
        body = {"challenge_id": challenge_id}
        assert client.post("/session/step-up", json=body).status_code == 200

    def test_without_a_session_nothing_is_spent(self, fake: FakeApp) -> None:
        client = signed_in(fake, "ana")
        challenge_id = performed(fake, client, "ana", purpose="step_up")
        kept = client.get_cookie("facelogin")
        assert kept is not None
        client.delete_cookie("facelogin")
        body = {"challenge_id": challenge_id}
        for path in ("/session/step-up", "/account/face"):
            refused(client.post(path, json=body), 401, "session_required")
        client.set_cookie("facelogin", kept.value)
        assert client.post("/session/step-up", json=body).status_code == 200


class TestAStoreThatIsAway:
    def unavailable(self, fake: FakeApp, ask: Callable[[], TestResponse]) -> None:
        """Ask while the store is away: nothing is told, and nothing is gained."""
        fake.fakes.store.switch.down = True
        answer = ask()
        refused(answer, 503, "store_unavailable")
        assert "Set-Cookie" not in answer.headers
        fake.fakes.store.switch.down = False

    def test_no_capture_begins(self, fake: FakeApp) -> None:
        for body in ({"purpose": "login", "username": "ana"}, FOR_EVE):
            self.unavailable(fake, partial(fake.client.post, "/challenges", json=body))

    def test_a_step_is_as_it_was(self, fake: FakeApp) -> None:
        capture = ByHand.begin(fake)
        for _ in range(4):
            shots = capture.shots()
            capture.wait(shots[-1].t_ms)
            sent = capture.message(shots)
            self.unavailable(fake, partial(sent.send, fake.client))
            capture.went_on(sent.send(fake.client), len(shots))
        self.unavailable(fake, partial(fake.login, image=None, challenge_id=capture.challenge_id))
        answer = fake.login(image=None, challenge_id=capture.challenge_id)
        assert answer.status_code == 200

    @pytest.mark.parametrize("part", ["budgets", "challenges"])
    def test_where_a_guess_cannot_be_counted_no_turn_is_shown(
        self, fake: FakeApp, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        """Each of the writes that the first turn depends on, gone alone."""
        capture = ByHand.begin(fake)
        shots = capture.shots()
        capture.wait(shots[-1].t_ms)
        sent = capture.message(shots)
        with monkeypatch.context() as patch:
            patch.setattr(getattr(fake.fakes.store, part), "put", away)
            refused(sent.send(fake.client), 503, "store_unavailable")
        capture.went_on(sent.send(fake.client), len(shots))
        assert capture.step.direction is not None


def away(*_: object, **__: object) -> bool:
    raise StoreUnavailable
