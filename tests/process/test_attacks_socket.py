"""Bytes that are almost HTTP: two readings of one request, and headers that lie, over a socket.

A proxy that reads the length of a body in one way and a server that reads it in another can be
made to disagree about where the next request begins (RFC 9112, sections 6.3 and 11.2). So whatever
has two readings is refused, and its connection is closed.
"""

from __future__ import annotations

import errno
import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from server_process import ServerProcess, production

TIMEOUT_S = 120
_CLOSED_BEFORE_ALL_WAS_SENT = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN}
SMUGGLED = b"POST /smuggled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
POST = b"POST /logout HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("attacked")
    environment = production(folder, PUBLIC_URL="https://login.example.org", WORKERS="2")
    with ServerProcess(
        folder / "data", arguments=("serve", "--port", "0"), environment=environment
    ) as process:
        yield process


def ask(server: ServerProcess, raw: bytes) -> bytes:
    """Send bytes as they are, and nothing more; return all that comes back."""
    port = urlsplit(server.url).port or 0
    answer = b""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                answer += more
        except OSError as error:
            if error.errno not in _CLOSED_BEFORE_ALL_WAS_SENT:
                raise
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3}) ", answer, re.MULTILINE)]


def assert_unharmed(server: ServerProcess) -> None:
    for _ in range(2):
        assert requests.get(f"{server.url}/healthz", timeout=TIMEOUT_S).status_code == 200


TWO_READINGS = {
    "length and chunks": POST
    + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks and length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 100\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 100\r\n\r\n" + SMUGGLED,
    "two lengths in one": POST + b"Content-Length: 0, 100\r\n\r\n" + SMUGGLED,
    "the same length twice": POST + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "a signed length": POST + b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length in hex": POST + b"Content-Length: 0x0\r\n\r\n" + SMUGGLED,
    "no length": POST + b"Content-Length:\r\n\r\n" + SMUGGLED,
    "an underscored length": POST + b"Content-Length: 1_0\r\n\r\n" + SMUGGLED,
    "a length in other digits": POST + "Content-Length: ٠\r\n\r\n".encode() + SMUGGLED,
    "a blank before the colon": POST + b"Content-Length : 5\r\n\r\n" + SMUGGLED,
    "chunks twice": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks twice in one": POST
    + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "chunks and then not": POST
    + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "almost chunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked after a tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked before a nul": POST + b"Transfer-Encoding: chunked\x00\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a blank before that colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks in HTTP/1.0": b"POST /logout HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "a folded header": POST + b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a folded encoding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a header folded by a tab": POST + b"X: a\r\n\tb\r\nContent-Length: 0\r\n\r\n" + SMUGGLED,
    "a header before the first": b"POST /logout HTTP/1.1\r\n X: a\r\n\r\n" + SMUGGLED,
    "lines that end without CR": b"POST /logout HTTP/1.1\nHost: localhost\n"
    b"Content-Length: 0\n\n" + SMUGGLED,
    "one line that ends without CR": POST + b"X: a\nContent-Length: 5\r\n\r\n" + SMUGGLED,
    "a CR within a value": POST + b"X: a\rContent-Length: 5\r\n\r\n" + SMUGGLED,
    "a nul within a value": POST + b"X: a\x00b\r\n\r\n" + SMUGGLED,
    "a nul within a name": POST + b"X\x00: a\r\n\r\n" + SMUGGLED,
    "a name that is none": POST + b": a\r\n\r\n" + SMUGGLED,
    "a name with a blank": POST + b"X Y: a\r\n\r\n" + SMUGGLED,
}
NOT_HTTP = {
    "no version": b"GET /\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version of two digits": b"GET / HTTP/1.10\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a long first line": b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n",
    "a long header": GET + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": GET + b"X: a\r\n" * 300 + b"\r\n",
    "a method of signs": b"G(T / HTTP/1.1\r\n\r\n",
    "nothing but a line": b"\r\n\r\n\r\n",
}
REFUSED = TWO_READINGS | NOT_HTTP


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_what_has_two_readings_is_refused_and_its_connection_closed(
    server: ServerProcess, raw: bytes
) -> None:
    answer = ask(server, raw)
    assert statuses(answer) in ([400], [])
    assert b"smuggled" not in answer
    if answer:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"\r\nConnection: close" in head
        assert b"\r\nX-Content-Type-Options: nosniff" in head
        assert b"\r\nContent-Security-Policy: default-src 'none'" in head
        assert b"\r\nCross-Origin-Resource-Policy: same-origin" in head
        assert b"\r\nCache-Control: no-store" in head
        assert b"gunicorn" not in answer.lower()
        assert set(json.loads(body)) == {"message", "code", "request_id"}
    assert_unharmed(server)


WHY = {
    "a long first line": "The address of this request is too long: at most 4094 bytes",
    "a long header": "The headers of this request are too large",
    "many headers": "The headers of this request are too large: at most 100",
    "another version": "This server speaks HTTP/1.0 and HTTP/1.1",
    "a method of signs": "The first line of this request is not that of an HTTP/1.1 request",
    "no version": "The first line of this request is not that of an HTTP/1.1 request",
}


