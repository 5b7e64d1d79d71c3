"""Accounts without consent: it is asked of everybody alike, before a picture is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from capturing import capture_client, live
from doubles import NOTICE, FakeEngine
from facelogin.domain.audit import event_of
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.models import Consent, User
from facelogin.domain.observation import Observation
from facelogin.domain.policy import Assurance

VERSION = NOTICE.version
AGREED = {"consent": VERSION}


def user(app: FakeApp, name: str) -> User:
    found = app.fakes.store.users.find_by_username(name)
    assert found is not None
    return found


def app_with(*, imported: tuple[str, ...] = ("old",), **settings: Any) -> FakeApp:
    """An application with ana, who has consented, and these people, who have not."""
    app = fake_app_with(consent_required=True, **settings)
    for name in ("ana", *imported):
        users = app.fakes.store.users
        if settings.get("required_assurance") is Assurance.LIVE:
            names = {"username": name, "email": f"{name}@example.org"} | AGREED
            captured = capture_client(app.client, app.fakes.clock).capture(
                live(name), purpose="register", **names
            )
            made = app.client.post(
                "/register", json=names | {"challenge_id": captured.challenge_id}
            )
        else:
            made = app.register(name, **AGREED)
        assert made.status_code == 201, made.get_json()
        if name in imported:
            one = user(app, name)
            users.delete(one.user_id)
            users.create(replace(one, consent=None))
    return app


@pytest.fixture
def app() -> FakeApp:
    return app_with()


@pytest.fixture
def live_app() -> FakeApp:
    return app_with(required_assurance=Assurance.LIVE)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every image that is looked at."""
    seen: list[bytes] = []
    observe = FakeEngine.observe

    def noting(engine: FakeEngine, image: bytes) -> Observation:
        seen.append(image)
        return observe(engine, image)

    monkeypatch.setattr(FakeEngine, "observe", noting)
    return seen


def recorded(app: FakeApp, name: str) -> list[tuple[str, str, str | None]]:
    rows = app.fakes.store.audit.rows(after=None, limit=1000)
    subject = f"subject:{user(app, name).user_id}"
    events = [event for row in rows if (event := event_of(row)) is not None]
    return [(one.action, one.outcome, one.reason) for one in events if one.subject == subject]


def begin(client: FlaskClient, name: str | None, **more: object) -> TestResponse:
    return client.post("/challenges", json={"purpose": "login", "username": name} | more)


def live_login(app: FakeApp, client: FlaskClient, name: str, **more: object) -> TestResponse:
    captured = capture_client(client, app.fakes.clock).capture(
        live(name), purpose="login", username=name, **more
    )
    assert captured.outcome == "passed", captured
    body = {"username": name, "challenge_id": captured.challenge_id}
    return client.post("/login", json=body)


def test_the_page_is_told(app: FakeApp) -> None:
    assert app.client.get("/config").get_json()["sign_in_consent"] is True
    assert app_with(imported=()).client.get("/config").get_json()["sign_in_consent"] is False


@pytest.mark.parametrize("name", ["old", "ana", "nobody", "not a name!"])
def test_every_name_gets_the_same_answer(app: FakeApp, looks: list[bytes], name: str) -> None:
    body = refused(app.login(name), 422, "consent_required")
    assert body["message"] == "Please agree to the privacy notice first."
    refused(app.login(name, consent="another"), 422, "consent_outdated")
    assert looks == []


@pytest.mark.parametrize("name", ["old", "ana", "nobody", "not a name!"])
def test_no_live_capture_begins_without_it(live_app: FakeApp, name: str) -> None:
    client = live_app.app.test_client()
    refused(begin(client, name), 422, "consent_required")
    refused(begin(client, name, consent="another"), 422, "consent_outdated")
    assert client.get_cookie("facelogin-capture") is None
    assert begin(client, name, **AGREED).status_code == 201


def test_consent_is_kept_if_the_face_matches(app: FakeApp) -> None:
    before = app.fakes.clock.moment
    assert app.login("old", **AGREED).status_code == 200
    assert user(app, "old").consent == Consent(VERSION, before)
    assert recorded(app, "old")[-2:] == [("consent", "ok", None), ("login", "ok", None)]


def test_consent_of_somebody_else_is_not_kept(app: FakeApp) -> None:
    refused(app.login("old", image=person("eve"), **AGREED), 401, "not_recognised")
    assert user(app, "old").consent is None


def test_an_earlier_consent_stays(app: FakeApp) -> None:
    before = user(app, "ana").consent
    app.fakes.clock.moment += timedelta(days=1)
    assert app.login("ana", **AGREED).status_code == 200
    assert user(app, "ana").consent == before


def test_a_browser_that_has_signed_in_is_not_asked_again(app: FakeApp) -> None:
    app.login("ana", **AGREED)
    assert app.login("ana").status_code == 200
    refused(app.login("old"), 422, "consent_required")


