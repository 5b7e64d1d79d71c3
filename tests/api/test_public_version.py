"""What the public is told: no version anywhere, and in production no documentation unless set."""

from __future__ import annotations

from apps import fake_app_with, refused
from attacks import production
from facelogin import __version__

PATHS = [
    "/",
    "/config",
    "/notice",
    "/healthz",
    "/readyz",
    "/nowhere",
    "/session",
    *("/docs", "/openapi.json"),
]
DOCUMENTED = ["/docs", "/openapi.json", "/docs/static/docs.js", "/docs/static/docs.css"]


def test_no_answer_tells_the_version() -> None:
    for fake in (production(), production(api_docs=True), fake_app_with()):
        for path in PATHS:
            for accept in ("application/json", "text/html"):
                answer = fake.client.get(path, headers={"Accept": accept}, buffered=True)
                assert __version__ not in answer.text + str(answer.headers), path


def test_in_production_the_api_is_documented_only_if_it_is_set() -> None:
    asked = {"Accept": "application/json"}
    closed, documented = production(), production(api_docs=True)
    for path in DOCUMENTED:
        refused(closed.client.get(path, headers=asked), 404, "not_found")
        answer = documented.client.get(path, headers=asked, buffered=True)
        assert answer.status_code == 200


def test_in_development_it_may_be_switched_off() -> None:
    fake = fake_app_with(api_docs=False)
    for path in DOCUMENTED:
        refused(fake.client.get(path), 404, "not_found")


def test_the_front_door_leads_to_documentation_only_if_there_is_any() -> None:
    assert production().client.get("/").get_json() == {"name": "facelogin"}
    assert set(production(api_docs=True).client.get("/").get_json()) == {"name", "docs", "openapi"}
