"""A body that breaks off, or whose chunks break the rules, is the client's fault and told so."""

from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps import FakeApp, refused
from server_process import ServerProcess

TIMEOUT_S = 120
FORM = "multipart/form-data; boundary=x"


class BreakingOff(io.RawIOBase):
    """A body whose client leaves after the first bytes."""

    def __init__(self) -> None:
        self._left = [b'{"username": "ana"']

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            raise ConnectionResetError("the client has left")
        data = self._left.pop()
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [("application/json", 400, "not_json"), (FORM, 422, "invalid_request")],
)
def test_a_client_that_leaves_in_the_middle_is_no_fault_of_ours(
    fake: FakeApp, caplog: pytest.LogCaptureFixture, content_type: str, status: int, code: str
) -> None:
    with caplog.at_level(logging.ERROR):
        response = fake.client.post(
            "/login",
            content_type=content_type,
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input": BreakingOff(), "wsgi.input_terminated": True},
        )
    told = refused(response, status, code)
    assert told["message"] == "The body of this request did not arrive whole. Please send it again."
    assert not caplog.records


@pytest.mark.parametrize("kind", ["", '; filename="a.jpg"'])
def test_a_part_without_a_name_is_refused(fake: FakeApp, kind: str) -> None:
    part = f"--x\r\nContent-Disposition: form-data{kind}\r\n\r\nana\r\n"
    answer = fake.client.post("/login", data=f"{part}{part}--x--\r\n", content_type=FORM)
    refused(answer, 422, "invalid_request")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("broken") / "data") as process:
        yield process


def answer_to(
    server: ServerProcess, chunks: bytes, content_type: str
) -> tuple[int, dict[str, Any]]:
    """Send what follows the headers as it is, and no more; return status and body."""
    address = urlsplit(server.url)
    head = (
        f"POST /login HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {content_type}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), TIMEOUT_S) as client:
        client.sendall(head.encode() + chunks)
        client.shutdown(socket.SHUT_WR)
        whole = b"".join(iter(lambda: client.recv(65_536), b""))
    headers, _, body = whole.partition(b"\r\n\r\n")
    return int(headers.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [("application/json", (400, "not_json")), (FORM, (422, "invalid_request"))],
)
@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}XX0\r\n\r\n",
        b"2;\x01\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nno trailer\r\n\r\n",
        b"2\r\n{}\r\n",
        b"64\r\n{}",
    ],
)
def test_broken_chunks_are_refused_and_leave_no_traceback(
    server: ServerProcess, chunks: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    status, body = answer_to(server, chunks, content_type)
    assert (status, body["code"]) == expected
    assert not any("Traceback" in line for line in server.lines)


def test_whole_chunks_are_read(server: ServerProcess) -> None:
    status, body = answer_to(server, b"2\r\n{}\r\n0\r\n\r\n", "application/json")
    assert (status, body["code"]) == (422, "invalid_request")
    assert "username" in body["fields"]