@pytest.mark.parametrize("name", WHY)
def test_why_it_was_refused_is_told(server: ServerProcess, name: str) -> None:
    _, _, body = ask(server, NOT_HTTP[name]).partition(b"\r\n\r\n")
    assert json.loads(body)["message"].startswith(WHY[name])
    assert json.loads(body)["code"] == "invalid_request"


CHUNKS = {
    "a size that is none": b"x\r\n\r\n",
    "a negative size": b"-1\r\n\r\n",
    "a size with a sign": b"+1\r\na\r\n0\r\n\r\n",
    "a size in 0x": b"0x1\r\na\r\n0\r\n\r\n",
    "a size with an underscore": b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
    "a huge size": b"f" * 20 + b"\r\na\r\n0\r\n\r\n",
    "more than was said": b"1\r\nabc\r\n0\r\n\r\n",
    "no end": b"5\r\nabc",
    "lines without CR": b"1\na\n0\n\n",
    "an endless extension": b"1;" + b"a" * 200_000 + b"\r\na\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS.keys())
def test_chunks_that_break_the_rules_end_the_connection(
    server: ServerProcess, chunks: bytes
) -> None:
    head = (
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    answer = ask(server, head + chunks + SMUGGLED)
    assert statuses(answer) in ([400], [413], [])
    assert b"smuggled" not in answer
    assert_unharmed(server)


def test_a_body_that_nobody_reads_does_not_become_a_request(server: ServerProcess) -> None:
    """A request is refused before its body is read; what follows is still the body."""
    head = (
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED)
    )
    assert statuses(ask(server, head + SMUGGLED + GET + b"\r\n")) in ([403], [403, 200])


def test_two_honest_requests_on_one_connection_get_two_answers(server: ServerProcess) -> None:
    empty = b"Content-Length: 0\r\n\r\n"
    assert statuses(ask(server, POST + empty + GET + b"\r\n")) == [204, 200]


@pytest.mark.parametrize(
    "first_line",
    [
        b"GET http://evil.example/nowhere HTTP/1.1",
        b"GET http://evil.example HTTP/1.1",
        b"GET //evil.example/.. HTTP/1.1",
        b"GET /\\evil.example HTTP/1.1",
        b"GET *  HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"CONNECT evil.example:443 HTTP/1.1",
        b"get / HTTP/1.1",
        b"GET / HTTP/1.0",
        b"GET /%00 HTTP/1.1",
        b"GET /%0d%0aSet-Cookie:%20evil=1 HTTP/1.1",
        b"GET /../../../../etc/passwd HTTP/1.1",
        b"GET /assets/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1",
        b"GET /docs/static/../../app.py HTTP/1.1",
        b"GET /docs/static/%2e%2e/%2e%2e/app.py HTTP/1.1",
    ],
)
@pytest.mark.parametrize("host", [b"localhost", b"evil.example", b""])
def test_a_strange_address_leads_nowhere(
    server: ServerProcess, first_line: bytes, host: bytes
) -> None:
    headers = b"\r\nHost: " + host + b"\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    answer = ask(server, first_line + headers)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert statuses(answer)[:1] in ([200], [303], [400], [404], [405], [403])
    assert b"evil" not in head
    assert b"root:" not in body
    assert b"import" not in body.partition(b"<script")[0]
    location = [line for line in head.split(b"\r\n") if line.lower().startswith(b"location:")]
    assert location in ([], [b"Location: /sign-in"])


@pytest.mark.parametrize(
    "header",
    [
        b"Content_Length: 5",
        b"Transfer_Encoding: chunked",
        b"X_Forwarded_Proto: http",
        b"Sec_Fetch_Site: same-origin",
        b"Origin_: https://login.example.org",
    ],
)
def test_an_underscore_is_no_hyphen(server: ServerProcess, header: bytes) -> None:
    """WSGI can't tell the two apart, so a header with one must never arrive."""
    evil = b"Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n"
    answer = ask(server, POST + evil + header + b"\r\nConnection: close\r\n\r\n")
    assert statuses(answer) in ([403], [400])


@pytest.mark.parametrize(
    "sent",
    [
        b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Site: same-origin",
        b"Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site",
        b"Origin: https://evil.example\r\nOrigin: https://login.example.org",
        b"Origin: https://login.example.org\r\nOrigin: https://evil.example",
        b"sec-fetch-site: cross-site",
        b"SEC-FETCH-SITE: CROSS-SITE",
        b"Origin: https://login.example.org\tx",
    ],
)
def test_a_header_that_comes_twice_does_not_open_the_door(
    server: ServerProcess, sent: bytes
) -> None:
    answer = ask(server, POST + sent + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    assert statuses(answer) == [403]


def test_a_form_from_another_site_is_refused_over_the_wire(server: ServerProcess) -> None:
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        for path in ("/login", "/logout", "/register", "/account/face"):
            answer = requests.post(
                f"{server.url}{path}",
                data=b"username=ana",
                headers={"Origin": "null", "Content-Type": content_type},
                timeout=TIMEOUT_S,
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert "Set-Cookie" not in answer.headers
