"""What people change while they are signed in is limited, at every address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from apps import SESSIONS, FakeApp, fake_app_with, person, refused
from audit_rows import all_events
from doubles import NOTICE
from facelogin.api.account_writes import BOUNDED_OTHERWISE, ENDS_SESSIONS
from facelogin.services.erasure import Erasure

WRITES = 3
SAFE = {"GET", "HEAD", "OPTIONS"}


def writing_routes(app: Flask) -> list[str]:
    return sorted(
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
    )


ROUTES = writing_routes(fake_app_with().app)
LIMITED = [one for one in ROUTES if one not in BOUNDED_OTHERWISE]


@pytest.fixture
def fake() -> FakeApp:
    """Ana is signed in, and few writes are allowed."""
    app = fake_app_with(account_writes=WRITES, account_writes_a_day=2 * WRITES)
    app.register()
    app.login()
    return app


def send(client: FlaskClient, route: str, **body: Any) -> TestResponse:
    method, rule = route.split(" ")
    path = rule.replace("<string:session_id>", "none").replace("<int:n>", "0")
    return client.open(path.replace("<string:challenge_id>", "none"), method=method, json=body)


def test_every_exception_is_a_route_that_exists() -> None:
    assert set(BOUNDED_OTHERWISE) | ENDS_SESSIONS <= set(ROUTES)
    assert all(BOUNDED_OTHERWISE.values())
    assert len(LIMITED) >= 8


@pytest.mark.parametrize("route", LIMITED)
def test_no_route_writes_beyond_the_limit(
    fake: FakeApp, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Erasure, "erase", lambda *_: None)  # or there is no account left to limit
    session = fake.client.get_cookie(SESSIONS[0])
    assert session is not None

    def ask() -> TestResponse:
        browser = fake.app.test_client()
        browser.set_cookie(SESSIONS[0], session.value)
        return send(browser, route)

    for _ in range(WRITES):
        assert ask().status_code not in {401, 429}
    assert refused(ask(), 429, "too_many_attempts")["retry_after_s"] > 0


def test_a_new_route_is_limited_without_doing_anything_for_it(fake: FakeApp) -> None:
    app = fake.app
    app._got_first_request = False  # as if it had been there from the start
    app.add_url_rule("/account/new", "new", dict, methods=["PUT"])
    for _ in range(WRITES):
        assert fake.client.put("/account/new").status_code == 200
    refused(fake.client.put("/account/new"), 429, "too_many_attempts")


def test_a_day_has_a_limit_of_its_own(fake: FakeApp) -> None:
    heard = []
    for _ in range(3):
        heard += [send(fake.client, "POST /account/consent").status_code for _ in range(WRITES)]
        fake.fakes.clock.moment += timedelta(minutes=15)
    assert heard == [422] * 2 * WRITES + [429] * WRITES


def test_a_thief_of_a_session_uses_up_nothing_that_its_owner_needs(fake: FakeApp) -> None:
    """Neither the changes that need a fresh look, which a thief has not, nor the way to end it."""
    fake.fakes.clock.moment += timedelta(minutes=6)
    for route in ("POST /account/recovery-codes", "POST /account/face", "PATCH /account"):
        for _ in range(2 * WRITES):
            refused(send(fake.client, route), 403, "fresh_login_required")
    for _ in range(2 * WRITES):
        send(fake.client, "DELETE /account/sessions/<string:session_id>")
    owner = fake.app.test_client()
    assert owner.post("/login", json={"username": "ana", "image": person()}).status_code == 200
    assert owner.post("/account/recovery-codes").status_code == 201
    assert owner.post("/account/face", json={"image": person()}).status_code == 200
    assert owner.delete("/account/sessions").status_code == 200
    refused(fake.client.get("/session"), 401, "session_required")


def test_another_account_has_limits_of_its_own(fake: FakeApp) -> None:
    fake.register("ben")
    for _ in range(WRITES + 1):
        last = send(fake.client, "POST /account/consent")
    refused(last, 429, "too_many_attempts")
    fake.login("ben")
    assert send(fake.client, "POST /account/consent").status_code == 422


def test_without_the_counters_nothing_is_written(fake: FakeApp) -> None:
    fake.fakes.store.switch.down = True
    for route in LIMITED:
        refused(send(fake.client, route), 503, "store_unavailable")


# --- consent ------------------------------------------------------------------------------------


def test_agreeing_again_writes_nothing() -> None:
    fake = fake_app_with(consent_required=True)
    fake.register(consent=NOTICE.version)
    fake.login()
    user = fake.fakes.store.users.find_by_username("ana")
    recorded = len(all_events(fake.fakes.store))
    fake.fakes.clock.moment += timedelta(minutes=20)
    for _ in range(5):
        agreed = fake.client.post("/account/consent", json={"consent": NOTICE.version})
        assert agreed.get_json()["consent"]["given_at"] == "2026-03-01T12:00:00Z"
    assert fake.fakes.store.users.find_by_username("ana") == user
    assert len(all_events(fake.fakes.store)) == recorded


# --- names --------------------------------------------------------------------------------------


def test_wishes_for_names_are_limited_and_recorded() -> None:
    fake = fake_app_with(account_name_changes=3)
    fake.register("ben")
    fake.register()
    fake.login()
    for body, code in (
        ({"username": "BEN"}, "username_taken"),
        ({"email": "ben@example.org"}, "email_taken"),
    ):
        refused(fake.client.patch("/account", json=body), 409, code)
        last = fake.client.get("/account/activity").get_json()["activity"][0]
        told = last["action"], last["outcome"], last["reason"]
        assert told == ("change_profile", "refused", code)
    assert fake.client.patch("/account", json={"username": "ana.b"}).status_code == 200
    for name in ("ben", "free"):  # taken or free: the same answer
        refused(fake.client.patch("/account", json={"username": name}), 429, "too_many_attempts")
    fake.fakes.clock.moment += timedelta(hours=1, minutes=4)
    fake.login("ana.b", image=person())
    assert fake.client.patch("/account", json={"username": "free"}).status_code == 200


def test_wishes_for_names_count_for_the_network_as_at_registration() -> None:
    fake = fake_app_with(network_registration_checks=4)
    fake.register("ana")  # one question
    fake.register("ben")
    for name in ("ana", "ben"):
        fake.login(name)
        assert fake.client.patch("/account", json={"username": name.upper()}).status_code == 200
    refused(fake.client.patch("/account", json={"username": "ana"}), 429, "too_many_attempts")


# --- sign-ins and live captures -----------------------------------------------------------------


def test_sign_ins_of_one_account_are_limited() -> None:
    fake = fake_app_with(account_sign_ins=3)
    fake.register()
    fake.register("ben")
    for _ in range(3):
        assert fake.login().status_code == 200
    recorded = len(all_events(fake.fakes.store))
    for _ in range(5):
        refused(fake.login(), 429, "too_many_attempts")
    step_up = fake.client.post("/session/step-up", json={"image": person()})
    refused(step_up, 429, "too_many_attempts")
    assert len(all_events(fake.fakes.store)) == recorded + 1  # the lock, once
    assert fake.login("ben").status_code == 200


def test_live_captures_of_a_known_device_are_limited() -> None:
    fake = fake_app_with(network_challenges=3)
    fake.register()
    fake.login()
    body = {"purpose": "step_up"}
    for _ in range(3):
        assert fake.client.post("/challenges", json=body).status_code == 201
    refused(fake.client.post("/challenges", json=body), 429, "too_many_attempts")
    login = {"purpose": "login", "username": "ana"}
    refused(fake.client.post("/challenges", json=login), 429, "too_many_attempts")
    assert fake.app.test_client().post("/challenges", json=login).status_code == 201


# --- export -------------------------------------------------------------------------------------


def test_exports_of_an_account_are_limited() -> None:
    fake = fake_app_with(account_exports=2)
    fake.register()
    fake.login()
    for _ in range(2):
        assert fake.client.get("/account/export").status_code == 200
    refused(fake.client.get("/account/export"), 429, "too_many_attempts")
    fake.fakes.clock.moment += timedelta(hours=1, minutes=4)
    fake.login()
    assert fake.client.get("/account/export").status_code == 200


def test_a_worker_writes_two_exports_at_once(fake: FakeApp) -> None:
    """A place is free again once an export is written or its client has gone."""
    open_ones = [fake.client.get("/account/export", buffered=False) for _ in range(2)]
    told = refused(fake.client.get("/account/export"), 503, "busy")
    assert told["retry_after_s"] == 5
    for one in open_ones:
        one.close()
    assert fake.client.get("/account/export").get_json()["activity"][0]["action"] == "export"


def test_an_export_reads_the_log_as_it_is_written(
    fake: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("facelogin.services.activity._PAGE", 2)
    monkeypatch.setattr("facelogin.api.account_data._DEEDS_A_PIECE", 2)
    for _ in range(5):
        fake.login()
    pages = 0
    newest = fake.fakes.store.audit.newest

    def counting(**query: Any) -> Any:
        nonlocal pages
        pages += 1
        return newest(**query)

    monkeypatch.setattr(fake.fakes.store.audit, "newest", counting)
    answer = fake.client.get("/account/export", buffered=False)
    read_at_first = pages
    whole = answer.get_json()
    assert (read_at_first, pages) == (1, 6)
    assert len(whole["activity"]) == 9
    assert list(whole) == [
        *("exported_at", "profile", "consents", "credentials", "sessions", "activity")
    ]
