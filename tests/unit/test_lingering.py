"""What a client still sends after its answer is read and dropped, within limits."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser

from facelogin.lingering import (
    LIMITS,
    BoundedSocket,
    LingerLimits,
    end_both_ways,
    take_rest_of_body,
    take_rest_of_connection,
)
from facelogin.settings import Settings

Ends = tuple[socket.socket, socket.socket]
LENGTH = 3_000_000
WIDE = LingerLimits(idle_s=60, whole_s=60)
NEXT = b"GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A client's end of a connection and the server's."""
    client, server = socket.socketpair()
    with client, server:
        yield client, server


def head(length: str) -> bytes:
    return f"POST /login HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n".encode()


def parsed(server: socket.socket) -> RequestParser:
    """The parser of a connection, after the head of its first request."""
    parser = RequestParser(Config(), server, ("127.0.0.1", 1))
    next(parser)
    return parser


@pytest.mark.parametrize(
    ("length", "body"),
    [
        (f"Content-Length: {LENGTH}", b"x" * LENGTH),
        ("Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (LENGTH, b"x" * LENGTH)),
        ("Content-Length: 0", b""),
    ],
)
def test_rest_of_a_body_is_read_up_to_the_next_request(
    ends: Ends, length: str, body: bytes
) -> None:
    client, server = ends
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(client.sendall, head(length) + body + NEXT)
        parser = parsed(server)
        assert take_rest_of_body(parser, WIDE)
        assert next(parser).path == "/next"
        sent.result()


@pytest.mark.parametrize("body", [b"5\r\nx", b"no size\r\n", b"1\r\nxyz"])
def test_body_of_broken_chunks_ends_the_connection(ends: Ends, body: bytes) -> None:
    client, server = ends
    client.sendall(head("Transfer-Encoding: chunked") + body)
    client.shutdown(socket.SHUT_WR)
    parser = parsed(server)
    assert not take_rest_of_body(parser, WIDE)
    assert parser.unreader.sock is server
    assert server.gettimeout() is None


def test_client_that_stalls_is_given_up(ends: Ends) -> None:
    client, server = ends
    client.sendall(head("Content-Length: 1000") + b"x")
    assert not take_rest_of_body(parsed(server), LingerLimits(idle_s=0.01))


def test_client_that_drips_is_given_up(ends: Ends) -> None:
    """A byte in time, again and again, does not begin the whole time anew."""
    client, server = ends
    client.sendall(b"x" * 1000)
    seconds = itertools.count()
    limits = LingerLimits(idle_s=60, whole_s=10)
    dripping = BoundedSocket(server, limits, now=lambda: float(next(seconds)))
    with pytest.raises(TimeoutError):
        [dripping.recv(1) for _ in range(1000)]


def test_client_that_sends_without_end_is_given_up(ends: Ends) -> None:
    client, server = ends
    client.sendall(head("Content-Length: 100000") + b"x" * 50_000)
    assert not take_rest_of_body(parsed(server), LingerLimits(idle_s=60, most_bytes=10_000))


def test_rest_of_a_connection_is_read_to_its_end(ends: Ends) -> None:
    client, server = ends
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(take_rest_of_connection, server, WIDE)
        client.sendall(b"x" * LENGTH)
        assert client.recv(1) == b""
        client.shutdown(socket.SHUT_WR)
        taken.result()
    assert server.recv(1) == b""


def test_connection_ended_both_ways_keeps_nobody_waiting(ends: Ends) -> None:
    client, server = ends
    end_both_ways(server)
    assert server.recv(1) == b""
    assert client.recv(1) == b""


def test_every_size_that_the_settings_allow_is_within_the_limits() -> None:
    rules = Settings.model_fields["max_request_bytes"].metadata
    (most,) = (rule.le for rule in rules if hasattr(rule, "le"))
    assert most <= LIMITS.most_bytes
