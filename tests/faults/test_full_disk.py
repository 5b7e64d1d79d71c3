"""A disk that fills up: nothing is half written, reading goes on, and room is made use of."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import requests

from faults.conftest import Place
from faults.people_online import answers, assert_unavailable, log_in, register, until
from server_process import ServerProcess

NAMES = [f"person{number}" for number in range(12)]
A_PAGE_BYTES = 5000
"""Room for a part of what one registration writes, so that a write breaks off in its middle."""


@contextmanager
def full_disk(server: ServerProcess, *, limit_bytes: int) -> Iterator[None]:
    """Let no file of the workers be written beyond that length."""
    before = {one.pid: resource.prlimit(one.pid, resource.RLIMIT_FSIZE) for one in server.workers}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def log_bytes(place: Place) -> int:
    return place.file.with_name(f"{place.file.name}-wal").stat().st_size


def sign_up(server: ServerProcess, names: Sequence[str]) -> set[str]:
    """Register all of them at once; return who was told that it is done, the others wait."""
    with ThreadPoolExecutor(6) as pool:
        given = dict(zip(names, pool.map(lambda n: register(server.url, n), names), strict=True))
    done = {name for name, answer in given.items() if answer.status_code == 201}
    for name in set(names) - done:
        assert_unavailable(given[name])
    return done


def rows(place: Place, question: str) -> list[str]:
    with closing(sqlite3.connect(f"file:{place.file}?mode=ro", uri=True)) as connection:
        return [str(row[0]) for row in connection.execute(question)]


def test_a_full_disk_refuses_honestly_and_leaves_nothing_half_written(place: Place) -> None:
    # The memory that the decoder's process shares counts as a file to the limit, not to a disk.
    with place.server(DECODER="inline") as server:
        workers, browser = server.workers, requests.Session()
        assert register(server.url, "ada").status_code == 201
        assert log_in(server.url, "ada", browser=browser).status_code == 200

        with full_disk(server, limit_bytes=log_bytes(place) + A_PAGE_BYTES):
            until(lambda: log_in(server.url, "ada").status_code == 503)
            let_in = sign_up(server, NAMES)
            assert browser.get(f"{server.url}/account", timeout=10).status_code == 200
        with full_disk(server, limit_bytes=1):
            assert sign_up(server, NAMES) == set()
            until(lambda: answers(server.url, "/readyz", 503))
            assert_unavailable(log_in(server.url, "ada"))
            assert rows(place, "PRAGMA integrity_check") == ["ok"]

        until(lambda: answers(server.url, "/readyz", 200))
        # Who was told nothing may be there, whole, where only the records of it had no room.
        kept = set(rows(place, "SELECT username FROM users"))
        assert {"ada"} | let_in <= kept
        owners = rows(place, "SELECT user_id FROM templates")
        assert sorted(owners) == sorted(rows(place, "SELECT user_id FROM users"))
        others = set(NAMES) - kept
        assert sign_up(server, sorted(others)) == others
        for name in ("ada", *NAMES):
            assert log_in(server.url, name).status_code == 200
        assert server.workers == workers
    assert rows(place, "PRAGMA integrity_check") == ["ok"]
    assert "Traceback" not in "".join(server.lines)
