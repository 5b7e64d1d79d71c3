"""Another site's page tries to act for whoever looks at it: by forms, by fetch, by preflight."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from urllib3 import encode_multipart_formdata

from apps import FakeApp, b64, person, refused
from attacks import (
    EVIL,
    LISTED,
    PUBLIC,
    Form,
    forms,
    holds,
    production,
    register,
    sign_in,
    token_of,
    with_token,
)
from facelogin.domain.ports import UserStore
from faces import image_bytes

MODERN = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
SAME_SITE = {"Origin": "https://blog.example.org", "Sec-Fetch-Site": "same-site"}
SANDBOXED = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
OLDER = {"Origin": EVIL}
OLDER_SANDBOXED = {"Origin": "null"}
BROWSERS = pytest.mark.parametrize(
    "browser",
    [MODERN, SAME_SITE, SANDBOXED, OLDER, OLDER_SANDBOXED],
    ids=["modern", "same-site", "sandboxed", "older", "older-sandboxed"],
)
UNSAFE = [
    *(("POST", "/login"), ("POST", "/logout"), ("POST", "/register"), ("POST", "/session/step-up")),
    *(("PATCH", "/account"), ("DELETE", "/account"), ("POST", "/account"), ("PUT", "/account")),
    *(("POST", "/account/face"), ("DELETE", "/account/sessions/any"), ("POST", "/login/recovery")),
    *(("POST", "/account/recovery-codes"), ("POST", "/account/consent"), ("POST", "/challenges")),
]


def attack_forms(fake: FakeApp, path: str) -> list[Form]:
    notice = fake.client.get("/notice").get_json()["version"]
    fields = {"username": "eve", "email": "eve@example.org", "consent": notice}
    if path == "/login":
        fields = {"username": "ana"}
    return forms(fields, {"image": b"person:ana" if path == "/login" else b"person:eve"})


def state(fake: FakeApp) -> tuple[Any, ...]:
    """Everything that an attack could have changed."""
    users = fake.fakes.store.users.page(after=None, limit=100)
    sessions = [fake.fakes.store.sessions.list_for(user.user_id) for user in users]
    return [(u.username, u.email, u.template, u.disabled_at) for u in users], sessions


@BROWSERS
@pytest.mark.parametrize("path", ["/login", "/logout", "/register", "/account", "/account/face"])
@pytest.mark.parametrize("number", [0, 1, 2], ids=["urlencoded", "multipart", "text"])
def test_a_form_on_another_site_does_nothing(
    browser: Mapping[str, str], path: str, number: int
) -> None:
    fake = production()
    register(fake)
    token = sign_in(fake)
    before = state(fake)
    form = attack_forms(fake, path)[number]
    headers = dict(browser) | with_token(token) | {"Accept": "text/html"}
    answer = fake.client.post(path, data=form.body, content_type=form.content_type, headers=headers)
    refused(answer, 403, "cross_site")
    assert "Set-Cookie" not in answer.headers
    assert state(fake) == before
    assert holds(fake, token)


@pytest.mark.parametrize("number", [0, 2], ids=["urlencoded", "text"])
@pytest.mark.parametrize("path", ["/login", "/register", "/account/face", "/session/step-up"])
def test_a_form_is_no_body_that_is_read_even_where_the_browser_says_nothing(
    path: str, number: int
) -> None:
    """A browser too old to say where a form comes from can't send JSON with one either."""
    fake = production()
    register(fake)
    token = sign_in(fake)
    before = state(fake)
    form = attack_forms(fake, path)[number]
    answer = fake.client.post(
        path, data=form.body, content_type=form.content_type, headers=with_token(token)
    )
    refused(answer, 415, "media_type_unsupported")
    assert state(fake) == before


@pytest.mark.parametrize(
    "content_type",
    [
        *("text/plain", "text/plain; application/json", "application/x-www-form-urlencoded"),
        *("", "text/plain, application/json", "application/jsonp", "text/json"),
    ],
)
def test_json_under_another_name_is_not_read(content_type: str) -> None:
    fake = production()
    register(fake)
    body = json.dumps({"username": "ana", "image": person("ana")})
    answer = fake.client.post("/login", data=body, headers={"Content-Type": content_type})
    refused(answer, 415, "media_type_unsupported")
    assert "Set-Cookie" not in answer.headers


