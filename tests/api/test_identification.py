"""Signing in without a username: who is found, who isn't, and what is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from capturing import ByHand, capture_client, live, registered
from facelogin.domain.audit import event_of
from facelogin.domain.identification import IdentificationMode
from facelogin.domain.policy import Assurance


def app_with(*people: str, **settings: object) -> FakeApp:
    app = fake_app_with(identification=IdentificationMode.ON, **settings)
    for name in people:
        assert app.register(name).status_code == 201
    return app


@pytest.fixture
def app() -> FakeApp:
    return app_with("ana", "ben")


def look(app: FakeApp, name: str = "ana", **more: object) -> TestResponse:
    """Sign in by a photo of ``name``, and no username."""
    return app.client.post("/login", json={"image": person(name)} | more)


def deeds(app: FakeApp) -> list[tuple[str, str, str | None, str | None]]:
    rows = app.fakes.store.audit.rows(after=None, limit=1000)
    events = [event for row in rows if (event := event_of(row)) is not None]
    return [(one.action, one.outcome, one.subject, one.reason) for one in events]


def test_who_only_looks_is_greeted_by_name(app: FakeApp) -> None:
    answer = look(app, "ben")
    assert (answer.status_code, answer.get_json()["username"]) == (200, "ben")
    assert answer.get_json()["message"] == "Welcome back, ben."
    session = app.client.get("/session").get_json()
    assert (session["username"], session["amr"], session["assurance"]) == ("ben", ["face"], "photo")


def test_several_images_are_looked_up_as_one(app: FakeApp) -> None:
    body = {"images": [person("ana"), person("ana")]}
    assert app.client.post("/login", json=body).get_json()["username"] == "ana"


def test_a_stranger_is_told_so_and_signed_in_as_nobody(app: FakeApp) -> None:
    body = refused(look(app, "eve"), 401, "not_recognised")
    assert body["message"] == "I don't know you."
    assert app.client.get("/session").status_code == 401


def test_with_nobody_enrolled_everybody_is_a_stranger() -> None:
    refused(look(app_with()), 401, "not_recognised")


def test_one_person_alone_is_found_and_others_are_not() -> None:
    app = app_with("ana")
    assert look(app).status_code == 200
    refused(look(app, "eve"), 401, "not_recognised")


def test_two_accounts_with_one_face_are_asked_for_a_name() -> None:
    app = app_with("ana")
    assert app.register("ana2", image=person("ana")).status_code == 201
    body = refused(look(app), 401, "username_needed")
    assert body["message"] == "Please type your username."
    assert app.login("ana2", image=person("ana")).status_code == 200


def test_with_a_username_it_is_asked_about_that_account_only(app: FakeApp) -> None:
    refused(app.login("ben", image=person("ana")), 401, "not_recognised")
    assert app.login("ana").status_code == 200


def test_config_says_whether_a_name_is_needed(app: FakeApp) -> None:
    assert app.client.get("/config").get_json()["identification"] == "on"
    assert fake_app_with().client.get("/config").get_json()["identification"] == "off"


def test_where_it_is_off_the_username_is_missing(fake: FakeApp) -> None:
    for answer in (
        fake.client.post("/login", json={"image": person()}),
        fake.client.post("/login", json={"challenge_id": "one"}),
        fake.client.post("/challenges", json={"purpose": "login"}),
    ):
        body = refused(answer, 422, "invalid_request")
        assert body["fields"] == {"username": "This is missing."}


def test_where_it_is_off_all_that_is_wrong_is_told_at_once(fake: FakeApp) -> None:
    body = refused(fake.client.post("/login", json={}), 422, "invalid_request")
    assert set(body["fields"]) == {"username", "image"}


def test_where_it_is_off_the_service_itself_refuses(fake: FakeApp) -> None:
    from facelogin.domain.errors import InvalidRequest

    with pytest.raises(InvalidRequest):
        fake.fakes.services.identify.check()


def test_bad_pictures_get_the_answers_that_they_always_get(app: FakeApp) -> None:
    import base64

    for image, code in ((b"nobody", "face_not_found"), (b"junk", "image_unreadable")):
        answer = look(app, image=base64.b64encode(image).decode())
        refused(answer, 422, code)


def test_more_people_than_the_thresholds_reach_are_not_searched_and_names_go_on() -> None:
    """The stand-in's table ends at 1e-4, which at one stranger in a thousand is ten people."""
    app = app_with(*(f"user{n}" for n in range(10)))
    assert look(app, "user3").status_code == 200
    assert app.register("user10").status_code == 201
    body = refused(look(app, "user3"), 503, "identification_unavailable")
    assert body["retry_after_s"] > 0
    refused(
        app.client.post("/challenges", json={"purpose": "login"}),
        503,
        "identification_unavailable",
    )
    assert app.login("user3").status_code == 200


def test_a_higher_rate_set_knowingly_allows_more_people() -> None:
    app = app_with(*(f"user{n}" for n in range(15)), target_fpir=2e-3)
    assert look(app, "user14").status_code == 200


def test_an_erased_person_is_a_stranger_at_once(app: FakeApp) -> None:
    assert look(app).status_code == 200
    ana = app.fakes.store.users.find_by_username("ana")
    assert ana is not None
    app.fakes.services.accounts.erase(ana)
    refused(look(app), 401, "not_recognised")


def test_a_disabled_person_is_a_stranger_and_found_again_when_enabled(app: FakeApp) -> None:
    ana = app.fakes.store.users.find_by_username("ana")
    assert ana is not None
    app.fakes.services.accounts.disable(ana)
    refused(look(app), 401, "not_recognised")
    app.fakes.services.accounts.enable(ana)
    assert look(app).status_code == 200


