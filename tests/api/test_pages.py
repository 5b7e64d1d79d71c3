"""The web app's pages and files beside the API: who gets which, and what may be kept."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from apps import FakeApp, fake_app_with, person, refused

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PAGES = ["/sign-up", "/sign-in", "/welcome", "/me"]
PAGE_OF = {
    "/register": "/sign-up",
    "/login": "/sign-in",
    "/greeting": "/welcome",
    "/account": "/me",
}
NO_HTML = ["application/json", "*/*", "application/json, text/html", "image/png", "nonsense", None]
INDEX = b"<!doctype html><title>app</title>"
SCRIPT = b"console.log('app');" * 50
FILES = {
    "index.html": INDEX,
    "index.html.gz": gzip.compress(INDEX),
    "favicon.svg": b"<svg/>",
    "assets/app-1a2b.js": SCRIPT,
    "assets/app-1a2b.js.br": b"what brotli made of it",
    "assets/app-1a2b.js.gz": gzip.compress(SCRIPT),
    "assets/app-1a2b.css": b"body{}",
    "assets/app-1a2b.css.gz": gzip.compress(b"body{}"),
    "assets/mesh-3c4d.wasm": b"\0asm",
    "assets/guidance/model-5e6f.bin": b"weights",
    "guidance/mesh.wasm": b"\0asm",
    ".vite/manifest.json": b"{}",
    "assets/.hidden": b"",
}
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A web app as the build leaves it, and a secret beside it."""
    for name, content in FILES.items():
        file = tmp_path / "webapp" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return tmp_path / "webapp"


@pytest.fixture
def built(folder: Path) -> FakeApp:
    """An application with that web app."""
    return fake_app_with(webapp=folder)


def get(fake: FakeApp, path: str, accept: str | None = BROWSER, **headers: str) -> TestResponse:
    method = headers.pop("method", "GET")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if accept is not None:
        sent["Accept"] = accept
    return fake.client.open(path, method=method, headers=sent, buffered=True)


# --- pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", *PAGES])
def test_a_browser_gets_the_app_at_every_page(built: FakeApp, path: str) -> None:
    response = get(built, path)
    assert (response.status_code, response.data) == (200, INDEX)
    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert {"Accept", "Accept-Encoding"} <= set(response.vary)
    assert "ETag" not in response.headers


@pytest.mark.parametrize(
    "path", ["/nowhere", "/sign-in/", "/assets/gone.js", "/index.html", "/%00"]
)
def test_a_browser_gets_the_app_and_404_at_an_unknown_address(built: FakeApp, path: str) -> None:
    response = get(built, path)
    assert (response.status_code, response.data) == (404, INDEX)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Accept" in response.vary


@pytest.mark.parametrize("accept", NO_HTML)
@pytest.mark.parametrize("path", ["/nowhere", "/sign-in/", "/assets/gone.js"])
def test_everybody_else_gets_json_there(built: FakeApp, path: str, accept: str | None) -> None:
    response = get(built, path, accept)
    refused(response, 404, "not_found")
    assert "Accept" in response.vary


@pytest.mark.parametrize("accept", ["*/*", "text/*", "image/png", "nonsense", "", None])
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_pages_own_address_gives_it_to_who_takes_anything(
    built: FakeApp, path: str, accept: str | None, method: str
) -> None:
    response = get(built, path, accept, method=method)
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8")
    assert {"Accept", "Accept-Encoding"} <= set(response.vary)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("accept", ["application/json", "application/json, text/html;q=0.9"])
def test_a_pages_address_has_no_json(built: FakeApp, path: str, accept: str) -> None:
    refused(get(built, path, accept), 404, "not_found")