@BROWSERS
def test_nobody_is_signed_in_to_the_attackers_account(browser: Mapping[str, str]) -> None:
    """Login CSRF: whoever acts in the attacker's account tells the attacker."""
    fake = production()
    register(fake, "eve")
    body, content_type = encode_multipart_formdata(
        [("username", "eve"), ("image", ("eve.jpg", b"person:eve"))]
    )
    answer = fake.client.post("/login", data=body, content_type=content_type, headers=browser)
    refused(answer, 403, "cross_site")
    assert "Set-Cookie" not in answer.headers
    assert state(fake)[1] == [[]]


@BROWSERS
def test_no_unsafe_request_gets_past_whatever_it_would_have_found(
    browser: Mapping[str, str],
) -> None:
    """Refused before the route is looked at, so an endpoint of tomorrow is covered as well."""
    fake = production()
    for method, path in UNSAFE:
        answer = fake.client.open(path, method=method, json={}, headers=browser)
        refused(answer, 403, "cross_site")


def test_every_route_that_changes_something_is_behind_the_rule() -> None:
    fake = production()
    tried = 0
    for rule in fake.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            path = rule.rule.replace("<", "").replace(">", "")
            refused(fake.client.open(path, method=method, headers=MODERN), 403, "cross_site")
            tried += 1
    assert tried >= 8


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin", "Origin": PUBLIC},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": PUBLIC},
        {"Sec-Fetch-Site": "cross-site", "Origin": LISTED},
        {},
    ],
    ids=str,
)
def test_our_own_pages_listed_ones_and_programs_get_in(headers: Mapping[str, str]) -> None:
    fake = production()
    register(fake)
    body = {"username": "ana", "image": person("ana")}
    assert fake.client.post("/login", json=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        *("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"),
        *("X-Requested-With", "X-Original-Method"),
    ],
)
def test_no_header_turns_a_safe_method_into_another(header: str) -> None:
    fake = production()
    register(fake)
    token = sign_in(fake)
    headers = {**MODERN, **with_token(token), header: "POST"}
    for path in ("/logout", "/account?_method=DELETE", "/login"):
        assert fake.client.get(path, headers=headers).status_code in {200, 405}
    assert holds(fake, token)


@pytest.mark.parametrize("referer", [f"{PUBLIC}/", f"{PUBLIC}/sign-in", EVIL])
def test_a_referer_opens_no_door_and_closes_none(referer: str) -> None:
    fake = production()
    refused(fake.client.post("/logout", headers={**MODERN, "Referer": referer}), 403, "cross_site")
    assert fake.client.post("/logout", headers={"Referer": referer}).status_code == 204


# --- CORS -----------------------------------------------------------------------------------------

PREFLIGHTS = [
    ("POST", "/login", "content-type"),
    ("POST", "/register", "content-type"),
    ("PATCH", "/account", "content-type"),
    ("DELETE", "/account", ""),
    ("DELETE", "/account/sessions/any", ""),
    ("POST", "/account/face", "content-type"),
]
UNLISTED = [
    *(EVIL, "null", PUBLIC, "*", "", f"{LISTED}.evil.example", f"{LISTED}:444", LISTED.upper()),
    *("http://app.example.org", "https://app.example.org.", "https://xapp.example.org"),
    *(f"{LISTED}, {EVIL}", f"{EVIL} {LISTED}", "https://app.example.org@evil.example"),
]


def cors(fake: FakeApp, method: str, path: str, **headers: str) -> dict[str, list[str]]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = fake.client.open(path, method=method, headers=sent, buffered=True).headers
    names = {name for name in answer.keys() if name.lower().startswith("access-control-")}  # noqa: SIM118 - Headers iterates over pairs
    return {name: answer.getlist(name) for name in names}


def preflight(
    origin: str, method: str, path: str, names: str, *, fake: FakeApp | None = None
) -> dict[str, list[str]]:
    return cors(
        fake or production(),
        "OPTIONS",
        path,
        Origin=origin,
        Access_Control_Request_Method=method,
        Access_Control_Request_Headers=names,
    )


@pytest.mark.parametrize(("method", "path", "names"), PREFLIGHTS)
def test_a_listed_origins_preflight_is_answered_for_that_origin_alone(
    method: str, path: str, names: str
) -> None:
    allowed = preflight(LISTED, method, path, names)
    assert allowed["Access-Control-Allow-Origin"] == [LISTED]
    assert allowed["Access-Control-Allow-Credentials"] == ["true"]
    assert method in allowed["Access-Control-Allow-Methods"][0].split(", ")


