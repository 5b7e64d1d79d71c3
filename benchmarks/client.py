"""A small HTTP client that costs next to nothing, so that a load is the server's and not its own.

Run as ``python -m benchmarks.client PORT FOLDER CONNECTIONS RATE COUNT`` it signs in again and
again and prints each try's milliseconds and status as JSON. RATE 0 means as fast as answers come;
otherwise tries begin at fixed times, and a late answer counts from the time it should have begun.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from time import perf_counter, sleep

_TIMEOUT_S = 20
_COOKIE = re.compile(r"([^=;]+)=([^;]*)")
JSON = "application/json"


@dataclass
class Browser:
    """One connection that is kept, and the cookies that came over it."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = _TIMEOUT_S

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=self.timeout_s
        )

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Post JSON; return status and body. A connection that the server closed is opened anew."""
        headers = {"Content-Type": JSON, "Host": f"localhost:{self.port}", **self.headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            response = self._sent(path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            self._connection.close()
            response = self._sent(path, body, headers)
        for line in response.headers.get_all("Set-Cookie") or ():
            if found := _COOKIE.match(line):
                self.cookies[found[1]] = found[2]
        return response.status, response.read()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _sent(self, path: str, body: bytes, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        self._connection.request("POST", path, body, dict(headers))
        return self._connection.getresponse()


def login_body(username: str, jpeg: bytes) -> bytes:
    """Return the JSON that signs somebody in."""
    image = base64.b64encode(jpeg).decode("ascii")
    return json.dumps({"username": username, "image": image}).encode()


def register_body(username: str, jpeg: bytes, notice: str) -> bytes:
    """Return the JSON that registers somebody who agrees to that notice."""
    image = base64.b64encode(jpeg).decode("ascii")
    given = {"username": username, "email": f"{username}@example.org", "image": image}
    return json.dumps(given | {"consent": notice}).encode()


@dataclass(frozen=True, slots=True)
class Tries:
    """Milliseconds and status of each try, and how long all of them took together."""

    took_ms: list[float]
    statuses: list[int]
    whole_s: float

    @property
    def accepted_ms(self) -> list[float]:
        """Milliseconds of those that signed in."""
        pairs = zip(self.took_ms, self.statuses, strict=True)
        return [took for took, status in pairs if status == HTTPStatus.OK]

    @property
    def busy(self) -> int:
        """How many were told to come back later."""
        return self.statuses.count(HTTPStatus.SERVICE_UNAVAILABLE)

    @property
    def per_s(self) -> float:
        """Logins a second."""
        return len(self.accepted_ms) / self.whole_s


def run(
    port: int, jpeg: bytes, names: list[str], *, connections: int, rate: float, count: int
) -> Tries:
    """Sign in ``count`` times over that many connections, each as the person of its number.

    Every browser signs in once before, so that the server knows its device.
    """
    browsers = [Browser(port) for _ in range(connections)]
    bodies = [login_body(names[i % len(names)], jpeg) for i in range(connections)]
    for browser, body in zip(browsers, bodies, strict=True):
        browser.post("/login", body)
    took: list[float] = []
    statuses: list[int] = []
    numbers = iter(range(count))
    lock = threading.Lock()
    begin = perf_counter()

    def work(browser: Browser, body: bytes) -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due = begin + number / rate if rate else perf_counter()
            sleep(max(0.0, due - perf_counter()))
            status, _ = browser.post("/login", body)
            with lock:
                took.append((perf_counter() - due) * 1000)
                statuses.append(status)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(browsers, bodies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole_s = perf_counter() - begin
    for browser in browsers:
        browser.close()
    return Tries(took, statuses, whole_s)


def _main() -> None:
    port, folder, connections, rate, count = sys.argv[1:]
    names = json.loads((Path(folder) / "names.json").read_text(encoding="utf-8"))
    jpeg = (Path(folder) / "probe.jpg").read_bytes()
    tries = run(
        int(port),
        jpeg,
        names,
        connections=int(connections),
        rate=float(rate),
        count=int(count),
    )
    print(json.dumps([tries.took_ms, tries.statuses, tries.whole_s]))


if __name__ == "__main__":
    _main()
