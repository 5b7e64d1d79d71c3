"""Request lines and headers that were made to break whatever reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GARBAGE = (
    b"",
    b"\xff\xfe",
    b"a" * 8000,
    b"%s%n",
    b"\xc3\xa9",
    b'"',
    b";;;,,,===",
    b"a\x01b",
    b"\x7f",
)
NAMES = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Cookie"),
    *("Forwarded", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Range"),
    *("Sec-Fetch-Site", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Forwarded-For"),
    *("X-Forwarded-Host", "X-Request-Id", "X-HTTP-Method-Override", "Content-Encoding", "Expect"),
)
VALUES = {
    "Accept": (b"*/*;q=nan", b"text/html;q=" + b"9" * 4000, b"," * 4000, b"text/html;" * 800),
    "Accept-Encoding": (b"gzip;q=x", b"br," * 2000, b"*;q=0"),
    "Accept-Language": (b"en;q=inf", b"-" * 4000, b"x-" * 2000),
    "Cookie": (
        *(b"facelogin=", b"facelogin=a; facelogin=b", b"facelogin=" + b"a" * 7000, b"=;=;=" * 1000),
        *(b"facelogin=\xff", b'facelogin="\\777"', b"facelogin-device=a.b.c", b"facelogin;;"),
    ),
    "Range": (b"bytes=0-", b"bytes=-1", b"bytes=" + b"0-0," * 1500, b"bytes=9999999999999-"),
    "If-Modified-Since": (b"Thu, 99 Foo 99999 99:99:99 GMT", b"0", b"9" * 400),
    "X-Forwarded-For": (b"1.2.3.4," * 900, b"::ffff:1.2.3.4%eth0", b"[::1", b"999.1.1.1"),
    "Origin": (b"null", b"http://[", b"https://login.example.org:99999", b"file://"),
    "Expect": (b"100-continue", b"200-ok"),
    "Content-Encoding": (b"gzip", b"br", b"deflate, gzip"),
    "Authorization": (b"Basic !!!!", b"Basic " + b"A" * 7000, b"Digest a=b", b"Bearer \xff"),
}
HOSTS = (
    b"evil.example",
    b"[::1",
    b"[::1]:0",
    b"a:b:c",
    b"localhost:99999999",
    b"",
    b"\xff",
    b"a b",
    b"a/b",
)
TYPES = (
    *(
        b"application/json; charset=utf-16",
        b"application/json; charset=nonsense",
        b"APPLICATION/JSON",
    ),
    *(b"application/json;;;=", b"application/json, text/html", b"text/plain", b"", b"/", b"\xff"),
    *(
        b"application/x-www-form-urlencoded",
        b"application/" + b"a" * 7000,
        b"multipart/mixed; boundary=x",
    ),
)
_TARGETS = (
    *("/greeting?user_id=%00", "/greeting?user_id=%ff%fe", "/greeting?user_id=a&user_id=b"),
    *("/greeting?" + "a=b&" * 900, "/greeting?user_id=" + "a" * 3900, "/greeting?%"),
    *("/notice?lang=%00", "/notice?lang=" + "x-" * 1900, "/notice?lang=../../etc/passwd"),
    *("/notice?lang=%ed%a0%80", "/account/sessions", "/account/sessions/", "/account", "/session"),
    *("/account/sessions/%00", "/account/sessions/%ff", "/account/sessions/..%2f..", "//account"),
    *("/account/sessions/" + "a" * 3900, "/account/sessions/%ed%a0%80", "/account/export?a[]=%"),
    *("/assets/%00", "/assets/..%2f..%2fetc%2fpasswd", "/docs/static/..%5c..", "/%2e%2e", "/;a=b"),
    *(
        "/config",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/register",
        "/login/recovery",
        "/nowhere",
    ),
)
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "A" * 20,
)


@dataclass(frozen=True)
class Ask:
    """One request, its body apart."""

    method: str
    target: str
    headers: tuple[tuple[str, bytes], ...] = ()


def hostile_headers() -> Iterator[Ask]:
    """Yield requests of odd headers: to a page that reads, and to one that takes a body."""
    for name in NAMES:
        for value in (*GARBAGE, *VALUES.get(name, ())):
            yield Ask("GET", "/session", ((name, value),))
            yield Ask("POST", "/login", ((name, value),))
    for host in HOSTS:
        yield Ask("GET", "/config", (("Host", host),))
    for kind in TYPES:
        yield Ask("POST", "/login", (("Content-Type", kind),))


def hostile_targets() -> Iterator[Ask]:
    """Yield requests of every method to odd addresses."""
    for target in _TARGETS:
        for method in METHODS:
            yield Ask(method, target)