@pytest.mark.parametrize("origin", UNLISTED)
def test_any_other_origins_preflight_gets_nothing(origin: str) -> None:
    fake = production()
    for method, path, names in PREFLIGHTS:
        assert preflight(origin, method, path, names, fake=fake) == {}, path


@pytest.mark.parametrize("name", ["authorization", "x-anything", "cookie", "sec-fetch-site"])
def test_a_listed_origin_may_send_no_header_but_the_content_type(name: str) -> None:
    allowed = preflight(LISTED, "POST", "/login", name)
    assert name not in allowed.get("Access-Control-Allow-Headers", [""])[0]


@pytest.mark.parametrize("origin", UNLISTED)
def test_no_answer_can_be_read_by_an_unlisted_origin(origin: str) -> None:
    fake = production()
    register(fake)
    cookie = with_token(sign_in(fake))
    for path in ("/config", "/session", "/greeting", "/account", "/nowhere", "/", "/docs"):
        assert cors(fake, "GET", path, Origin=origin, **cookie) == {}, path


def test_the_answer_to_one_origin_is_not_kept_for_another() -> None:
    answer = production().client.get("/config", headers={"Origin": LISTED})
    assert "Origin" in answer.vary


def test_there_is_no_wildcard_anywhere() -> None:
    fake = production()
    for rule in fake.app.url_map.iter_rules():
        path = rule.rule.replace("<", "").replace(">", "")
        for origin in (LISTED, EVIL, "null"):
            for method in ("GET", "OPTIONS"):
                headers = cors(fake, method, path, Origin=origin)
                assert "*" not in str(headers.values())


def test_with_nothing_listed_no_origin_gets_anything() -> None:
    fake = production(cors_origins=None)
    for origin in (LISTED, "http://localhost:3000", PUBLIC):
        assert cors(fake, "GET", "/config", Origin=origin) == {}
        asked = {"Origin": origin, "Access_Control_Request_Method": "POST"}
        assert cors(fake, "OPTIONS", "/login", **asked) == {}


# --- with the real engine and both stores ---------------------------------------------------------


def test_a_real_face_from_another_site_signs_nobody_in_and_enrols_nobody(
    client: FlaskClient, users: UserStore
) -> None:
    own = {"username": "barack", "email": "barack@example.org"}
    face = image_bytes("obama.jpg")
    assert client.post("/register", json=own | {"image": b64(face)}).status_code == 201
    kept = users.find_by_username("barack")
    for path, fields in (
        ("/login", {"username": "barack"}),
        ("/register", {"username": "eve", "email": "eve@example.org"}),
    ):
        body, content_type = encode_multipart_formdata(
            [*fields.items(), ("image", ("me.jpg", face))]
        )
        for browser in (MODERN, OLDER, SANDBOXED):
            answer = client.post(path, data=body, content_type=content_type, headers=browser)
            refused(answer, 403, "cross_site")
            assert "Set-Cookie" not in answer.headers
    assert users.count() == 1
    assert users.find_by_username("barack") == kept


def test_an_attack_leaves_a_real_session_and_face_as_they_were(
    client: FlaskClient, users: UserStore, app: Flask
) -> None:
    face = {"image": b64(image_bytes("obama.jpg"))}
    own = {"username": "barack", "email": "barack@example.org"}
    assert client.post("/register", json=own | face).status_code == 201
    token = token_of(client.post("/login", json={"username": "barack"} | face), "facelogin")
    kept = users.find_by_username("barack")
    attempts: list[Callable[[], Any]] = [
        lambda: client.post("/logout", headers=MODERN),
        lambda: client.patch("/account", json={"username": "owned"}, headers=MODERN),
        lambda: client.delete("/account", headers=MODERN),
        lambda: client.post(
            "/account/face", json={"image": b64(image_bytes("biden.jpg"))}, headers=MODERN
        ),
    ]
    for attempt in attempts:
        refused(attempt(), 403, "cross_site")
    stranger = app.test_client(use_cookies=False)
    assert stranger.get("/session", headers=with_token(token, "facelogin")).status_code == 200
    assert users.find_by_username("barack") == kept
