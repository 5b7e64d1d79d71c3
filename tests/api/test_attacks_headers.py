"""Headers that lie, and the headers that every answer must carry."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from attacks import EVIL, PUBLIC, SESSION, production, register, sign_in, token_of, with_token

FORGED = [
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "http"},
    {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on", "Front-End-Https": "on"},
    {"X-Forwarded-Port": "80", "X-Forwarded-Server": "evil.example"},
    {"X-Forwarded-Prefix": "/evil", "X-Script-Name": "/evil"},
    {"Forwarded": "for=10.0.0.1;host=evil.example;proto=http"},
    {"X-Original-URL": "/account", "X-Rewrite-URL": "/account"},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Client-IP": "127.0.0.1"},
    {"X-Host": "evil.example", "X-HTTP-Host-Override": "evil.example"},
    {"Remote-User": "ana", "X-Remote-User": "ana", "X-Forwarded-User": "ana"},
    {"X-Sendfile": "/etc/passwd", "X-Accel-Redirect": "/etc/passwd"},
]
ASKED = [
    *(("GET", "/"), ("GET", "/config"), ("GET", "/session"), ("GET", "/greeting")),
    *(("GET", "/account"), ("GET", "/nowhere"), ("GET", "/docs"), ("GET", "/metrics")),
    *(("POST", "/logout"), ("GET", "/openapi.json"), ("GET", "/login")),
]
FORGERIES = pytest.mark.parametrize("forged", FORGED, ids=lambda forged: next(iter(forged)))
CHANGING = {"X-Request-Id", "Date"}


def same(one: TestResponse, other: TestResponse) -> bool:
    def stable(answer: TestResponse) -> object:
        body = answer.get_json(silent=True)
        if isinstance(body, dict):
            body.pop("request_id", None)
        headers = {(k, v) for k, v in answer.headers if k not in CHANGING}
        return answer.status_code, body if body is not None else answer.data, headers

    return stable(one) == stable(other)


# --- forged ---------------------------------------------------------------------------------------


@FORGERIES
def test_a_forged_header_changes_no_answer(forged: Mapping[str, str]) -> None:
    fake = production()
    for method, path in ASKED:
        headers = {"Accept": "text/html" if path in {"/", "/login"} else "application/json"}
        honest = fake.client.open(path, method=method, headers=headers, buffered=True)
        lying = fake.client.open(path, method=method, headers={**headers, **forged}, buffered=True)
        assert same(honest, lying), path
        assert "evil" not in str(lying.headers) + lying.text, path


@FORGERIES
def test_a_forged_header_signs_nobody_in_and_weakens_no_cookie(forged: Mapping[str, str]) -> None:
    fake = production()
    register(fake)
    wrong = {"username": "ana", "image": person("eve")}
    refused(fake.client.post("/login", json=wrong, headers=forged), 401, "not_recognised")
    right = fake.client.post("/login", json=wrong | {"image": person("ana")}, headers=forged)
    (cookie,) = [
        one for one in right.headers.getlist("Set-Cookie") if one.startswith(f"{SESSION}=")
    ]
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert attributes == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "X-Forwarded-Host": "login.example.org"},
    ],
    ids=str,
)
def test_no_header_makes_another_origin_ours(forged: Mapping[str, str]) -> None:
    fake = production()
    for site in (None, "cross-site"):
        headers = {"Origin": EVIL, **forged} | ({"Sec-Fetch-Site": site} if site else {})
        refused(fake.client.post("/logout", headers=headers), 403, "cross_site")


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Forwarded-Host": "localhost"},
        {"Forwarded": "host=localhost"},
        {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost:5000"},
        {"X-Host": "localhost"},
    ],
    ids=str,
)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_in_development_a_rebound_name_is_refused_whatever_else_is_said(
    host: str, forged: Mapping[str, str]
) -> None:
    fake = fake_app_with()
    headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    for method, path in (("GET", "/config"), ("POST", "/login"), ("GET", "/"), ("OPTIONS", "/")):
        answer = fake.client.open(path, method=method, headers={**headers, **forged})
        refused(answer, 403, "cross_site")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:443", "10.0.0.1", ""])
def test_in_production_no_answer_repeats_the_host(host: str) -> None:
    fake = production()
    for path in ("/", "/login", "/register", "/account", "/nowhere", "/config"):
        for accept in ("text/html", "application/json"):
            headers = {"Host": host, "Accept": accept}
            answer = fake.client.get(path, headers=headers, buffered=True)
            assert "evil" not in str(answer.headers) + answer.text
            assert answer.headers.get("Location", "/").startswith("/")


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "//evil.example/login", "/\\evil.example", "/%2f%2fevil.example"),
        *("/login//evil.example", "/login?next=https://evil.example", "/.//evil.example"),
        *("/login%0d%0aLocation:%20https://evil.example", "/login#//evil.example", "//", ""),
    ],
)
def test_no_redirect_leads_elsewhere(path: str) -> None:
    answer = production().client.get(
        "/",
        headers={"Accept": "text/html"},
        environ_overrides={
            "PATH_INFO": unquote(path.partition("?")[0]),
            "QUERY_STRING": path.partition("?")[2],
        },
        buffered=True,
    )
    target = answer.headers.get("Location")
    assert target in {None, "/sign-in"}


@pytest.mark.parametrize(
    "value", ["ana\r\nSet-Cookie: x=y", "ana\nX-Injected: 1", "ana\r\n\r\n<script>", "\u2028"]
)
def test_nothing_that_a_client_sends_becomes_a_header(value: str) -> None:
    fake = production()
    for answer in (
        fake.client.post("/login", json={"username": value, "image": person()}),
        fake.client.get("/greeting", query_string={"user_id": value}),
        fake.client.get("/notice", query_string={"lang": value}),
    ):
        assert "Set-Cookie" not in answer.headers
        assert "X-Injected" not in answer.headers


# --- carried --------------------------------------------------------------------------------------

ALWAYS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
        "connect-src 'self'; img-src 'self' blob: data:; manifest-src 'self'; "
        "media-src 'self' blob:; style-src 'self'; font-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types facelogin; "
        "report-uri /csp-reports"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(), geolocation=(), "
        "publickey-credentials-get=(self), publickey-credentials-create=(self)"
    ),
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def assert_protected(answer: TestResponse) -> None:
    for name, value in ALWAYS.items():
        assert answer.headers.getlist(name) == [value], name
    assert "Cache-Control" in answer.headers
    assert "X-Request-Id" in answer.headers


def test_every_route_answers_every_method_under_the_security_headers() -> None:
    fake = production()
    tried = 0
    for rule in fake.app.url_map.iter_rules():
        path = rule.rule.replace("<", "").replace(">", "")
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            for accept in ("application/json", "text/html"):
                headers = {"Accept": accept}
                assert_protected(
                    fake.client.open(path, method=method, headers=headers, buffered=True)
                )
                tried += 1
    assert tried > 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("POST", "/login", {"Content-Type": "application/json"}, b"{"),
        ("POST", "/login", {"Content-Type": "text/plain"}, b"x"),
        ("POST", "/login", {"Content-Type": "multipart/form-data"}, b"no boundary"),
        ("POST", "/login", {"Content-Type": "application/json"}, b"x" * 5_000_000),
        ("POST", "/login", {"Origin": EVIL}, b""),
        ("GET", "/nowhere/%00%ff", {}, b""),
        ("GET", "/greeting?user_id=%ff", {}, b""),
        ("GET", "/", {"Cookie": "\x01=\x02; ;;;", "Accept": "\x00"}, b""),
        ("GET", "/docs/static/../../secrets", {}, b""),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_refused_is_refused_under_the_security_headers(
    method: str, path: str, headers: Mapping[str, str], body: bytes
) -> None:
    answer = production().client.open(
        path, method=method, headers=headers, data=body, buffered=True
    )
    assert 200 <= answer.status_code < 500
    assert_protected(answer)


def test_a_fault_of_ours_is_answered_under_the_security_headers() -> None:
    fake = production()
    fake.app.add_url_rule("/broken", view_func=lambda: str(1 // 0))
    answer = fake.client.get("/broken")
    assert answer.status_code == 500
    assert_protected(answer)
    assert "division" not in answer.text


def test_an_answer_that_nothing_has_changed_carries_them_too() -> None:
    fake = production(api_docs=True)
    first = fake.client.get("/docs/static/docs.js", buffered=True)
    assert_protected(first)
    again = fake.client.get(
        "/docs/static/docs.js", headers={"If-None-Match": first.headers["ETag"]}, buffered=True
    )
    assert again.status_code == 304
    assert_protected(again)


def test_answers_with_a_store_that_is_away_carry_them_too() -> None:
    fake = production()
    fake.fakes.store.switch.down = True
    for path in ("/readyz", "/account"):
        answer = fake.client.get(path, headers=with_token("A" * 43))
        refused(answer, 503, "store_unavailable")
        assert_protected(answer)


def test_no_answer_of_the_api_may_be_kept() -> None:
    fake = production()
    register(fake)
    token = sign_in(fake)
    files = ("/docs/static", "/docs", "/assets")
    for rule in fake.app.url_map.iter_rules():
        if rule.rule.startswith(files) or "GET" not in (rule.methods or set()):
            continue
        path = rule.rule.replace("<", "").replace(">", "")
        answer = fake.client.get(path, headers=with_token(token), buffered=True)
        assert answer.headers["Cache-Control"] == "no-store", path


def test_a_cookie_goes_to_no_shared_cache() -> None:
    fake = production()
    register(fake)
    answer = fake.login()
    assert token_of(answer)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_public_address_is_the_one_of_the_settings() -> None:
    """Our own origin is never guessed from a request."""
    fake = production(public_url="https://other.example.org")
    refused(fake.client.post("/logout", headers={"Origin": PUBLIC}), 403, "cross_site")


def test_no_answer_names_a_library() -> None:
    fake: FakeApp = production()
    for path in ("/", "/config", "/nowhere", "/docs"):
        headers = str(fake.client.get(path, buffered=True).headers).lower()
        for name in ("flask", "werkzeug", "python", "gunicorn", "x-powered-by"):
            assert name not in headers
