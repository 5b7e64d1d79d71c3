"""SIGTERM to the server: what is under way is answered, nothing new is taken, and it ends."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from requests import PreparedRequest, Request

from faces import image_bytes
from faults.conftest import Place
from faults.people_online import LIMIT_S, register, until
from server_process import ServerProcess

MOST_BYTES = 1 << 20


@pytest.fixture
def server(place: Place) -> Iterator[ServerProcess]:
    with place.server() as running:
        assert register(running.url, "barack").status_code == 201
        yield running


def login_request(url: str) -> bytes:
    """The bytes of a right login."""
    asked: PreparedRequest = Request(
        "POST",
        f"{url}/login",
        data={"username": "barack"},
        files={"image": image_bytes("obama2.jpg")},
    ).prepare()
    assert isinstance(asked.body, bytes)
    head = [f"POST /login HTTP/1.1\r\nHost: {urlsplit(url).netloc}"]
    head += [f"{name}: {value}" for name, value in asked.headers.items()]
    return "\r\n".join([*head, "\r\n"]).encode() + asked.body


def connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), LIMIT_S)


def takes_connections(url: str) -> bool:
    try:
        connect(url).close()
    except ConnectionRefusedError:
        return False
    return True


def accepted(server: ServerProcess) -> set[tuple[str, int]]:
    """The clients whose connections a worker has taken."""
    found = (one.raddr for worker in server.workers for one in worker.net_connections("tcp"))
    return {(address.ip, address.port) for address in found if address}


def answer_on(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """The status and the body of the one answer, read until the server closes."""
    with connection.makefile("rb") as stream:
        raw = stream.read(MOST_BYTES)
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_an_upload_that_is_under_way_when_the_server_is_told_to_stop_is_answered(
    server: ServerProcess,
) -> None:
    raw = login_request(server.url)
    half = len(raw) // 2
    with closing(connect(server.url)) as early, closing(connect(server.url)) as late:
        for connection in (early, late):
            connection.sendall(raw[:half])
        until(lambda: accepted(server) >= {early.getsockname(), late.getsockname()})

        server.signal(signal.SIGTERM)
        until(lambda: not takes_connections(server.url))
        for connection in (early, late):
            connection.sendall(raw[half:])

        for connection in (early, late):
            status, body = answer_on(connection)
            assert (status, body["username"]) == (200, "barack")
    assert server.status == 0


def test_faces_that_are_being_compared_when_the_server_is_told_to_stop_are_answered(
    server: ServerProcess,
) -> None:
    raw = login_request(server.url)
    connections = [connect(server.url) for _ in range(8)]
    for connection in connections:
        connection.sendall(raw)
    until(lambda: accepted(server) >= {one.getsockname() for one in connections})

    server.signal(signal.SIGTERM)

    with ThreadPoolExecutor(len(connections)) as pool:
        statuses = [status for status, _ in pool.map(answer_on, connections)]
    for connection in connections:
        connection.close()
    assert statuses == [200] * len(connections)
    assert server.status == 0
    assert not takes_connections(server.url)
    assert "Traceback" not in "".join(server.lines)
