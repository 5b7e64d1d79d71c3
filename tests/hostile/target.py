"""A production server that is shot at, and what must be true of it whatever it was sent."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import requests

from faces import image_bytes
from hostile.bodies import Body, form
from server_process import ServerProcess, production

TIMEOUT_S = 120
ALLOWED_MEMORY_MB = 300
"""By how much the worst request may raise the memory of any one process of the server."""
BEYOND_THE_DOCUMENT = {200, 204, 303, 304, 400, 403, 404, 405, 413, 415, 422}
"""What an address or a method may answer that the OpenAPI document does not describe."""
BELOW_THE_APPLICATION = {400}
"""What is not HTTP is refused before any operation is chosen."""
TOLD = {"message", "code", "detail", "request_id", "fields", "retry_after_s"}
WORKERS = 2
_WIDE_LIMITS = {
    "WORKERS": str(WORKERS),
    "API_DOCS": "true",  # which is where it learns what there is to send
    "NETWORK_FAILURES": "1000000",
    "NETWORK_REGISTRATIONS": "1000000",
    "NETWORK_REGISTRATION_CHECKS": "1000000",
    "ACCOUNT_FAILURES": "100",
    "ACCOUNT_CLOSE_AFTER": "1000",
    "ACCOUNT_SIGN_INS": "1000000",
    "ACCOUNT_SIGN_INS_A_DAY": "1000000",
    "ACCOUNT_WRITES": "1000000",
    "ACCOUNT_WRITES_A_DAY": "1000000",
    "ACCOUNT_NAME_CHANGES": "1000000",
    "ACCOUNT_EXPORTS": "1000000",
    "NETWORK_CHALLENGES": "1000000",
    "SESSION_FRESH_S": "3600",
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Target:
    """A running server, a person who signs in to it, and the tally of what it was sent."""

    server: ServerProcess
    tried: int = 0
    slowest_s: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    peaks_mb: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._address = urlsplit(self.server.url)
        self._document = self._get("/openapi.json")
        self._notice = self._get("/notice")["version"]
        self._rules = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + r"\Z"), operations)
            for path, operations in self._document["paths"].items()
        ]
        self.person("barack", "obama.jpg")
        self.cookie = self.sign_in("barack", "obama2.jpg")
        for _ in range(4 * WORKERS):  # both workers have all that they load late
            self.sign_in("barack", "obama2.jpg")
        self.before = {worker.pid for worker in self.server.workers}
        self._measure()
        self.at_rest_mb = dict(self.peaks_mb)

    def shoot(
        self,
        method: str,
        target: str,
        body: Body | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        *,
        malformed: bool = False,
    ) -> Answer:
        """Send one request and assert that its answer is one that the document describes.

        ``malformed`` requests may also be refused below the application.
        """
        started = time.monotonic()
        answer = self._send(method, target, body, headers)
        took_s = time.monotonic() - started
        what = f"{method} {target[:80]} {headers!r:.200} {body!r:.400}"
        allowed = self._allowed(method, target) | (BELOW_THE_APPLICATION if malformed else set())
        assert answer.status in allowed, f"{answer.status} {answer.body[:300]!r} for {what}"
        assert took_s < TIMEOUT_S, f"{took_s:.1f} s for {what}"
        self._note(answer, took_s, method)
        return answer

    def register_fields(self) -> dict[str, str]:
        """What else a registration needs, with a name that nobody has yet."""
        name = f"target{self.tried}"
        return {"username": name, "email": f"{name}@example.com", "consent": self._notice}

    def person(self, username: str, picture: str) -> None:
        """Register somebody."""
        fields = self.register_fields() | {"username": username, "email": f"{username}@example.com"}
        answer = self._send("POST", "/register", form(fields, image_bytes(picture)), ())
        assert answer.status == 201, answer.body

    def sign_in(self, username: str, picture: str) -> bytes:
        """Sign in and return the cookies as a browser would send them."""
        answer = requests.post(
            f"{self.server.url}/login",
            data={"username": username},
            files={"image": image_bytes(picture)},
            timeout=TIMEOUT_S,
        )
        assert answer.status_code == 200, answer.text
        return "; ".join(f"{name}={value}" for name, value in answer.cookies.items()).encode()

    def assert_unharmed(self) -> None:
        """No worker has died, memory is bounded, and whoever has a face still signs in."""
        self.sign_in("barack", "obama2.jpg")
        self._measure()
        assert {worker.pid for worker in self.server.workers} == self.before
        assert not any("Traceback" in line or "unhandled" in line for line in self.server.lines)
        assert self.grown_mb() < ALLOWED_MEMORY_MB

    def grown_mb(self) -> float:
        """By how much the process that grew most has grown beyond what it is at rest."""
        rest = min(self.at_rest_mb.values())
        return max(peak - self.at_rest_mb.get(pid, rest) for pid, peak in self.peaks_mb.items())

    def summary(self) -> str:
        """The figures, in a line."""
        faults = sum(count for status, count in self.statuses.items() if status >= 500)
        died = len(self.before - {worker.pid for worker in self.server.workers})
        replaced = sum("decoder replaced" in line for line in self.server.lines)
        workers = max(self.peaks_mb[pid] for pid in self.before)
        others = max(peak for pid, peak in self.peaks_mb.items() if pid not in self.before)
        return (
            f"{self.tried} requests, {faults} answers of 5xx, {died} workers died, "
            f"{replaced} decoders replaced; peak memory {workers:.0f} MB of a worker, "
            f"{others:.0f} MB of any other process, at most {self.grown_mb():.0f} MB above rest; "
            f"slowest {self.slowest_s:.2f} s; {dict(self.statuses)}; {dict(self.codes)}"
        )

    def _send(
        self, method: str, target: str, body: Body | None, headers: Sequence[tuple[str, bytes]]
    ) -> Answer:
        given = [("Connection", b"close"), *headers]
        if not any(name == "Host" for name, _ in headers):
            given.append(("Host", self._address.netloc.encode()))
        if body is not None:
            given += [("Content-Type", body.content_type.encode("latin-1"))]
            given += [("Content-Length", str(len(body.data)).encode())]
        head = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in given)
        line = f"{method} {target} HTTP/1.1\r\n".encode("latin-1")
        place = (self._address.hostname, self._address.port)
        with socket.create_connection(place, 2 * TIMEOUT_S) as connection:
            with suppress(ConnectionError):  # a server may answer before it has read everything
                connection.sendall(line + head + b"\r\n" + (body.data if body else b""))
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            return Answer(answer.status, answer.read())

    def _allowed(self, method: str, target: str) -> set[int]:
        path = target.partition("?")[0]
        for pattern, operations in self._rules:
            described = operations.get({"HEAD": "get"}.get(method, method.lower()))
            if described and pattern.match(path):
                answers = {int(status) for status in described["responses"]}
                return {status for status in answers if status < 500}
        return BEYOND_THE_DOCUMENT

    def _note(self, answer: Answer, took_s: float, method: str) -> None:
        self.tried += 1
        self.slowest_s = max(self.slowest_s, took_s)
        self.statuses[answer.status] += 1
        if answer.status >= 400 and method != "HEAD":
            told = answer.told
            assert set(told) <= TOLD
            assert told["message"]
            self.codes[told["code"]] += 1
        if self.tried % 20 == 0:
            self._measure()

    def _measure(self) -> None:
        """Note the most memory that each process of the server has ever held."""
        workers = self.server.workers
        family = [*workers, *(child for worker in workers for child in _children(worker))]
        for process in [*family, *workers[0].parents()[:1]]:
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
                status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
                if peak := re.search(r"VmHWM:\s+(\d+) kB", status):
                    self.peaks_mb[process.pid] = int(peak[1]) / 1024

    def _get(self, path: str) -> Any:
        answer = requests.get(f"{self.server.url}{path}", timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def production_server(folder: Path) -> ServerProcess:
    """A server as ``serve`` runs it, with limits on guessing so wide that all is looked at."""
    return ServerProcess(
        folder / "data",
        arguments=("serve", "--port", "0"),
        environment=production(folder, **_WIDE_LIMITS),
    )
