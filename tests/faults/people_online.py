"""What people do at a running server: one request each, on a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import requests

from faces import image_bytes

LIMIT_S = 120
"""Against hanging, and no promise: far more than anything here takes."""


@cache
def consent(url: str) -> str:
    """The version of the notice that everybody agrees to."""
    version: str = requests.get(f"{url}/notice", timeout=LIMIT_S).json()["version"]
    return version


def register(
    url: str, username: str, *, image: str = "obama.jpg", **more: str
) -> requests.Response:
    """Register under that name."""
    person = {"username": username, "email": f"{username}@example.com", "consent": consent(url)}
    return requests.post(
        f"{url}/register", data=person | more, files={"image": image_bytes(image)}, timeout=LIMIT_S
    )


def log_in(
    url: str, username: str, *, image: str = "obama2.jpg", browser: requests.Session | None = None
) -> requests.Response:
    """Sign in under that name, as a stranger or in that browser."""
    return (browser or requests).post(
        f"{url}/login",
        data={"username": username},
        files={"image": image_bytes(image)},
        timeout=LIMIT_S,
    )


def answers(url: str, path: str, status: int) -> bool:
    """Whether that is answered so, now."""
    try:
        return requests.get(url + path, timeout=LIMIT_S).status_code == status
    except requests.ConnectionError:
        return False


def until(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def assert_unavailable(answer: requests.Response) -> None:
    """Check that this is the answer of a server whose store does not do it, and says when."""
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable"), answer.text
    assert int(answer.headers["Retry-After"]) == answer.json()["retry_after_s"] > 0
    assert "Set-Cookie" not in answer.headers
