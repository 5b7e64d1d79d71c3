"""Who may change something: own pages, listed origins, and clients that are no browsers."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from facelogin import Profile

PUBLIC = "https://login.example.org"
LISTED = "https://app.example.org"
EVIL = "https://evil.example"


def production() -> FakeApp:
    return fake_app_with(
        profile=Profile.PRODUCTION,
        public_url=PUBLIC,
        cors_origins=(LISTED,),
        required_assurance="photo",
        registration="open",
    )


def send(fake: FakeApp, method: str = "POST", **headers: str | None) -> TestResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    return fake.client.open("/logout", method=method, headers=given)


def outcome(fake: FakeApp, site: str | None, origin: str | None) -> str:
    response = send(fake, Sec_Fetch_Site=site, Origin=origin)
    return "passes" if response.status_code == 204 else response.get_json()["code"]


@pytest.mark.parametrize(
    ("site", "origin", "expected"),
    [
        # Sec-Fetch-Site decides where it is present; only a listed origin may cross it.
        ("same-origin", None, "passes"),
        ("same-origin", PUBLIC, "passes"),
        ("none", None, "passes"),
        ("same-site", None, "cross_site"),
        ("cross-site", None, "cross_site"),
        ("cross-site", EVIL, "cross_site"),
        ("cross-site", "null", "cross_site"),
        ("cross-site", PUBLIC, "cross_site"),
        ("cross-site", LISTED, "passes"),
        ("same-site", LISTED, "passes"),
        ("", None, "cross_site"),
        ("Same-Origin", None, "cross_site"),
        ("same-origin, cross-site", None, "cross_site"),
        ("same-origin, none", None, "cross_site"),
        # An older browser: Origin decides.
        (None, PUBLIC, "passes"),
        (None, LISTED, "passes"),
        (None, EVIL, "cross_site"),
        (None, "null", "cross_site"),
        (None, "", "cross_site"),
        (None, f"{PUBLIC}.evil.example", "cross_site"),
        (None, f"{PUBLIC}:8443", "cross_site"),
        (None, f"{PUBLIC}/", "cross_site"),
        (None, PUBLIC.replace("https", "http"), "cross_site"),
        (None, LISTED.upper(), "cross_site"),
        (None, "http://localhost", "cross_site"),
        # Neither: no browser.
        (None, None, "passes"),
    ],
)
def test_the_matrix_of_production(site: str | None, origin: str | None, expected: str) -> None:
    assert outcome(production(), site, origin) == expected


@pytest.mark.parametrize(
    "path",
    [
        *("/register", "/login", "/logout", "/nowhere", "/account", "/account/face"),
        *("/account/sessions/any", "/session/step-up", "/sign-in"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"])
def test_every_unsafe_method_is_guarded(path: str, method: str) -> None:
    response = production().client.open(path, method=method, headers={"Origin": EVIL})
    refused(response, 403, "cross_site")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_methods_are_not_guarded(method: str) -> None:
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    response = production().client.open("/healthz", method=method, headers=headers)
    assert response.status_code == 200


def test_a_refused_request_changes_nothing(fake: FakeApp) -> None:
    evil = {"Origin": EVIL}
    body = {"username": "ana", "email": "ana@example.org", "image": person()}
    refused(fake.client.post("/register", json=body, headers=evil), 403, "cross_site")
    assert fake.users == 0
    fake.register()
    fake.login()
    refused(send(fake, Origin=EVIL), 403, "cross_site")
    assert fake.client.get("/session").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/account", {"username": "owned"}),
        ("POST", "/account/face", {"image": person("eve")}),
        ("POST", "/session/step-up", {"image": person()}),
        ("DELETE", "/account/sessions/", None),
    ],
)
def test_another_sites_page_changes_nothing_in_an_account(
    fake: FakeApp, method: str, path: str, body: object
) -> None:
    fake.register()
    fake.login()
    sessions = fake.client.get("/account/sessions").get_json()
    if path.endswith("/"):
        path += sessions["sessions"][0]["session_id"]
    before = fake.fakes.store.users.find_by_username("ana")
    response = fake.client.open(path, method=method, json=body, headers={"Origin": EVIL})
    refused(response, 403, "cross_site")
    assert fake.fakes.store.users.find_by_username("ana") == before
    assert fake.client.get("/account/sessions").get_json() == sessions


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_in_development_the_loopback_name_that_was_asked_is_our_own(host: str) -> None:
    fake = fake_app_with(cors_origins=())
    assert send(fake, Host=host, Origin=f"http://{host}").status_code == 204
    refused(send(fake, Host=host, Origin="http://localhost:1"), 403, "cross_site")
    refused(send(fake, Host=host, Origin=f"https://{host}"), 403, "cross_site")


def test_one_loopback_name_is_not_another() -> None:
    fake = fake_app_with(cors_origins=())
    refused(send(fake, Host="localhost:8000", Origin="http://127.0.0.1:8000"), 403, "cross_site")


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"),
        *("", "[", "[::1", "localhost@evil.example", "192.168.1.10:8000", "0.0.0.0:8000"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_in_development_other_names_are_refused(host: str, method: str) -> None:
    """A name that evil.example makes resolve to 127.0.0.1 is same-origin with itself."""
    fake = fake_app_with(cors_origins=())
    headers = {"Host": host, "Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"}
    refused(fake.client.open("/healthz", method=method, headers=headers), 403, "cross_site")


def test_in_development_the_public_name_is_answered_too() -> None:
    fake = fake_app_with(public_url=PUBLIC)
    assert fake.client.get("/healthz", headers={"Host": "login.example.org"}).status_code == 200
    assert send(fake, Host="login.example.org", Origin=PUBLIC).status_code == 204
    refused(fake.client.get("/healthz", headers={"Host": "evil.example"}), 403, "cross_site")


def test_in_production_the_host_header_is_the_proxys_business() -> None:
    fake = production()
    assert fake.client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    refused(send(fake, Host="10.0.0.7", Origin="http://10.0.0.7"), 403, "cross_site")


def test_the_vite_server_of_development_is_listed(fake: FakeApp) -> None:
    headers = {"Origin": "http://localhost:3000", "Sec_Fetch_Site": "same-site"}
    assert send(fake, **headers).status_code == 204
