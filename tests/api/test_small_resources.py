"""What a page asks before anybody signs in, the probes, and the front door."""

from __future__ import annotations

import pytest

from apps import FakeApp, fake_app_with, refused
from doubles import NOTICE
from facelogin import Profile

PRODUCTION = {"profile": Profile.PRODUCTION, "public_url": "https://login.example.org"}


def test_config_tells_a_page_all_that_it_needs(fake: FakeApp) -> None:
    assert fake.client.get("/config").get_json() == {
        "required_assurance": "photo",
        "identification": "off",
        "registration": "open",
        "upload_allowed": True,
        "flash": False,
        "max_images": {"register": 5, "login": 3},
        "languages": ["en"],
        "notice": {"version": NOTICE.version, "required": False},
        "sign_in_consent": False,
    }


def test_production_asks_for_more() -> None:
    config = fake_app_with(**PRODUCTION).client.get("/config").get_json()
    assert config["required_assurance"] == "live"
    assert config["registration"] == "closed"
    assert config["upload_allowed"] is False
    assert config["notice"]["required"] is True


def test_where_live_capture_is_required_a_photo_is_refused() -> None:
    fake = fake_app_with(**PRODUCTION, registration="open")
    refused(fake.register(), 403, "liveness_required")
    refused(fake.login(), 403, "liveness_required")
    assert fake.users == 0


def test_where_registration_is_closed_nobody_registers() -> None:
    fake = fake_app_with(registration="closed")
    refused(fake.register(), 403, "registration_closed")
    assert fake.users == 0


def test_where_consent_is_required_it_must_be_to_the_current_notice() -> None:
    fake = fake_app_with(consent_required=True)
    refused(fake.register(), 422, "consent_required")
    refused(fake.register(consent="an older one"), 422, "consent_outdated")
    assert fake.users == 0
    version = fake.client.get("/config").get_json()["notice"]["version"]
    assert fake.register(consent=version).status_code == 201


@pytest.mark.parametrize("query", ["", "?lang=en", "?lang=xx", "?lang=", "?lang=a&lang=b"])
def test_the_notice_is_told_in_the_nearest_language(fake: FakeApp, query: str) -> None:
    assert fake.client.get(f"/notice{query}").get_json() == {
        "language": "en",
        "version": NOTICE.version,
        "text": "We keep a template of your face.",
    }


def test_the_process_lives_even_without_a_store(fake: FakeApp) -> None:
    fake.fakes.store.switch.down = True
    assert fake.client.get("/healthz").get_json() == {"status": "ok"}


def test_without_a_store_nothing_is_ready_and_nothing_is_guessed(fake: FakeApp) -> None:
    fake.register()
    fake.login()
    fake.fakes.store.switch.down = True
    for response in (
        fake.client.get("/readyz"),
        fake.register("bob"),
        fake.login(),
        fake.client.get("/greeting"),
        fake.client.get("/session"),
        fake.client.post("/logout"),
    ):
        refused(response, 503, "store_unavailable")
        assert "Set-Cookie" not in response.headers
    fake.fakes.store.switch.down = False
    assert fake.users == 1
    assert fake.client.get("/readyz").status_code == 200


def test_the_front_door_tells_programs_where_things_are(fake: FakeApp) -> None:
    assert fake.client.get("/").get_json() == {
        "name": "facelogin",
        "docs": "/docs",
        "openapi": "/openapi.json",
    }


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/plain", "nonsense"])
def test_whoever_does_not_ask_for_a_page_gets_json(fake: FakeApp, accept: str) -> None:
    assert fake.client.get("/", headers={"Accept": accept}).mimetype == "application/json"
