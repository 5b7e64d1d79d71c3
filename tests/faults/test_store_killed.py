"""The store dies under load and comes back; nothing that was acknowledged is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import pytest

from faults.aftermath import aftermath
from faults.conftest import Place, has_ended
from faults.crowd import Crowd, at_work
from faults.people_online import answers, until
from length import LONG
from mongodb import MongoServer, with_database
from server_process import ServerProcess

pytestmark = [pytest.mark.alone, pytest.mark.timeout(900)]
LIMIT_S = 240


@dataclass(frozen=True)
class Plan:
    """How often to break what, and how much is to be done in between, in seconds."""

    times: int
    seconds: float
    signed_up: int
    """How many sign up before each time, and after the last."""


PLAN = Plan(5, seconds=60, signed_up=5) if LONG else Plan(1, seconds=0, signed_up=2)


def break_repeatedly(crowd: Crowd, down: Callable[[], object], up: Callable[[], object]) -> None:
    """Take the store away and give it back, evenly over the time of the plan.

    It stays away until people were told so, and the next time comes only after some of them have
    signed up again.
    """
    began_s = time.monotonic()
    for number in range(1, PLAN.times + 1):
        some_sign_up(crowd)
        unavailable = crowd.told("register 503")
        down()
        until(lambda most=unavailable: crowd.told("register 503") > most, LIMIT_S)  # type: ignore[misc]
        up()
        until(lambda: time.monotonic() >= began_s + number * PLAN.seconds / PLAN.times, 60)  # noqa: B023
    some_sign_up(crowd)


def some_sign_up(crowd: Crowd) -> None:
    """Return when some more people were told that they are signed up."""
    least = crowd.told("register 201") + PLAN.signed_up
    until(lambda: crowd.told("register 201") >= least, LIMIT_S)


def test_mongodb_killed_under_load_loses_nobody(
    place: Place, own_mongo_server: MongoServer
) -> None:
    url = with_database(own_mongo_server.uri, "killed")
    with place.server(DATABASE_URL=f"{url}?timeoutMS=2000") as server:
        before = server.workers
        with at_work(server.url) as crowd:
            break_repeatedly(crowd, own_mongo_server.kill, own_mongo_server.restart)
        assert crowd.wrong == []
        assert server.workers == before
        found = aftermath(url, place.keyring, crowd, server.url)
    print(f"\nMongoDB protocol killed {PLAN.times} times: {dict(crowd.answers)}, {found}")
    assert found.sound, found


def test_sqlite_taken_away_under_load_loses_nobody(place: Place) -> None:
    away = place.folder / "away"
    with place.server() as server:
        before = server.workers
        with at_work(server.url) as crowd:
            break_repeatedly(
                crowd,
                lambda: place.data_dir.rename(away),
                lambda: away.rename(place.data_dir),
            )
        assert crowd.wrong == []
        assert server.workers == before
        found = aftermath(f"sqlite:///{place.file}", place.keyring, crowd, server.url)
    print(f"\nSQLite taken away {PLAN.times} times: {dict(crowd.answers)}, {found}")
    assert found.sound, found


def test_workers_killed_under_load_lose_nobody(place: Place) -> None:
    with place.server() as server:
        with at_work(server.url, may_break=True) as crowd:
            for _ in range(PLAN.times * 2):
                some_sign_up(crowd)
                kill_one(server)
        assert crowd.wrong == []
        until(lambda: answers(server.url, "/readyz", 200))
        found = aftermath(f"sqlite:///{place.file}", place.keyring, crowd, server.url)
    print(f"\nWorkers killed {PLAN.times * 2} times: {dict(crowd.answers)}, {found}")
    assert found.sound, found


def kill_one(server: ServerProcess) -> None:
    """Kill a worker in the middle of whatever it does, and see another take its place."""
    victim, other = server.workers
    victim.kill()
    until(lambda: len(alive(server)) == 2 and victim not in alive(server))
    assert other in alive(server)


def alive(server: ServerProcess) -> list[psutil.Process]:
    return [one for one in server.workers if not has_ended(one)]
