"""facelogin below a path of its host, whether or not the proxy takes the path off."""

from __future__ import annotations

import gzip
import json
import re
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused
from facelogin.settings import Settings

PATH = "/corp/face"
URL = f"https://example.org{PATH}"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
INDEX = b"""<link rel="manifest" href="/manifest.webmanifest"><meta content="/">
<script type="module" src="/assets/app.js"></script><a href="//elsewhere.example/">"""
MANIFEST = {"id": "/", "start_url": "/sign-in", "icons": [{"src": "/icons/icon.png"}]}
FILES = {
    "index.html": INDEX,
    "index.html.br": b"what brotli made of it",
    "index.html.gz": gzip.compress(INDEX),
    "manifest.webmanifest": json.dumps(MANIFEST).encode(),
    "assets/app.js": b'import("./other.js"); fetch("/config")',
    "icons/icon.png": b"png",
}
PAGES = ["/", "/sign-up", "/sign-in", "/welcome", "/me"]


@pytest.fixture
def below(tmp_path: Path) -> FakeApp:
    """An application below a path, with a web app."""
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return fake_app_with(webapp=tmp_path, public_url=URL)


@pytest.fixture(params=[PATH, ""], ids=["whole", "stripped"])
def prefix(request: pytest.FixtureRequest) -> str:
    """What the proxy passes on of the path: all of it, or nothing."""
    return str(request.param)


def get(below: FakeApp, address: str, **headers: str) -> TestResponse:
    return below.client.get(address, headers=BROWSER | headers, buffered=True)


@pytest.mark.parametrize("page", [*PAGES, ""])
def test_every_page_names_its_files_below_the_path(below: FakeApp, prefix: str, page: str) -> None:
    response = get(below, f"{prefix}{page}" or "/")
    assert response.status_code == 200
    assert f'href="{PATH}/manifest.webmanifest"' in response.text
    assert f'src="{PATH}/assets/app.js"' in response.text
    assert f'content="{PATH}/"' in response.text
    assert 'href="//elsewhere.example/"' in response.text


def test_page_is_compressed_as_it_was_rewritten(below: FakeApp) -> None:
    plain = get(below, f"{PATH}/sign-in").data
    for accepted in ("gzip", "gzip, br"):
        response = get(below, f"{PATH}/sign-in", Accept_Encoding=accepted)
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(response.data) == plain


def test_manifest_names_everything_below_the_path(below: FakeApp, prefix: str) -> None:
    response = get(below, f"{prefix}/manifest.webmanifest")
    told = json.loads(response.data)
    assert (told["id"], told["start_url"]) == (f"{PATH}/", f"{PATH}/sign-in")
    assert told["icons"] == [{"src": f"{PATH}/icons/icon.png"}]
    assert response.content_type == "application/manifest+json"
    tag = response.headers["ETag"]
    assert get(below, f"{prefix}/manifest.webmanifest", If_None_Match=tag).status_code == 304


def test_files_are_served_as_they_are(below: FakeApp, prefix: str) -> None:
    for name in ("assets/app.js", "icons/icon.png"):
        assert get(below, f"{prefix}/{name}").data == FILES[name]


@pytest.mark.parametrize(
    ("resource", "page"),
    [
        *(("/register", "/sign-up"), ("/login", "/sign-in")),
        *(("/greeting", "/welcome"), ("/account", "/me")),
    ],
)
def test_redirects_stay_below_the_path(
    below: FakeApp, prefix: str, resource: str, page: str
) -> None:
    response = get(below, f"{prefix}{resource}")
    assert (response.status_code, response.headers["Location"]) == (303, f"{PATH}{page}")


def test_cookies_go_to_the_path_alone(below: FakeApp, prefix: str) -> None:
    """``__Host-`` would demand the path ``/``, and show them to the host's other applications."""
    body = {"username": "ana", "email": "ana@example.org", "image": person()}
    answers = [
        below.client.post(f"{prefix}/register", json=body),
        below.client.post(f"{prefix}/login", json={"username": "ana", "image": person()}),
        below.client.post(f"{prefix}/challenges", json={"purpose": "login", "username": "ana"}),
    ]
    assert [one.status_code for one in answers] == [201, 200, 201]
    morsels = [
        morsel
        for answer in answers
        for header in answer.headers.getlist("Set-Cookie")
        for morsel in SimpleCookie(header).values()
    ]
    assert {morsel["path"] for morsel in morsels} == {PATH}
    assert all(morsel["secure"] for morsel in morsels)
    assert {morsel.key for morsel in morsels} == {
        *("__Secure-facelogin", "__Secure-facelogin-device", "__Secure-facelogin-capture")
    }


