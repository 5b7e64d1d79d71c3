"""Security headers on every answer, and CORS for exactly the listed origins."""

from __future__ import annotations

import pytest

from apps import FakeApp, fake_app_with
from facelogin.api import headers as headers_module
from facelogin.api.headers import CONTENT_SECURITY_POLICY, EMBEDDABLE_ENDPOINTS
from facelogin.api.metrics import metrics_app

LISTED = "https://app.example.org"
SECURE = {"public_url": "https://login.example.org"}
CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; img-src 'self' blob: data:; manifest-src 'self'; "
    "media-src 'self' blob:; style-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types facelogin; "
    "report-uri /csp-reports"
)
PERMISSIONS = (
    "camera=(self), microphone=(), geolocation=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)
ANSWERS = [
    *(("GET", "/"), ("GET", "/docs"), ("GET", "/docs/static/docs.css"), ("GET", "/openapi.json")),
    *(("GET", "/config"), ("GET", "/greeting"), ("GET", "/nowhere"), ("GET", "/login")),
    *(("POST", "/login"), ("POST", "/logout"), ("OPTIONS", "/login"), ("HEAD", "/healthz")),
    *(("GET", "/docs/static/nothing.js"), ("GET", "/broken")),
]


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_every_answer_carries_the_security_headers(method: str, path: str) -> None:
    fake = fake_app_with(**SECURE)
    fake.app.add_url_rule("/broken", view_func=lambda: str(1 // 0))
    headers = fake.client.open(path, method=method, buffered=True).headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["Permissions-Policy"] == PERMISSIONS
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert len(headers["X-Request-Id"]) == 16


def test_a_refused_request_carries_them_too(fake: FakeApp) -> None:
    response = fake.client.post("/login", headers={"Origin": "https://evil.example"})
    assert response.headers["Content-Security-Policy"] == CSP


def test_without_https_there_is_no_hsts(fake: FakeApp) -> None:
    assert "Strict-Transport-Security" not in fake.client.get("/config").headers


def test_hsts_holds_for_subdomains_if_the_operator_says_so() -> None:
    headers = fake_app_with(**SECURE, hsts_include_subdomains=True).client.get("/config").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_below_a_path_reports_go_below_that_path(fake: FakeApp) -> None:
    headers = fake.client.get("/config", base_url="http://localhost/faces").headers
    assert headers["Content-Security-Policy"].endswith("; report-uri /faces/csp-reports")


def test_no_route_is_for_other_sites_to_load_yet(fake: FakeApp) -> None:
    endpoints = {rule.endpoint for rule in fake.app.url_map.iter_rules()}
    assert endpoints >= EMBEDDABLE_ENDPOINTS == frozenset()


def test_a_route_that_others_may_load_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers_module, "EMBEDDABLE_ENDPOINTS", frozenset({"widget"}))
    fake = fake_app_with()
    fake.app.add_url_rule("/widget", endpoint="widget", view_func=lambda: "")
    embeddable = fake.client.get("/widget").headers["Cross-Origin-Resource-Policy"]
    other = fake.client.get("/config").headers["Cross-Origin-Resource-Policy"]
    assert (embeddable, other) == ("cross-origin", "same-origin")


def test_the_measures_own_port_carries_them_and_reports_nowhere() -> None:
    answer = metrics_app(lambda: b"").test_client().get("/metrics").headers
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/config", "/greeting", "/nowhere", "/openapi.json"])
def test_no_answer_of_the_api_is_kept(fake: FakeApp, path: str) -> None:
    assert fake.client.get(path).headers["Cache-Control"] == "no-store"


def test_files_are_asked_for_again_each_time(fake: FakeApp) -> None:
    response = fake.client.get("/docs/static/docs.js", buffered=True)
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["ETag"]


# --- CORS ---------------------------------------------------------------------------------------


def cors_headers(origins: tuple[str, ...], origin: str | None, **more: str) -> dict[str, str]:
    fake = fake_app_with(cors_origins=origins)
    sent = more | ({} if origin is None else {"Origin": origin})
    method = "OPTIONS" if more else "GET"
    headers = fake.client.open("/config", method=method, headers=sent).headers
    return {k: v for k, v in headers.items() if k.startswith("Access-Control-")}


def test_a_listed_origin_may_read_answers_with_credentials() -> None:
    headers = cors_headers((LISTED,), LISTED)
    assert headers["Access-Control-Allow-Origin"] == LISTED
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-Id"


def test_a_listed_origin_may_send_json() -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    headers = cors_headers((LISTED,), LISTED, **asked)
    assert headers["Access-Control-Allow-Origin"] == LISTED
    assert "POST" in headers["Access-Control-Allow-Methods"]
    assert headers["Access-Control-Allow-Headers"] == "content-type"


@pytest.mark.parametrize(
    "origin",
    [
        *(None, "null", "*", "https://evil.example", f"{LISTED}.evil.example", f"{LISTED}:8443"),
        *(LISTED.upper(), "https://appXexample.org", "http://app.example.org", f"{LISTED}\n"),
    ],
)
def test_any_other_origin_gets_no_cors_header(origin: str | None) -> None:
    if origin is not None and "\n" in origin:
        with pytest.raises(ValueError, match="newline"):
            cors_headers((LISTED,), origin)
        return
    assert cors_headers((LISTED,), origin) == {}


def test_an_ipv6_origin_is_no_pattern() -> None:
    listed = "http://[::1]:5173"
    assert cors_headers((listed,), listed)["Access-Control-Allow-Origin"] == listed
    assert cors_headers((listed,), "http://::5173") == {}


@pytest.mark.parametrize("origin", [LISTED, "http://localhost:3000", "https://evil.example"])
def test_an_empty_list_means_no_cors_at_all(origin: str) -> None:
    assert cors_headers((), origin) == {}
    assert cors_headers((), origin, **{"Access-Control-Request-Method": "POST"}) == {}


def test_errors_carry_cors_headers_so_that_a_page_can_read_them() -> None:
    fake = fake_app_with(cors_origins=(LISTED,))
    headers = fake.client.get("/greeting", headers={"Origin": LISTED}).headers
    assert headers.getlist("Access-Control-Allow-Origin") == [LISTED]