@pytest.mark.parametrize("accept", NO_HTML)
def test_the_front_door_tells_programs_where_things_are(built: FakeApp, accept: str) -> None:
    response = get(built, "/", accept)
    assert response.get_json()["openapi"] == "/openapi.json"
    assert "Accept" in response.vary


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/assets/app-1a2b.js", "/login"])
def test_head_tells_what_get_would(built: FakeApp, path: str) -> None:
    head, whole = get(built, path, method="HEAD"), get(built, path)
    assert head.data == b""
    assert head.status_code == whole.status_code
    changing = {"X-Request-Id", "Date"}
    assert {k: v for k, v in head.headers if k not in changing} == {
        k: v for k, v in whole.headers if k not in changing
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_pages_are_for_looking_only(built: FakeApp, method: str) -> None:
    refused(get(built, "/nowhere", method=method), 404, "not_found")
    for path in ("/sign-in", "/favicon.svg", "/assets/app-1a2b.js"):
        refused(get(built, path, method=method), 405, "method_not_allowed")


def test_a_page_carries_the_security_headers(built: FakeApp) -> None:
    for path in ("/", "/nowhere", "/assets/app-1a2b.js", "/login"):
        headers = get(built, path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"


# --- where an API's address leads a browser -----------------------------------------------------


@pytest.mark.parametrize("webapp", [True, False])
@pytest.mark.parametrize(("path", "page"), PAGE_OF.items())
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_at_an_apis_address_is_sent_to_its_page(
    folder: Path, webapp: bool, path: str, page: str, method: str
) -> None:
    fake = fake_app_with(webapp=folder if webapp else None)
    response = get(fake, f"{path}?x=1", method=method)
    assert (response.status_code, response.headers["Location"]) == (303, page)
    assert "Accept" in response.vary
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", NO_HTML)
@pytest.mark.parametrize(
    ("path", "status"), [("/register", 405), ("/login", 405), ("/greeting", 401), ("/account", 401)]
)
def test_a_program_is_answered_there_as_ever(
    built: FakeApp, path: str, status: int, accept: str
) -> None:
    response = get(built, path, accept)
    assert response.status_code == status
    assert response.mimetype == "application/json"
    assert "Accept" in response.vary


def test_what_is_posted_is_never_redirected(built: FakeApp) -> None:
    body = {"username": "ana", "email": "ana@example.org", "image": person()}
    response = built.client.post("/register", json=body, headers={"Accept": BROWSER})
    assert response.status_code == 201
    assert "Accept" not in response.vary


def test_a_foreign_host_is_refused_before_any_page(built: FakeApp) -> None:
    for path in ("/", "/login", "/nowhere", "/assets/app-1a2b.js"):
        refused(get(built, path, Host="evil.example"), 403, "cross_site")


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "media_type", "cache"),
    [
        ("/assets/app-1a2b.js", "text/javascript; charset=utf-8", FOREVER),
        ("/assets/app-1a2b.css", "text/css; charset=utf-8", FOREVER),
        ("/assets/mesh-3c4d.wasm", "application/wasm", FOREVER),
        ("/assets/guidance/model-5e6f.bin", "application/octet-stream", FOREVER),
        ("/guidance/mesh.wasm", "application/wasm", "no-cache"),
        ("/favicon.svg", "image/svg+xml; charset=utf-8", "no-cache"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "application/json", BROWSER])
def test_a_file_is_sent_as_what_it_is(
    built: FakeApp, path: str, media_type: str, cache: str, accept: str
) -> None:
    response = get(built, path, accept)
    assert (response.status_code, response.data) == (200, FILES[path[1:]])
    assert response.content_type == media_type
    assert response.headers["Cache-Control"] == cache
    assert response.vary.as_set() == {"accept-encoding"}
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0.5, gzip", "gzip"),
        ("identity, br;q=0.5", None),
        ("identity", None),
        ("zstd", None),
        ("br;q=0", None),
        ("*;q=0", None),
        ("", None),
        ("nonsense;;q=,", None),
    ],
)
def test_the_best_encoding_that_the_client_takes_is_sent(
    built: FakeApp, accepted: str, encoding: str | None
) -> None:
    path = "assets/app-1a2b.js"
    response = get(built, f"/{path}", Accept_Encoding=accepted)
    suffix = {"br": ".br", "gzip": ".gz", None: ""}[encoding]
    assert response.data == FILES[path + suffix]
    assert response.headers.get("Content-Encoding") == encoding
    assert response.content_length == len(response.data)
    assert "Content-Disposition" not in response.headers
    assert response.content_type == "text/javascript; charset=utf-8"


