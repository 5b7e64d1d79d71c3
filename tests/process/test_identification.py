"""A server with two workers that finds people by their faces alone."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import requests

from faces import image_bytes
from server_process import ServerProcess, production

TIMEOUT_S = 120


def b64(name: str) -> str:
    return base64.b64encode(image_bytes(name)).decode()


def look(url: str, name: str) -> requests.Response:
    """On a connection of its own, so that any worker may answer."""
    return requests.post(f"{url}/login", json={"image": b64(name)}, timeout=TIMEOUT_S)


def register(url: str, username: str, image: str) -> None:
    version = requests.get(f"{url}/config", timeout=TIMEOUT_S).json()["notice"]["version"]
    body = {
        "username": username,
        "email": f"{username}@example.com",
        "image": b64(image),
        "consent": version,
    }
    answer = requests.post(f"{url}/register", json=body, timeout=TIMEOUT_S)
    assert answer.status_code == 201, answer.text


def metrics(server: ServerProcess) -> str:
    (line,) = [line for line in server.lines if "/metrics" in line]
    return requests.get(line.split()[-1], timeout=TIMEOUT_S).text


def test_every_worker_greets_a_new_person_by_name_and_no_stranger(tmp_path: Path) -> None:
    settings = production(tmp_path, IDENTIFICATION="on", METRICS_PORT="0", NETWORK_FAILURES="1000")
    arguments = ("serve", "--port", "0", "--workers", "2")
    with ServerProcess(tmp_path / "data", arguments, settings) as server:
        config = requests.get(f"{server.url}/config", timeout=TIMEOUT_S).json()
        assert config["identification"] == "on"
        until_read(server)
        register(server.url, "barack", "obama.jpg")
        for _ in range(8):  # any worker may answer, and none has to be waited for
            answer = look(server.url, "obama2.jpg")
            assert (answer.status_code, answer.json().get("username")) == (200, "barack")
        stranger = look(server.url, "biden.jpg")
        assert (stranger.status_code, stranger.json()["code"]) == (401, "not_recognised")
        told = metrics(server)
        assert "facelogin_gallery_people 1.0" in told
        assert 'facelogin_expected_fnir{enrolled="1",shown="1"}' in told


def until_read(server: ServerProcess) -> None:
    """Wait until each worker has read the store once: until then it searches nobody."""
    end_s = time.monotonic() + TIMEOUT_S
    in_a_row = 0
    while in_a_row < 6:
        assert time.monotonic() < end_s
        in_a_row = in_a_row + 1 if look(server.url, "biden.jpg").status_code == 401 else 0