def test_where_a_photo_is_not_enough_it_is_not_enough_without_a_name_either() -> None:
    app = fake_app_with(identification=IdentificationMode.ON, required_assurance=Assurance.LIVE)
    refused(look(app), 403, "liveness_required")


def test_the_log_says_who_was_found_and_who_was_not(app: FakeApp) -> None:
    ana = app.fakes.store.users.find_by_username("ana")
    assert ana is not None
    assert look(app).status_code == 200
    refused(look(app, "eve"), 401, "not_recognised")
    subject = f"subject:{ana.user_id}"
    assert deeds(app)[-2:] == [
        ("identify", "ok", subject, None),
        ("identify", "refused", None, "not_recognised"),
    ]


def test_no_answer_and_no_record_holds_a_score(app: FakeApp) -> None:
    answers = [look(app).get_data(as_text=True), look(app, "eve").get_data(as_text=True)]
    rows = [row.body for row in app.fakes.store.audit.rows(after=None, limit=100)]
    for text in (*answers, *rows):
        assert "distance" not in text
        assert "score" not in text


@pytest.fixture
def live_app() -> FakeApp:
    app = fake_app_with(identification=IdentificationMode.ON, required_assurance=Assurance.LIVE)
    registered(app, "ana")
    registered(app, "ben")
    return app


def capture(app: FakeApp, name: str) -> str:
    captured = capture_client(app.client, app.fakes.clock).capture(live(name), purpose="login")
    assert captured.outcome == "passed", captured
    return captured.challenge_id


def test_a_live_capture_without_a_name_signs_in(live_app: FakeApp) -> None:
    answer = live_app.client.post("/login", json={"challenge_id": capture(live_app, "ben")})
    assert answer.get_json()["username"] == "ben"
    assert live_app.client.get("/session").get_json()["assurance"] == "live"


def test_a_live_stranger_is_not_known(live_app: FakeApp) -> None:
    answer = live_app.client.post("/login", json={"challenge_id": capture(live_app, "eve")})
    refused(answer, 401, "not_recognised")


def test_a_nameless_capture_is_spent_once(live_app: FakeApp) -> None:
    body = {"challenge_id": capture(live_app, "ben")}
    assert live_app.client.post("/login", json=body).status_code == 200
    refused(live_app.client.post("/login", json=body), 409, "challenge_spent")


@pytest.mark.parametrize("username", ["ben", ""])
def test_a_capture_without_a_name_is_worth_nothing_with_one(
    live_app: FakeApp, username: str
) -> None:
    body = {"challenge_id": capture(live_app, "ben"), "username": username}
    refused(live_app.client.post("/login", json=body), 404, "challenge_unknown")


@pytest.mark.parametrize("username", ["ben", ""])
def test_a_capture_with_a_name_is_worth_nothing_without_one(
    live_app: FakeApp, username: str
) -> None:
    captured = capture_client(live_app.client, live_app.fakes.clock).capture(
        live("ben"), purpose="login", username=username
    )
    answer = live_app.client.post("/login", json={"challenge_id": captured.challenge_id})
    refused(answer, 404, "challenge_unknown")


def test_a_nameless_capture_that_is_left_after_the_first_turn_has_counted(
    live_app: FakeApp,
) -> None:
    before = network_failures(live_app)
    by_hand = ByHand.begin(live_app, username=None)
    assert network_failures(live_app) == before
    by_hand.reveal()
    assert network_failures(live_app) == before + 1


def test_a_nameless_capture_that_signs_in_has_cost_nothing(live_app: FakeApp) -> None:
    before = network_failures(live_app)
    body = {"challenge_id": capture(live_app, "ben")}
    assert live_app.client.post("/login", json=body).status_code == 200
    assert network_failures(live_app) == before


def test_strangers_use_up_what_a_network_has(app: FakeApp) -> None:
    app = app_with("ana", network_failures=3)
    for _ in range(3):
        refused(look(app, "eve"), 401, "not_recognised")
    refused(look(app, "eve"), 429, "too_many_attempts")
    refused(look(app), 429, "too_many_attempts")
    app.fakes.clock.moment += timedelta(minutes=11)
    assert look(app).status_code == 200


def test_a_known_device_has_a_budget_of_its_own_for_looking(app: FakeApp) -> None:
    assert app.login("ana").status_code == 200  # the device is known from now on
    for _ in range(5):
        refused(look(app, "eve"), 401, "not_recognised")
    refused(look(app, "eve"), 429, "too_many_attempts")
    refused(app.client.post("/challenges", json={"purpose": "login"}), 429, "too_many_attempts")
    assert app.login("ana").status_code == 200
    app.fakes.clock.moment += timedelta(seconds=31)
    assert look(app).status_code == 200


def test_near_misses_count_against_the_account_that_they_are_near() -> None:
    app = app_with("ana")
    assert app.register("ana2", image=person("ana")).status_code == 201
    for _ in range(5):
        refused(look(app), 401, "username_needed")
    refused(look(app), 429, "too_many_attempts")
    locked = [app.login(name, image=person("ana")).status_code for name in ("ana", "ana2")]
    assert sorted(locked) == [200, 429]


def test_an_account_that_is_locked_is_not_opened_by_leaving_its_name_out(app: FakeApp) -> None:
    for _ in range(5):
        refused(app.login("ana", image=person("eve")), 401, "not_recognised")
    refused(app.login("ana"), 429, "too_many_attempts")
    refused(look(app, "ana"), 429, "too_many_attempts")
    assert look(app, "ben").status_code == 200


def network_failures(app: FakeApp) -> int:
    from facelogin.domain.throttle import Tally

    kept = app.fakes.store.budgets.find("failures:network:127.0.0.1/32")
    return 0 if kept is None else Tally.load(kept.state).slots.total
