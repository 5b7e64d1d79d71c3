"""The OpenAPI document is valid, complete and true; the page comes from here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from apps import FakeApp, fake_app_with, person
from facelogin.api.errors import STATUS

PROJECT = Path(__file__).parents[2]
STATIC = PROJECT / "src" / "facelogin" / "api" / "static"
WEB = PROJECT / "web" / "src" / "ui"

CORE = {
    ("post", "/register"), ("post", "/login"), ("post", "/login/recovery"), ("post", "/logout"),
    ("get", "/greeting"), ("get", "/session"), ("post", "/session/step-up"),
    ("get", "/account"), ("patch", "/account"), ("delete", "/account"),
    ("post", "/account/consent"), ("get", "/account/export"),
    ("post", "/account/face"), ("post", "/account/recovery-codes"), ("get", "/account/sessions"),
    ("delete", "/account/sessions"), ("post", "/register/check"),
    ("get", "/account/activity"),
    ("delete", "/account/sessions/{session_id}"), ("get", "/config"), ("get", "/notice"),
    ("post", "/challenges"), ("post", "/challenges/{challenge_id}/steps/{n}"),
    ("get", "/healthz"), ("get", "/readyz"), ("post", "/csp-reports"),
}  # fmt: skip


@pytest.fixture
def document(fake: FakeApp) -> dict[str, Any]:
    openapi: dict[str, Any] = fake.client.get("/openapi.json").get_json()
    return openapi


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in re.findall(r"'\$ref': '#/([^']+)'", str(document)):
        part: Any = document
        for name in reference.split("/"):
            part = part[name]


def test_the_document_names_itself_and_every_operation(document: dict[str, Any]) -> None:
    assert document["info"]["title"] == "facelogin"
    assert document["info"]["version"] == "1"
    assert {(method, path) for method, path, _ in operations(document)} == CORE
    assert all(operation["summary"] for _, _, operation in operations(document))


def test_every_route_is_described_and_every_description_has_a_route(
    fake: FakeApp, document: dict[str, Any]
) -> None:
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", r.rule) for r in fake.app.url_map.iter_rules()}
    own_pages = {"/", "/docs", "/openapi.json", "/docs/static/{filename}"}
    own_pages |= {"/sign-up", "/sign-in", "/welcome", "/me"}
    assert routes - own_pages == set(document["paths"])


@pytest.mark.parametrize("path", ["/register", "/login", "/session/step-up", "/account/face"])
def test_bodies_are_described_in_both_media_types(document: dict[str, Any], path: str) -> None:
    body = document["paths"][path]["post"]["requestBody"]
    assert body["required"] is True
    assert set(body["content"]) == {"application/json", "multipart/form-data"}
    form = body["content"]["multipart/form-data"]["schema"]["properties"]
    assert form["image"]["format"] == form["images"]["items"]["format"] == "binary"


def test_every_refusal_is_an_example_of_the_error_schema(document: dict[str, Any]) -> None:
    statuses = {kind.code: str(status.value) for kind, status in STATUS.items()}
    validator = OAS31Validator(document["components"]["schemas"]["Error"])
    for _, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json", {})
            if status < "400":
                continue
            assert content["schema"] == {"$ref": "#/components/schemas/Error"}
            for code, example in content["examples"].items():
                assert statuses[code] == status
                validator.validate(example["value"])


def test_the_session_cookie_is_the_security_scheme() -> None:
    for settings, name in (({}, "facelogin"), (SECURE, "__Host-facelogin")):
        openapi = fake_app_with(**settings).client.get("/openapi.json").get_json()
        scheme = openapi["components"]["securitySchemes"]["session"]
        assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "cookie", name)
        assert openapi["paths"]["/greeting"]["get"]["security"] == [{"session": []}]


def test_answers_are_as_described(fake: FakeApp, document: dict[str, Any]) -> None:
    def check(response: Any, method: str, path: str) -> None:
        answers = document["paths"][path][method]["responses"]
        schema = answers[str(response.status_code)]["content"]["application/json"]["schema"]
        OAS31Validator(schema | {"components": document["components"]}).validate(
            response.get_json()
        )

    check(fake.register(), "post", "/register")
    check(fake.register(), "post", "/register")
    check(fake.register(image=1), "post", "/register")
    check(fake.login(), "post", "/login")
    check(
        fake.client.post("/session/step-up", json={"image": person()}), "post", "/session/step-up"
    )
    check(fake.client.post("/account/face", json={"image": person()}), "post", "/account/face")
    check(fake.client.patch("/account", json={"username": "ana.b"}), "patch", "/account")
    check(fake.client.patch("/account", json={}), "patch", "/account")
    for path in ("/greeting", "/session", "/config", "/notice", "/healthz", "/readyz"):
        check(fake.client.get(path), "get", path)
    check(fake.client.get("/account"), "get", "/account")
    check(fake.client.get("/account/sessions"), "get", "/account/sessions")
    check(fake.client.get("/account/activity"), "get", "/account/activity")


def test_what_an_answer_always_has_is_required_and_what_it_may_have_is_never_null(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    optional = {
        (name, field)
        for name, schema in schemas.items()
        for field in schema.get("properties", {})
        if field not in schema.get("required", [])
    }
    assert optional == {
        ("Error", "detail"),
        ("Error", "fields"),
        ("Error", "retry_after_s"),
        *(("ActivityEntry", name) for name in ("factor", "reason", "browser")),
        *(("StepAnswered", name) for name in ("code", "detail", "step")),
        *(("StepShown", name) for name in ("direction", "colours", "slot_ms")),
    }
    assert "null" not in str(schemas["Error"])
    assert {"type": "null"} in schemas["Account"]["properties"]["consent"]["anyOf"]


def test_a_body_that_is_taken_is_valid_by_the_document(
    fake: FakeApp, document: dict[str, Any]
) -> None:
    content = document["paths"]["/register"]["post"]["requestBody"]["content"]
    validator = OAS31Validator(content["application/json"]["schema"])
    good = {"username": "ana", "email": "ana@example.org", "image": person()}
    validator.validate(good)
    validator.validate(content["application/json"]["example"])
    assert not validator.is_valid(good | {"images": [person()]})
    assert not validator.is_valid(good | {"username": 1})


@pytest.mark.parametrize("path", ["/openapi/", "/openapi", "/openapi/openapi.json", "/swagger"])
def test_the_librarys_own_pages_are_off(fake: FakeApp, path: str) -> None:
    assert fake.client.get(path).status_code == 404


def test_the_page_loads_nothing_from_elsewhere_and_has_nothing_inline(fake: FakeApp) -> None:
    page = fake.client.get("/docs", buffered=True)
    assert page.mimetype == "text/html"
    sources = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    for source in sources:
        address = urljoin("/docs", source)
        assert fake.client.get(address, buffered=True).status_code == 200
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", page.text)


def test_the_pages_script_and_style_name_no_other_host(fake: FakeApp) -> None:
    for name in ("docs.js", "docs.css"):
        text = fake.client.get(f"/docs/static/{name}", buffered=True).text
        assert not re.search(r"https?://|@import|\burl\((?!.figtree)|innerHTML|\beval\b", text)


def test_the_page_has_the_colours_and_the_sign_of_the_pages() -> None:
    tokens = (WEB / "tokens.css").read_text().partition("prefers-color-scheme: dark")
    light, dark = (dict(re.findall(r"(--[\w-]+): (#\w+);", part)) for part in tokens[::2])
    style = (STATIC / "docs.css").read_text()
    pairs = re.findall(r"(--[\w-]+): light-dark\((#\w+), (#\w+)\);", style)
    assert len(pairs) == style.count("light-dark(") > 8
    assert {name: (light[name], dark[name]) for name, *_ in pairs} == {
        name: (of_light, of_dark) for name, of_light, of_dark in pairs
    }
    assert (STATIC / "docs.svg").read_text() == (WEB / "favicon.svg").read_text()


SECURE = {"public_url": "https://login.example.org"}
