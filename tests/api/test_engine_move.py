"""People with templates of an older engine sign in by it, and are moved by a strong sign-in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from apps import FakeApp, fake_app_with, person, refused
from capturing import ByHand, capture_client, live_app, passed, registered
from capturing import live as live_person
from doubles import FakeEngine
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.services.audit import Action
from two_engines import OLD, TwoEngines, with_old_template

DEFAULT = FakeEngine.ref


@pytest.fixture
def engine() -> TwoEngines:
    return TwoEngines()


@pytest.fixture
def live(engine: TwoEngines) -> FakeApp:
    """An application that asks for a live capture, with ana, whose template is the older one's.

    Her browser has signed in before: it registered and then signed in.
    """
    app = live_app(engine=engine)
    sign_in(app, app.client)
    with_old_template(app, "ana")
    return app


@pytest.fixture
def photo(engine: TwoEngines) -> FakeApp:
    """An application where a photo is enough, with ana, whose template is the older one's."""
    app = fake_app_with(engine=engine)
    app.register()
    with_old_template(app, "ana")
    return app


def sign_in(app: FakeApp, client: FlaskClient, username: str = "ana") -> Any:
    captured = passed(client, app.fakes.clock, username)
    return client.post("/login", json={"username": username, "challenge_id": captured.challenge_id})


def ana(app: FakeApp) -> User:
    user = app.fakes.store.users.find_by_username("ana")
    assert user is not None
    return user


def actions(app: FakeApp) -> list[str]:
    rows = app.fakes.store.audit.rows(after=None, limit=999)
    return [row.body for row in rows if Action.MOVE_ENGINE.value in row.body]


def test_a_person_signs_in_by_the_engine_of_their_template(photo: FakeApp) -> None:
    assert photo.login().status_code == 200


def test_another_face_is_refused_by_the_engine_of_the_template(photo: FakeApp) -> None:
    refused(photo.login(image=person("eve")), 401, "not_recognised")


def test_the_default_engine_decides_if_there_are_both(photo: FakeApp) -> None:
    """And never either of them: two chances would be twice the false-match rate."""
    photo.register("bob")
    bob = photo.fakes.store.users.find_by_username("bob")
    assert bob is not None
    with_old_template(photo, "bob")
    old = photo.fakes.store.users.find_by_username("bob")
    assert old is not None
    eve = photo.register("eve")
    assert eve.status_code == 201
    eves = photo.fakes.store.users.find_by_username("eve")
    assert eves is not None
    photo.fakes.store.users.add_template(
        old.user_id, beside=old.template.template_id, template=eves.template
    )
    refused(photo.login("bob"), 401, "not_recognised")
    assert photo.login("bob", image=person("eve")).status_code == 200


@pytest.mark.parametrize("username", ["ana", "bob", "nobody"])
def test_the_same_engines_run_for_every_name(
    photo: FakeApp, engine: TwoEngines, username: str
) -> None:
    photo.register("bob")  # whose template is the default engine's
    engine.embedded = engine.old.embedded = 0
    photo.login(username, image=person("eve"))
    assert (engine.embedded, engine.old.embedded) == (1, 1)


def test_a_live_sign_in_from_a_known_device_adds_a_template(live: FakeApp) -> None:
    assert sign_in(live, live.client).status_code == 200
    assert [one.engine for one in ana(live).templates] == [OLD, DEFAULT]
    assert len(actions(live)) == 1


def test_the_added_template_is_what_signs_in_from_then_on(live: FakeApp) -> None:
    sign_in(live, live.client)
    live.fakes.store.users.drop_template(
        ana(live).user_id, template_id=ana(live).template.template_id
    )
    assert [one.engine for one in ana(live).templates] == [DEFAULT]
    assert sign_in(live, live.app.test_client()).status_code == 200
    assert len(actions(live)) == 1


def test_an_unknown_device_adds_none(live: FakeApp) -> None:
    assert sign_in(live, live.app.test_client()).status_code == 200
    assert [one.engine for one in ana(live).templates] == [OLD]


