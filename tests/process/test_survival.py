"""What a server survives: the loss of a worker, of its store, and clients that are no clients."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from faces import image_bytes
from mongodb import MongoServer
from server_process import ServerProcess

TIMEOUT_S = 120


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def answers(url: str, path: str, status: int) -> bool:
    try:
        return requests.get(url + path, timeout=TIMEOUT_S).status_code == status
    except requests.ConnectionError:
        return False


def ask(url: str, raw: bytes) -> bytes:
    """Send bytes as they are and return all that comes back until the server closes."""
    place = urlsplit(url)
    with socket.create_connection(("127.0.0.1", place.port or 0), TIMEOUT_S) as connection:
        connection.sendall(raw)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_stops_without_a_complaint(
    data_dir: Path, how: signal.Signals
) -> None:
    with ServerProcess(data_dir) as server:
        server.signal(how)
        assert server.status == 0
    assert "Traceback" not in "".join(server.lines)


@pytest.mark.alone
def test_a_worker_that_dies_while_the_store_is_away_comes_back_with_it(
    data_dir: Path, own_mongo_server: MongoServer
) -> None:
    environment = {"FACELOGIN_DATABASE_URL": f"{own_mongo_server.uri}survival"}
    with ServerProcess(data_dir, environment=environment) as server:
        own_mongo_server.kill()
        (before,) = server.workers
        before.kill()
        until(lambda: server.workers not in ([], [before]))
        until(lambda: answers(server.url, "/healthz", 200))
        assert answers(server.url, "/readyz", 503)
        own_mongo_server.restart()
        until(lambda: answers(server.url, "/readyz", 200))
        registered = requests.post(
            f"{server.url}/register",
            data={"username": "barack", "email": "barack@example.com"},
            files={"image": image_bytes("obama.jpg")},
            timeout=TIMEOUT_S,
        )
        assert registered.status_code == 201


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for all that leave it as it was."""
    with ServerProcess(tmp_path_factory.mktemp("survival") / "data") as server:
        yield server.url


@pytest.mark.parametrize(
    "raw",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 300 + b"\r\n",
    ],
)
def test_what_is_not_http_gets_the_body_that_every_refusal_has(url: str, raw: bytes) -> None:
    head, _, body = ask(url, raw).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"gunicorn" not in head + body
    assert set(json.loads(body)) == {"message", "code", "request_id"}
    assert answers(url, "/healthz", 200)


@pytest.mark.alone
def test_clients_that_stall_in_the_middle_of_a_body_lose_their_place(data_dir: Path) -> None:
    stalled = (
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{"
    )
    two_threads = {
        "FACELOGIN_THREADS": "2",
        "FACELOGIN_FACE_JOBS_RUNNING": "1",
        "FACELOGIN_FACE_JOBS_WAITING": "0",
    }
    with ServerProcess(data_dir, environment=two_threads) as server:
        port = urlsplit(server.url).port or 0
        connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
        try:
            for connection in connections:
                connection.sendall(stalled)
            alive = requests.get(
                f"{server.url}/healthz", timeout=TIMEOUT_S
            )  # they are let go after 15 s
            assert alive.status_code == 200
        finally:
            for connection in connections:
                connection.close()
