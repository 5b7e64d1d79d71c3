"""More face work than a server takes on: 503 for what is too much, and everything else goes on."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import requests

from faces import image_bytes
from server_process import ServerProcess

pytestmark = pytest.mark.alone
TIMEOUT_S = 120
CLIENTS = 6
ROUNDS = 10
DONE, REFUSED = (200, None), (503, "2")
ONE_AT_A_TIME = {
    "FACELOGIN_THREADS": "4",
    "FACELOGIN_FACE_JOBS_RUNNING": "1",
    "FACELOGIN_FACE_JOBS_WAITING": "1",
}


def login(url: str, browser: requests.Session | None = None) -> requests.Response:
    return (browser or requests).post(
        f"{url}/login",
        data={"username": "barack"},
        files={"image": image_bytes("obama3.jpg")},
        timeout=TIMEOUT_S,
    )


def test_beyond_the_queue_logins_are_refused_and_all_else_gets_through(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data", environment=ONE_AT_A_TIME) as server:
        registered = requests.post(
            f"{server.url}/register",
            data={"username": "barack", "email": "barack@example.com"},
            files={"image": image_bytes("obama.jpg")},
            timeout=TIMEOUT_S,
        )
        assert registered.status_code == 201
        browser, enough = requests.Session(), Event()
        assert login(server.url, browser).status_code == 200
        outcomes: set[tuple[int, str | None]] = set()

        def keep_on(_: int) -> None:
            while not enough.is_set():
                answer = login(server.url)
                outcomes.add((answer.status_code, answer.headers.get("Retry-After")))

        def other_requests() -> list[int]:
            return [
                requests.get(f"{server.url}/healthz", timeout=TIMEOUT_S).status_code,
                browser.get(f"{server.url}/greeting", timeout=TIMEOUT_S).status_code,
            ]

        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(keep_on, n) for n in range(CLIENTS)]
            try:
                for _ in range(ROUNDS):
                    assert other_requests() == [200, 200]
                deadline = time.monotonic() + TIMEOUT_S
                while outcomes != {DONE, REFUSED}:
                    assert time.monotonic() < deadline, outcomes
                    assert other_requests() == [200, 200]
            finally:
                enough.set()
        for client in clients:
            client.result()

        assert outcomes == {DONE, REFUSED}
        assert login(server.url).status_code == 200