def test_an_encoding_that_was_not_built_is_not_sent(built: FakeApp) -> None:
    styles = get(built, "/assets/app-1a2b.css", Accept_Encoding="br, gzip;q=0.1")
    assert styles.headers["Content-Encoding"] == "gzip"
    model = get(built, "/guidance/mesh.wasm", Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in model.headers


def test_the_app_itself_is_sent_compressed_too(built: FakeApp) -> None:
    for path, status in (("/", 200), ("/nowhere", 404)):
        response = get(built, path, Accept_Encoding="gzip")
        assert response.status_code == status
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(response.data) == INDEX


def test_a_file_that_the_browser_has_is_not_sent_again(built: FakeApp) -> None:
    path = "/guidance/mesh.wasm"
    etag = get(built, path).headers["ETag"]
    again = get(built, path, If_None_Match=etag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "no-cache"
    assert again.headers["ETag"] == etag
    assert get(built, path, If_None_Match='"another"').status_code == 200


def test_each_encoding_has_a_tag_of_its_own(built: FakeApp) -> None:
    tags = {
        get(built, "/assets/app-1a2b.js", Accept_Encoding=encoding).headers["ETag"]
        for encoding in ("br", "gzip", "identity")
    }
    assert len(tags) == 3


def test_the_app_is_never_answered_as_unchanged(built: FakeApp) -> None:
    long_from_now = "Fri, 31 Dec 9999 23:59:59 GMT"
    for path, status in (("/", 200), ("/nowhere", 404)):
        response = get(built, path, If_None_Match="*", If_Modified_Since=long_from_now)
        assert (response.status_code, response.data) == (status, INDEX)


@pytest.mark.parametrize(
    "path",
    [
        *("/assets/../../secret.txt", "/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e/secret.txt"),
        *("/../secret.txt", "/..%2fsecret.txt", "/assets//etc/passwd", "/%2fetc/passwd"),
        *("/assets/%2fetc%2fpasswd", "/assets/..\\..\\secret.txt", "/assets/app-1a2b.js%00.css"),
        *("/assets/", "/assets", "/guidance/", "/assets/%ff", "/assets/" + "a" * 5000),
        *("/assets/.hidden", "/.vite/manifest.json", "/assets/app-1a2b.js/", "/ASSETS/app-1a2b.js"),
        *("/assets/app-1a2b.js.br", "/assets/app-1a2b.js.gz", "/index.html.gz"),
        "/assets/./app-1a2b.js",
    ],
)
def test_what_is_not_a_file_of_the_app_is_not_found(built: FakeApp, path: str) -> None:
    refused(get(built, path, "*/*"), 404, "not_found")


# --- no web app ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", *PAGES])
def test_a_page_that_is_not_built_says_how_to_build_it(fake: FakeApp, path: str) -> None:
    response = get(fake, path)
    assert response.status_code == (200 if path == "/" else 404)
    assert response.mimetype == "text/html"
    assert "make web" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<style|style=|\son\w+=|<script", response.text)
    for source in re.findall(r'(?:src|href)="([^"]+)"', response.text):
        assert fake.client.get(source, buffered=True).status_code == 200


def test_a_folder_without_an_index_is_no_web_app(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "app.js").write_bytes(b"")
    for folder in (tmp_path, tmp_path / "none", tmp_path / "assets" / "app.js"):
        fake = fake_app_with(webapp=folder)
        assert "make web" in get(fake, "/").text
        refused(get(fake, "/assets/app.js"), 404, "not_found")
