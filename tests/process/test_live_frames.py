"""Frames as a weapon over HTTP: every answer is a 4xx, one is looked at, and owners get in."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import requests
from urllib3 import encode_multipart_formdata

from faces import image_bytes
from frame_pictures import PLAIN, PROGRESSIVE, jpeg, with_passes, with_size
from server_process import ServerProcess, production

pytestmark = pytest.mark.alone
TIMEOUT_S = 120
OWNER, STRANGER = {"X-Forwarded-For": "203.0.113.5"}, {"X-Forwarded-For": "198.51.100.7"}
CONNECTIONS = 8
SETTINGS = {
    "TRUSTED_PROXIES": "127.0.0.1",
    "NETWORK_CHALLENGES": "100000",
    "NETWORK_FAILURES": "100000",
    "FACE_JOBS_RUNNING": "2",
    "FACE_JOBS_WAITING": "4",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A production server of one worker, whose pictures are decoded apart, and barack."""
    folder: Path = tmp_path_factory.mktemp("frames")
    arguments = ("serve", "--port", "0", "--workers", "1")
    with ServerProcess(folder / "data", arguments, production(folder, **SETTINGS)) as server:
        version = requests.get(f"{server.url}/notice", timeout=TIMEOUT_S).json()["version"]
        registered = requests.post(
            f"{server.url}/register",
            data={"username": "barack", "email": "barack@example.org", "consent": version},
            files={"image": image_bytes("obama.jpg")},
            headers=OWNER,
            timeout=TIMEOUT_S,
        )
        assert registered.status_code == 201, registered.text
        yield server.url


class Stranger:
    """A browser that begins a live capture and answers its first step with these frames."""

    def __init__(self, url: str, username: str, frames: Sequence[bytes]) -> None:
        self.browser = requests.Session()
        self.browser.headers.update(STRANGER)
        asked = {"purpose": "login", "username": username}
        begun = self.browser.post(f"{url}/challenges", json=asked, timeout=TIMEOUT_S)
        assert begun.status_code == 201, begun.text
        self.path = f"{url}/challenges/{begun.json()['challenge_id']}/steps/0"
        sent = [frame + b"%s %d" % (username.encode(), n) for n, frame in enumerate(frames)]
        described = [
            {"seq": n, "t_ms": 30 * n + 30, "sha256": hashlib.sha256(one).hexdigest()}
            for n, one in enumerate(sent)
        ]
        meta = json.dumps({"nonce": begun.json()["nonce"], "frames": described})
        parts = [(f"frame-{n}", ("f.jpg", one, "image/jpeg")) for n, one in enumerate(sent)]
        self.body, self.content_type = encode_multipart_formdata([("meta", meta), *parts])
        self.ready = time.monotonic() + 0.8  # a step takes as long as a person takes

    def send(self) -> requests.Response:
        time.sleep(max(0.0, self.ready - time.monotonic()))
        return self.browser.post(
            self.path,
            data=self.body,
            headers={"Content-Type": self.content_type},
            timeout=TIMEOUT_S,
        )


def test_what_no_page_sends_is_refused_and_ends_the_capture(url: str) -> None:
    weapons = {
        "bomb": ([with_size(PLAIN, 4000, 4000)] * 5, "image_too_large"),
        "passes": ([with_passes(PROGRESSIVE, 40)] * 5, "frame_refused"),
        "dots": ([jpeg(1, 1)] * 5, "frame_refused"),
        "sizes": ([*[PLAIN] * 4, jpeg(480, 640)], "frame_refused"),
        "torn": ([PLAIN[: len(PLAIN) // 2]] * 5, "image_unreadable"),
    }
    for name, (frames, code) in weapons.items():
        stranger = Stranger(url, name, frames)
        told = [stranger.send() for _ in range(2)]
        assert [(one.status_code, one.json()["code"]) for one in told] == [(422, code)] * 2
        login = {"username": name, "challenge_id": stranger.path.split("/")[-3]}
        spent = stranger.browser.post(f"{url}/login", json=login, timeout=TIMEOUT_S)
        assert (spent.status_code, spent.json()["code"]) == (403, "liveness_failed")


def test_one_answer_of_many_at_once_is_looked_at(url: str) -> None:
    stranger = Stranger(url, "many", [jpeg(1280, 1000)] * 24)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: stranger.send(), range(8)))
    statuses = [one.status_code for one in told]
    assert set(statuses) <= {200, 409, 503}, statuses
    # A machine with too much to do may say so; it lets the next one try.
    busy = [one.json()["code"] for one in told if one.status_code == 503]
    assert set(busy) <= {"busy"}
    assert {one.json()["code"] for one in told if one.status_code == 409} <= {"answer_in_progress"}
    whole = {one.text for one in told if one.status_code == 200}
    assert len(whole) == 1 or (busy and not whole), (
        whole
    )  # of one that was looked at, however often it is told


def test_an_owner_signs_in_beside_a_strangers_connections(url: str) -> None:
    enough, first = Event(), Event()

    def attack(number: int) -> set[int]:
        statuses, count = set[int](), 0
        while not enough.is_set():
            count += 1
            stranger = Stranger(url, f"x{number}x{count}", [jpeg(1280, 1000)] * 24)
            statuses.add(stranger.send().status_code)
            first.set()
        return statuses

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        attacks = [pool.submit(attack, number) for number in range(CONNECTIONS)]
        try:
            assert first.wait(TIMEOUT_S)
            for _ in range(3):
                answer = requests.post(
                    f"{url}/login",
                    data={"username": "barack"},
                    files={"image": image_bytes("obama2.jpg")},
                    headers=OWNER,
                    timeout=TIMEOUT_S,
                )
                assert answer.status_code == 200, answer.text
        finally:
            enough.set()
    assert set().union(*(one.result() for one in attacks)) <= {200, 503}
