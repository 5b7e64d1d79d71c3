"""The audit log of a running server: several workers, checkpoints in good time, a sound end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from audit_processes import log_on
from facelogin.domain.ports import Store
from facelogin.stores.open import open_store
from faces import image_bytes
from server_process import ServerProcess, production

LIMIT_S = 120
REGISTER, LOGINS = 2, 12  # records: registering signs in


@pytest.fixture(params=["sqlite", "mongo"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'data' / 'faces.db'}"
    else:
        url = request.getfixturevalue("mongo_uri")
    return production(tmp_path, DATABASE_URL=url)


@pytest.fixture
def store(environment: dict[str, str]) -> Iterator[Store]:
    opened = open_store(environment["FACELOGIN_DATABASE_URL"])
    yield opened
    opened.close()


def serving(tmp_path: Path, environment: dict[str, str]) -> ServerProcess:
    arguments = ("serve", "--port", "0", "--workers", "2")
    return ServerProcess(tmp_path / "data", arguments, environment)


def register(url: str) -> None:
    registered = requests.post(
        f"{url}/register",
        data={"username": "barack", "email": "barack@example.com", "consent": consent(url)},
        files={"image": image_bytes("obama.jpg")},
        timeout=LIMIT_S,
    )
    assert registered.status_code == 201, registered.text


def consent(url: str) -> str:
    version: str = requests.get(f"{url}/notice", timeout=LIMIT_S).json()["version"]
    return version


def log_in(url: str, times: int) -> None:
    def once(_: int) -> int:
        return requests.post(
            f"{url}/login",
            data={"username": "barack"},
            files={"image": image_bytes("obama2.jpg")},
            timeout=LIMIT_S,
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(once, range(times))) == [200] * times


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_rows_of_all_workers_are_joined_in_good_time_and_the_log_ends_sound(
    tmp_path: Path, environment: dict[str, str], store: Store
) -> None:
    log = log_on(store, Path(environment["FACELOGIN_KEYRING_FILE"]))
    with serving(tmp_path, environment) as server:
        register(server.url)
        log_in(server.url, LOGINS)
        until(lambda: log.check().uncovered == 0)  # nobody does anything meanwhile
        checkpoints = log.check().checkpoints
        assert checkpoints >= 1
        told = [line for line in server.lines if '"audit checkpoint"' in line]
        assert len(told) == checkpoints
        log_in(server.url, LOGINS)
    report = log.check()
    assert (report.findings, report.rows, report.uncovered) == ((), REGISTER + 2 * LOGINS, 0)
    assert 1 <= report.lanes <= 2


def test_what_a_killed_worker_left_is_joined_by_the_others(
    tmp_path: Path, environment: dict[str, str], store: Store
) -> None:
    log = log_on(store, Path(environment["FACELOGIN_KEYRING_FILE"]))
    with serving(tmp_path, environment) as server:
        register(server.url)
        log_in(server.url, LOGINS)
        before = server.workers
        for worker in before:
            worker.kill()
        until(lambda: len(server.workers) == 2 and not set(server.workers) & set(before))
        until(lambda: requests.get(f"{server.url}/readyz", timeout=LIMIT_S).ok)
        log_in(server.url, 1)
    report = log.check()
    assert (report.findings, report.rows, report.uncovered) == ((), REGISTER + LOGINS + 1, 0)
