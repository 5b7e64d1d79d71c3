"""GET /account/activity, on stand-ins and on the real stores; and a log that takes no records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from apps import FakeApp, b64, person, refused
from faces import image_bytes
from mongodb_faults import Fault, FaultProxy

BARACK = {"username": "barack", "image": b64(image_bytes("obama.jpg"))}
WRONG = BARACK | {"image": b64(image_bytes("biden.jpg"))}
EMAIL = {"email": "barack@example.org"}


def activity(client: FlaskClient) -> list[dict[str, Any]]:
    response = client.get("/account/activity")
    assert response.status_code == 200, response.get_json()
    found: list[dict[str, Any]] = response.get_json()["activity"]
    return found


def test_it_needs_a_session(fake: FakeApp) -> None:
    refused(fake.client.get("/account/activity"), 401, "session_required")


def test_it_shows_what_happened_the_newest_first(fake: FakeApp) -> None:
    fake.register()
    fake.login()
    fake.login(image=person("bob"))
    shown = activity(fake.client)
    assert [(one["action"], one["outcome"]) for one in shown] == [
        ("login", "refused"),
        ("login", "ok"),
        ("login", "ok"),  # which registering is
        ("register", "ok"),
    ]
    assert shown[0] == {
        "at": "2026-03-01T12:00:00Z",
        "action": "login",
        "outcome": "refused",
        "factor": "face",
        "reason": "not_recognised",
        "this_device": True,
        "routine": False,
    }
    assert "reason" not in shown[1]
    assert {"factor", "reason"}.isdisjoint(shown[3])


def test_a_failed_look_says_from_where(fake: FakeApp) -> None:
    fake.register()
    fake.login()
    chrome = "Mozilla/5.0 (Linux; Android 10; K) Chrome/142.0.0.0 Mobile Safari/537.36"
    body = {"username": "ana", "image": person("bob")}
    elsewhere = fake.app.test_client()
    refused(
        elsewhere.post("/login", json=body, headers={"User-Agent": chrome}), 401, "not_recognised"
    )
    failed = activity(fake.client)[0]
    assert (failed["outcome"], failed["browser"]) == ("refused", "Chrome on Android")
    exported = fake.client.get("/account/export").get_json()["activity"]
    assert [one["browser"] for one in exported if one["outcome"] == "refused"] == [
        "Chrome on Android"
    ]


def test_it_shows_nobody_elses(fake: FakeApp) -> None:
    fake.register("ana")
    fake.register("bob")
    fake.login("bob")
    assert [one["action"] for one in activity(fake.client)] == ["login", "login", "register"]


def test_it_tells_nothing_but_what_is_documented(fake: FakeApp) -> None:
    fake.register()
    fake.login()
    documented = {
        *("at", "action", "outcome", "factor", "reason", "browser", "this_device", "routine")
    }
    assert all(set(one) <= documented for one in activity(fake.client))


def test_a_store_that_is_down_is_an_outage(fake: FakeApp) -> None:
    fake.register()
    fake.login()
    fake.fakes.store.switch.down = True
    refused(fake.client.get("/account/activity"), 503, "store_unavailable")


def test_the_whole_system_shows_it(client: FlaskClient) -> None:
    assert client.post("/register", json=BARACK | EMAIL).status_code == 201
    assert client.post("/login", json=WRONG).status_code == 401
    assert client.post("/login", json=BARACK).status_code == 200
    assert client.post("/session/step-up", json={"image": BARACK["image"]}).status_code == 200
    assert client.patch("/account", json={"username": "president"}).status_code == 200
    shown = [(one["action"], one["outcome"], one["this_device"]) for one in activity(client)]
    assert shown == [
        ("change_profile", "ok", True),
        ("step_up", "ok", True),
        ("login", "ok", True),
        ("login", "refused", True),
        ("login", "ok", False),  # which registering is, and made this device known
        ("register", "ok", False),
    ]


# --- a login that can't be recorded is no login -------------------------------------------------


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    return tmp_path / "faces.db"


@pytest.fixture
def sqlite_app(make_app: Callable[..., Flask], sqlite_file: Path) -> Flask:
    return make_app(database_url=f"sqlite:///{sqlite_file}")


def execute(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


def test_sqlite_a_login_that_can_not_be_recorded_signs_nobody_in(
    sqlite_app: Flask, sqlite_file: Path
) -> None:
    client = sqlite_app.test_client()
    assert client.post("/register", json=BARACK | EMAIL).status_code == 201
    execute(
        sqlite_file,
        "CREATE TRIGGER full BEFORE INSERT ON audit_rows BEGIN SELECT raise(FAIL, 'full'); END",
    )
    for body in (BARACK, WRONG):
        response = client.post("/login", json=body)
        refused(response, 503, "store_unavailable")
        assert "Set-Cookie" not in response.headers
    execute(sqlite_file, "DROP TRIGGER full")
    assert client.post("/login", json=BARACK).status_code == 200
    assert sqlite_app.extensions["facelogin"].audit_log.check().sound


@pytest.fixture
def proxy(mongo_uri: str) -> Iterator[FaultProxy]:
    with FaultProxy(mongo_uri) as running:
        yield running


def test_mongodb_a_login_whose_record_has_no_reply_signs_nobody_in(
    make_app: Callable[..., Flask], proxy: FaultProxy
) -> None:
    app = make_app(database_url=f"{proxy.uri}&timeoutMS=1000")
    client = app.test_client()
    assert client.post("/register", json=BARACK | EMAIL).status_code == 201
    assert client.post("/login", json=BARACK).status_code == 200
    client.delete_cookie("facelogin")
    proxy.inject(Fault.DROP_REPLY, "insert")  # all that a known device's login inserts is this
    response = client.post("/login", json=BARACK)
    refused(response, 503, "store_unavailable")
    assert "Set-Cookie" not in response.headers
    assert client.post("/login", json=BARACK).status_code == 200
    report = app.extensions["facelogin"].audit_log.check()
    assert (report.findings, report.lanes) == ((), 1)
