"""A proxy that is not trusted is told of in the log, once an hour, and no person is."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from apps import fake_app_with
from facelogin.api.proxy_warnings import ProxyWarnings, warn_of_proxies
from facelogin.settings import Settings

PROXY, OTHER_PROXY, PERSON = "172.30.99.1", "10.0.0.1", "1.2.3.4"
HEADERS = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"]
HOUR_S = 3600.0


class Clock:
    """A clock that stands still until it is moved."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Watched:
    """An application that only looks at headers, and what it says."""

    def __init__(self, caplog: pytest.LogCaptureFixture, *, trusted: str = "none") -> None:
        self.clock, self._caplog = Clock(), caplog
        networks = Settings(_env_file=None, trusted_proxies=trusted).trusted_proxies
        app = Flask(__name__)
        warn_of_proxies(app, ProxyWarnings(networks, now=self.clock))
        self._client = app.test_client()

    def send(self, peer: str, **headers: str) -> list[str]:
        """Send a request; return for each warning which peer it names."""
        self._caplog.clear()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self._client.get("/", headers=sent, environ_base={"REMOTE_ADDR": peer})
        return [str(record.__dict__["proxy"]) for record in self._caplog.records]


@pytest.mark.parametrize("header", HEADERS)
def test_address_from_an_untrusted_proxy_is_told(
    caplog: pytest.LogCaptureFixture, header: str
) -> None:
    watched = Watched(caplog, trusted=OTHER_PROXY)
    assert watched.send(PROXY, **{header: PERSON}) == [PROXY]
    assert "FACELOGIN_TRUSTED_PROXIES" in caplog.text
    assert PERSON not in caplog.text
    assert caplog.records[0].__dict__["headers"] == header


def test_warning_comes_once_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(caplog)
    assert watched.send(PROXY, X_Forwarded_For=PERSON) == [PROXY]
    for watched.clock.now_s in (1.0, HOUR_S - 1):
        assert watched.send(PROXY, X_Forwarded_For=PERSON) == []
        assert watched.send(OTHER_PROXY, X_Real_IP=PERSON) == []
    watched.clock.now_s = HOUR_S
    assert watched.send(PROXY, X_Forwarded_For=PERSON) == [PROXY]


def test_person_who_forges_a_header_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(caplog)
    assert watched.send(PERSON, X_Forwarded_For="192.0.2.1") == ["a public address"]
    assert PERSON not in caplog.text
    assert watched.send(PROXY, X_Forwarded_For=PERSON) == [PROXY]  # not silenced by that


def test_trusted_proxy_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(caplog, trusted=PROXY)
    assert watched.send(PROXY, X_Forwarded_For=PERSON, X_Real_IP=PERSON) == []
    assert watched.send(PROXY) == []
    assert watched.send(PERSON) == []


def test_trusted_proxy_that_names_nobody_is_told(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(caplog, trusted=PROXY)
    assert watched.send(PROXY, X_Real_IP=PERSON) == [PROXY]
    assert "names no client in X-Forwarded-For" in caplog.text


def test_application_warns_whatever_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    for path, status in (("/healthz", 200), ("/nowhere", 404)):
        caplog.clear()
        client = fake_app_with().client
        with caplog.at_level(logging.WARNING):
            answer = client.get(path, headers={"X-Forwarded-For": PERSON})
        assert answer.status_code == status
        assert "a proxy is not trusted" in caplog.text
