"""POST /register/check: what stands in the way of an account, before a face is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, refused
from facelogin.services.enrol import Application

CHECKS = 3


def check(fake: FakeApp, username: str = "ben", **more: object) -> TestResponse:
    given: dict[str, object] = {"username": username, "email": f"{username}@example.org"}
    return fake.client.post("/register/check", json=given | more)


def test_free_names_get_no_content(fake: FakeApp) -> None:
    answer = check(fake)
    assert (answer.status_code, answer.data) == (204, b"")
    assert fake.users == 0


@pytest.mark.parametrize(
    ("names", "code", "fields"),
    [
        ({"username": "ANA"}, "username_taken", {"username"}),
        ({"email": "Ana@Example.org"}, "email_taken", {"email"}),
        ({"username": "ana", "email": "ana@example.org"}, "username_taken", {"username", "email"}),
    ],
)
def test_taken_names_are_told_by_field(
    fake: FakeApp, names: dict[str, str], code: str, fields: set[str]
) -> None:
    assert fake.register("ana").status_code == 201
    given: dict[str, Any] = {"username": "ben", "email": "ben@example.org"} | names
    asked = fake.client.post("/register/check", json=given)
    assert set(refused(asked, 409, code)["fields"]) == fields
    registering = fake.client.post("/register", json=given | {"image": "cGVyc29uOmFuYQ=="})
    assert set(refused(registering, 409, code)["fields"]) == fields


def test_malformed_names_are_told_together(fake: FakeApp) -> None:
    answer = refused(check(fake, username="a b", email="nowhere"), 422, "invalid_request")
    assert set(answer["fields"]) == {"username", "email"}


def test_closed_registration_is_told() -> None:
    refused(check(fake_app_with(registration="closed")), 403, "registration_closed")


def test_dead_invitations_are_told_at_once() -> None:
    fake = fake_app_with(registration="invite")
    invites = fake.fakes.services.invites
    used = invites.issue(lasts=timedelta(days=1)).token
    assert check(fake, invite=used).status_code == 204
    assert fake.register("ana", invite=used).status_code == 201
    old = invites.issue(lasts=timedelta(seconds=1)).token
    fake.fakes.clock.moment += timedelta(seconds=2)
    for dead in (used, old, "never-issued", None):
        refused(check(fake, invite=dead), 403, "registration_closed")


def test_a_network_may_ask_so_often() -> None:
    fake = fake_app_with(network_registration_checks=CHECKS, network_window_s=600)
    assert fake.register("ana").status_code == 201
    for name in ("ben", "ana", "cleo"):
        check(fake, name)
    for name in ("ana", "dora"):  # taken or free: the same answer
        refused(check(fake, name), 429, "too_many_attempts")
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    names = {"username": "dora", "email": "dora@example.org"}
    there = fake.client.post("/register/check", json=names, environ_overrides=elsewhere)
    assert there.status_code == 204
    fake.fakes.clock.moment += timedelta(seconds=631)
    assert check(fake, "dora").status_code == 204


def test_refusals_are_recorded_without_names(fake: FakeApp) -> None:
    assert fake.register("ana").status_code == 201
    refused(check(fake, "ana"), 409, "username_taken")
    row = fake.fakes.store.audit.newest(subject=None, before=None, limit=1)[0]
    for part in ('"action":"check_registration"', '"outcome":"refused"', '"username_taken"'):
        assert part in row.body
    assert row.subject is None
    assert "ana" not in row.body.replace("username_taken", "")


def test_without_a_store_nothing_is_told() -> None:
    fake = fake_app_with()
    fake.fakes.store.switch.down = True
    refused(check(fake), 503, "store_unavailable")


def ask(fake: FakeApp, route: str, name: str) -> TestResponse:
    """Ask by that route whether a name is free."""
    names: dict[str, object] = {"username": name, "email": f"{name}@example.org"}
    more: dict[str, dict[str, object]] = {
        "/register/check": {},
        "/register": {"image": "AAAA"},
        "/challenges": {"purpose": "register"},
    }
    return fake.client.post(route, json=names | more[route])


ROUTES = ("/register/check", "/register", "/challenges")


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_that_tells_counts_whatever_it_tells(route: str) -> None:
    """One budget for all: who has used it up by one route is told nothing by any other."""
    fake = fake_app_with(network_registration_checks=CHECKS, network_window_s=600)
    fake.fakes.services.enrol.enrol(Application("ana", "ana@example.org"), [b"person:ana"])
    refused(ask(fake, route, "ana"), 409, "username_taken")
    for name in ("ben", "cleo"):
        ask(fake, route, name)
    for again in ROUTES:
        for name in ("ana", "dora"):
            refused(ask(fake, again, name), 429, "too_many_attempts")


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_that_tells_records_it(fake: FakeApp, route: str) -> None:
    assert fake.register("ana").status_code == 201
    refused(ask(fake, route, "ana"), 409, "username_taken")
    row = fake.fakes.store.audit.newest(subject=None, before=None, limit=1)[0]
    assert '"action":"check_registration"' in row.body