def test_a_known_browser_does_not_make_up_for_consent(app: FakeApp) -> None:
    """Somebody who signed in by a recovery code is known, and has still agreed to nothing."""
    codes = app.register("bob", **AGREED).get_json()["recovery_codes"]
    bob = user(app, "bob")
    app.fakes.store.users.delete(bob.user_id)
    app.fakes.store.users.create(replace(bob, consent=None))
    by_code = {"username": "bob", "recovery_code": codes[0]}
    assert app.client.post("/login/recovery", json=by_code).status_code == 200
    app.client.post("/logout")

    refused(app.login("bob"), 422, "consent_required")
    assert recorded(app, "bob")[-1] == ("login", "refused", "consent_required")
    assert app.client.get("/session").status_code == 401
    assert app.login("bob", **AGREED).status_code == 200


def test_after_the_last_consent_nobody_is_asked(app: FakeApp) -> None:
    app.login("old", **AGREED)
    app.fakes.clock.moment += timedelta(minutes=1)
    another = app.app.test_client()
    body = {"username": "ana", "image": person("ana")}
    assert another.post("/login", json=body).status_code == 200
    assert another.get("/config").get_json()["sign_in_consent"] is False


def test_a_disabled_account_gets_no_consent(app: FakeApp) -> None:
    users = app.fakes.store.users
    users.set_disabled(user(app, "old").user_id, disabled_at=app.fakes.clock.now())
    refused(app.login("old", **AGREED), 403, "account_disabled")
    assert user(app, "old").consent is None


def test_a_live_consent_bears_the_time_when_the_capture_began(live_app: FakeApp) -> None:
    before = live_app.fakes.clock.moment
    client = live_app.app.test_client()
    assert live_login(live_app, client, "old", **AGREED).status_code == 200
    assert live_app.fakes.clock.moment > before
    assert user(live_app, "old").consent == Consent(VERSION, before)


def test_a_live_capture_that_began_before_the_import_is_refused() -> None:
    app = app_with(imported=(), required_assurance=Assurance.LIVE)
    client = app.app.test_client()
    captured = capture_client(client, app.fakes.clock).capture(
        live("ana"), purpose="login", username="ana"
    )
    ana = user(app, "ana")
    app.fakes.store.users.delete(ana.user_id)
    app.fakes.store.users.create(replace(ana, consent=None))
    body = {"username": "ana", "challenge_id": captured.challenge_id}
    refused(client.post("/login", json=body), 422, "consent_required")


def test_without_a_name_it_is_asked_of_unknown_browsers(looks: list[bytes]) -> None:
    app = app_with(identification=IdentificationMode.ON)
    look = {"image": person("old")}
    seen = len(looks)
    refused(app.client.post("/login", json=look), 422, "consent_required")
    refused(app.client.post("/login", json=look | {"consent": "x"}), 422, "consent_outdated")
    refused(begin(app.client, None), 422, "consent_required")
    assert len(looks) == seen
    answer = app.client.post("/login", json=look | AGREED)
    assert answer.get_json()["username"] == "old"
    consent = user(app, "old").consent
    assert consent is not None
    assert consent.notice_version == VERSION


def test_without_a_name_a_known_browser_does_not_make_up_for_it() -> None:
    app = app_with(identification=IdentificationMode.ON)
    app.login("ana", **AGREED)
    refused(app.client.post("/login", json={"image": person("old")}), 422, "consent_required")
    assert recorded(app, "old")[-1] == ("identify", "refused", "consent_required")


def test_a_store_that_is_down_asks_and_fails_as_before(app: FakeApp) -> None:
    app.fakes.store.switch.down = True
    refused(app.login("ana", **AGREED), 503, "store_unavailable")
    assert app.client.get("/config").get_json()["sign_in_consent"] is True


def signed_in_by_a_code(app: FakeApp) -> FlaskClient:
    """Whoever has no consent on record gets in by a recovery code, without a face."""
    client = app.app.test_client()
    codes = app.fakes.services.recovery.renew_for(user(app, "old"))
    answer = client.post("/login/recovery", json={"username": "old", "recovery_code": codes[0]})
    assert answer.status_code == 200, answer.get_json()
    return client


def test_no_face_is_looked_at_after_a_recovery_code_either(
    app: FakeApp, looks: list[bytes]
) -> None:
    client = signed_in_by_a_code(app)
    looks.clear()
    for path in ("/session/step-up", "/account/face"):
        refused(client.post(path, json={"image": person("old")}), 422, "consent_required")
    assert looks == []
    assert client.post("/account/consent", json={"consent": VERSION}).status_code == 200
    assert client.post("/session/step-up", json={"image": person("old")}).status_code == 200


def test_no_live_capture_of_somebody_signed_in_begins_without_it(live_app: FakeApp) -> None:
    client = signed_in_by_a_code(live_app)
    refused(client.post("/challenges", json={"purpose": "step_up"}), 422, "consent_required")
    assert client.post("/account/consent", json={"consent": VERSION}).status_code == 200
    assert client.post("/challenges", json={"purpose": "step_up"}).status_code == 201