def test_a_photo_adds_none(photo: FakeApp) -> None:
    assert photo.login().status_code == 200
    assert photo.login().status_code == 200  # by now from a known device
    assert [one.engine for one in ana(photo).templates] == [OLD]


def test_a_refused_sign_in_adds_none(live: FakeApp) -> None:
    captured = passed(live.client, live.fakes.clock, "ana")
    registered(live, "eve")
    answer = live.client.post(
        "/login", json={"username": "eve", "challenge_id": captured.challenge_id}
    )
    assert answer.status_code == 404
    assert [one.engine for one in ana(live).templates] == [OLD]


def test_nobody_is_moved_if_the_operator_says_off() -> None:
    app = live_app(engine=TwoEngines(), engine_move="off")
    sign_in(app, app.client)
    with_old_template(app, "ana")
    assert sign_in(app, app.client).status_code == 200
    assert [one.engine for one in ana(app).templates] == [OLD]


def test_a_store_that_fails_to_add_lets_the_person_in_all_the_same(
    live: FakeApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> bool:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(live.fakes.store.users, "add_template", away)
        assert sign_in(live, live.client).status_code == 200
    assert [one.engine for one in ana(live).templates] == [OLD]
    assert "template not added" in caplog.text
    assert sign_in(live, live.client).status_code == 200
    assert [one.engine for one in ana(live).templates] == [OLD, DEFAULT]


def test_retiring_erases_the_old_template_of_those_who_have_moved_only(live: FakeApp) -> None:
    sign_in(live, live.client)
    registered(live, "bob")
    with_old_template(live, "bob")
    use = live.fakes.services.engine_use
    assert dict(use.counts()) == {DEFAULT: 1, OLD: 2}
    assert use.people_to_move() == 1
    retired = use.retire(OLD.id, lambda _: None)
    assert (retired.erased, retired.kept) == (1, 1)
    assert [one.engine for one in ana(live).templates] == [DEFAULT]
    assert dict(use.counts()) == {DEFAULT: 1, OLD: 1}
    assert sign_in(live, live.client).status_code == 200
    assert sign_in(live, live.app.test_client(), "bob").status_code == 200


def switch_engine(app: FakeApp) -> None:
    """Let the application have another default engine from now on, as its next worker may."""
    app.fakes.services.engine.ref = OLD  # type: ignore[misc]


def test_a_capture_that_another_engine_began_ends_at_its_next_step() -> None:
    """In an upgrade, while workers of both kinds serve: nothing compares across engines."""
    app = live_app(engine=FakeEngine())
    by_hand = ByHand.begin(app)
    by_hand.reveal()
    switch_engine(app)
    body = by_hand.answer()
    assert (body["status"], body["code"]) == ("failed", "challenge_expired")


def test_a_capture_of_another_engine_enrols_nobody() -> None:
    app = fake_app_with(engine=FakeEngine(), required_assurance=Assurance.LIVE)
    names = {"username": "ana", "email": "ana@example.org"}
    captured = capture_client(app.client, app.fakes.clock).capture(
        live_person("ana"), purpose="register", **names
    )
    switch_engine(app)
    refused(
        app.client.post("/register", json=names | {"challenge_id": captured.challenge_id}),
        410,
        "challenge_expired",
    )
    assert app.users == 0


def test_a_capture_that_a_version_before_this_one_passed_has_expired() -> None:
    """It kept its embeddings without the name of their engine."""
    app = live_app(engine=FakeEngine())
    captured = passed(app.client, app.fakes.clock)
    challenges = app.fakes.store.challenges
    (kept,) = (
        one for one in challenges._kept.values() if one.challenge_id == captured.challenge_id
    )
    bound, _, state = kept.sealed.partition(b"\n")
    without = {key: value for key, value in json.loads(state).items() if key != "embedded"}
    sealed = bound + b"\n" + json.dumps(without).encode()
    challenges._kept[kept.capture] = replace(kept, sealed=sealed)
    answer = app.client.post(
        "/login", json={"username": "ana", "challenge_id": captured.challenge_id}
    )
    refused(answer, 410, "challenge_expired")
