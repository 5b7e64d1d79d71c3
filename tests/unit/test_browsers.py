"""The name of a browser, from what it says of itself."""

from __future__ import annotations

import pytest

from facelogin.domain.browsers import browser_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{WEBKIT} Chrome/142.0.0.0"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
PAD = "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{WINDOWS} {CHROME} Safari/537.36", "Chrome on Windows"),
        (f"{WINDOWS} {CHROME} Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} {CHROME} Safari/537.36 OPR/124.0.0.0", "Opera on Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
            "Firefox on Android",
        ),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} SamsungBrowser/29.0 Chrome/136.0.0.0",
            "Samsung Internet on Android",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "Chrome on ChromeOS"),
        (
            f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            f"{PHONE} (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (f"{PHONE} (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (
            f"{PHONE} (KHTML, like Gecko) FxiOS/145.0 Mobile/15E148 Safari/605.1.15",
            "Firefox on iPhone",
        ),
        (f"{PAD} (KHTML, like Gecko) Version/16.6 Safari/604.1", "Safari on iPad"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.3", "Python"),
        ("Mozilla/5.0 (Windows NT 10.0)", "Windows"),
    ],
)
def test_a_browser_is_named_with_its_system(user_agent: str, name: str) -> None:
    assert browser_of(user_agent) == name


@pytest.mark.parametrize("user_agent", [None, "", "facelogin-test", "\0\x7f", "firefox", "é" * 99])
def test_what_nobody_knows_has_no_name(user_agent: str | None) -> None:
    assert browser_of(user_agent) is None


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script> Firefox/145.0 (Windows)",
        "Firefox/145.0 (Windows)\r\nSet-Cookie: a=b",
        "Firefox/145.0 (Windows) " + "A" * 1_000_000,
        "Firefox/145.0 (Windows) ' OR 1=1 -- $where",
    ],
)
def test_hostile_text_leaves_only_known_names(hostile: str) -> None:
    assert browser_of(hostile) == "Firefox on Windows"


def test_nothing_far_back_is_looked_at() -> None:
    assert browser_of("A" * 512 + "Firefox/145.0 (Windows)") is None
