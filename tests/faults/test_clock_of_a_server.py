"""A whole server under a wrong clock, started again under another (libfaketime).

libfaketime moves the clock that only counts on as well, and a server can't be made to live through
a jump of that one; a jump while serving is shown on the services, in `test_clock.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from audit_processes import log_on
from facelogin.stores.open import open_store
from faces import missing
from faults.conftest import Place
from faults.people_online import LIMIT_S, log_in, register
from server_process import ServerProcess

_LIBRARIES = Path("/usr/lib")
_LIBRARY = "*/faketime/libfaketimeMT.so.1"


@dataclass(frozen=True)
class WrongClock:
    """Starts servers whose clock is wrong by so many days, and stays so."""

    place: Place
    library: Path

    @contextmanager
    def ahead_by(self, days: int) -> Iterator[ServerProcess]:
        shifted = {"LD_PRELOAD": str(self.library), "FAKETIME": f"{days:+}d", "NO_FAKE_STAT": "1"}
        server = self.place.server()
        with replace(server, environment={**server.environment, **shifted}) as running:
            assert days_ahead(running) == days
            yield running


@pytest.fixture
def wrong_clock(place: Place) -> WrongClock:
    for library in _LIBRARIES.glob(_LIBRARY):
        return WrongClock(place, library)
    return missing("libfaketime (Debian's package faketime)")


def days_ahead(server: ServerProcess) -> int:
    """How wrong the time is that the server puts on its answers."""
    date = requests.get(f"{server.url}/healthz", timeout=LIMIT_S).headers["Date"]
    return round((parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds() / 86_400)


def account(server: ServerProcess, browser: requests.Session) -> int:
    return browser.get(f"{server.url}/account", timeout=LIMIT_S).status_code


def test_servers_under_clocks_that_are_years_apart_serve_the_same_people(
    place: Place, wrong_clock: WrongClock
) -> None:
    browser = requests.Session()
    for days in (4000, -4000, 0):
        with wrong_clock.ahead_by(days) as server:
            assert account(server, browser) == 401  # what another clock began has ended
            assert register(server.url, f"ada{days}").status_code == 201
            assert log_in(server.url, "ada4000", image="biden.jpg").status_code == 401
            assert log_in(server.url, "ada4000", browser=browser).status_code == 200
            assert account(server, browser) == 200
    store = open_store(f"sqlite:///{place.file}")
    report = log_on(store, place.keyring).check()
    store.close()
    assert (report.findings, report.uncovered) == ((), 0)
