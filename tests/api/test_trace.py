"""One access record per request: which route, how, how long; never who or for what."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from apps import FakeApp

BUILT_IN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in BUILT_IN}


def test_a_request_leaves_one_record(fake: FakeApp, caplog: pytest.LogCaptureFixture) -> None:
    response = fake.client.get("/greeting?user_id=secret-id")
    (record,) = [one for one in caplog.records if one.name == "facelogin.access"]
    fields = extras(record)
    assert fields.pop("duration_ms") >= 0
    assert fields == {
        "request_id": response.headers["X-Request-Id"],
        "method": "GET",
        "route": "/greeting",
        "status": 401,
        "code": "session_required",
    }


def test_an_unknown_path_is_not_logged(fake: FakeApp, caplog: pytest.LogCaptureFixture) -> None:
    fake.client.open("/people/ana@example.org", method="X-SECRET")
    (record,) = [one for one in caplog.records if one.name == "facelogin.access"]
    assert extras(record)["route"] == "unmatched"
    assert extras(record)["method"] == "other"


def test_request_ids_are_ours_and_differ(fake: FakeApp) -> None:
    ids = {
        fake.client.get("/healthz", headers={"X-Request-Id": "theirs"}).headers["X-Request-Id"]
        for _ in range(3)
    }
    assert len(ids) == 3
    assert "theirs" not in ids


def test_nothing_personal_is_logged(fake: FakeApp, caplog: pytest.LogCaptureFixture) -> None:
    fake.register("ana-secret", email="mail-secret@example.org")
    token = fake.login("ana-secret").headers["Set-Cookie"].split("=")[1].split(";")[0]
    fake.register("ana-secret", image="!")
    fake.login("ana-secret", image="x")
    fake.client.get("/session")
    logged = json.dumps(
        [[record.getMessage(), extras(record)] for record in caplog.records], default=repr
    )
    assert logged.count("duration_ms") == 5
    for secret in ("secret", token, "person", "cGVyc29u"):
        assert secret not in logged


def test_a_store_that_fails_is_logged_with_the_request(
    fake: FakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fakes.store.switch.down = True
    response = fake.client.get("/readyz")
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert extras(record)["request_id"] == response.headers["X-Request-Id"]