def test_a_session_is_kept_and_ended_below_the_path(below: FakeApp) -> None:
    secure = {"base_url": "https://example.org"}
    body = {"username": "ana", "email": "ana@example.org", "image": person()}
    below.client.post(f"{PATH}/register", json=body, **secure)
    assert below.client.get(f"{PATH}/greeting", **secure).status_code == 200
    assert below.client.post(f"{PATH}/logout", **secure).status_code == 204
    assert below.client.get_cookie("__Secure-facelogin", "example.org", PATH) is None
    refused(below.client.get(f"{PATH}/greeting", **secure), 401, "session_required")


def test_our_own_pages_may_write_and_others_may_not(below: FakeApp, prefix: str) -> None:
    login, body = f"{prefix}/login", {"username": "ana", "image": person()}
    ours = below.client.post(login, json=body, headers={"Origin": "https://example.org"})
    refused(ours, 401, "not_recognised")
    for origin in ("https://evil.example", URL, "http://example.org"):
        answer = below.client.post(login, json=body, headers={"Origin": origin})
        refused(answer, 403, "cross_site")


def test_a_breach_of_the_policy_is_logged_by_the_page_below_the_path(
    below: FakeApp, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    breach = {
        "effectiveDirective": "script-src-elem",
        "blockedURL": "inline",
        "documentURL": f"{URL}/sign-in",
        "sourceFile": f"{URL}/assets/index-1a2b.js",
    }
    report = [{"type": "csp-violation", "body": breach}]
    assert below.client.post(f"{prefix}/csp-reports", json=report).status_code == 204
    (line,) = (vars(one) for one in caplog.records if one.name == "facelogin.api.csp_reports")
    assert (line["page"], line["source"]) == ("/sign-in", "/assets/index-1a2b.js")


def test_programs_are_told_addresses_below_the_path(below: FakeApp, prefix: str) -> None:
    about = below.client.get(f"{prefix}/").get_json()
    assert (about["docs"], about["openapi"]) == (f"{PATH}/docs", f"{PATH}/openapi.json")
    assert below.client.get(f"{prefix}/openapi.json").get_json()["servers"] == [{"url": PATH}]
    page = get(below, f"{prefix}/docs").text
    assert not re.search(r'(?:src|href)="/', page)  # its addresses are relative


def test_what_is_not_below_the_path_is_not_found(below: FakeApp) -> None:
    for address in (f"{PATH}x/healthz", f"{PATH}//healthz", f"{PATH}/nowhere", "/corp", "/face/me"):
        answer = below.client.get(address)
        refused(answer, 404, "not_found")


def test_health_checks_need_no_path(below: FakeApp) -> None:
    for address in ("/healthz", f"{PATH}/healthz", "/readyz"):
        assert below.client.get(address).status_code == 200


def test_page_that_is_not_built_finds_its_styles(prefix: str) -> None:
    fake = fake_app_with(public_url=URL)
    page = get(fake, f"{prefix}/").text
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    for source in sources:
        assert urlsplit(source).path.startswith(f"{PATH}/")
        assert get(fake, source).status_code == 200


def test_path_named_like_an_address_of_ours_works_whole() -> None:
    fake = fake_app_with(public_url="https://example.org/login")
    body = {"username": "ana", "image": person()}
    refused(fake.client.post("/login/login", json=body), 401, "not_recognised")
    assert fake.client.get("/login/healthz").status_code == 200


def test_without_a_path_nothing_changes() -> None:
    fake = fake_app_with(public_url="https://example.org")
    assert Settings(_env_file=None, public_url="https://example.org/").public_path == ""
    assert "servers" not in fake.client.get("/openapi.json").get_json()
    refused(fake.client.get(f"{PATH}/healthz"), 404, "not_found")
