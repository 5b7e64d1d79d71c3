"""The store dies under twenty people and comes back; nothing that was acknowledged is lost."""

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
from mongodb import MongoServer, with_database
from server_process import ServerProcess

LIMIT_S = 90


@dataclass(frozen=True)
class Plan:
    """How often to break what, and how much is to be done in between, in seconds."""

    times: int
    seconds: float


@pytest.fixture
def plan(long: bool) -> Plan:
    return Plan(times=5, seconds=60) if long else Plan(times=2, seconds=8)


def break_repeatedly(
    plan: Plan, crowd: Crowd, down: Callable[[], object], up: Callable[[], object]
) -> None:
    """Take the store away and give it back, evenly over the time of the plan.

    It stays away until people were told so, and the next time comes only after some of them have
    signed up again.
    """
    began_s = time.monotonic()
    for number in range(1, plan.times + 1):
        signed_up = crowd.told("register 201")
        until(lambda least=signed_up + 5: crowd.told("register 201") >= least, LIMIT_S)  # type: ignore[misc]
        unavailable = crowd.told("register 503")
        down()
        until(lambda most=unavailable: crowd.told("register 503") > most, LIMIT_S)  # type: ignore[misc]
        up()
        until(lambda: time.monotonic() >= began_s + number * plan.seconds / plan.times, 60)  # noqa: B023
    signed_up = crowd.told("register 201")
    until(lambda: crowd.told("register 201") >= signed_up + 5, LIMIT_S)


def test_mongodb_killed_under_load_loses_nobody(
    place: Place, own_mongo_server: MongoServer, plan: Plan
) -> None:
    url = with_database(own_mongo_server.uri, "killed")
    with place.server(DATABASE_URL=f"{url}?timeoutMS=2000") as server:
        before = server.workers
        with at_work(server.url) as crowd:
            break_repeatedly(plan, crowd, own_mongo_server.kill, own_mongo_server.restart)
        assert crowd.wrong == []
        assert server.workers == before
        found = aftermath(url, place.keyring, crowd, server.url)
    print(f"\nMongoDB protocol killed {plan.times} times: {dict(crowd.answers)}, {found}")
    assert found.sound, found


def test_sqlite_taken_away_under_load_loses_nobody(place: Place, plan: Plan) -> None:
    away = place.folder / "away"
    with place.server() as server:
        before = server.workers
        with at_work(server.url) as crowd:
            break_repeatedly(
                plan,
                crowd,
                lambda: place.data_dir.rename(away),
                lambda: away.rename(place.data_dir),
            )
        assert crowd.wrong == []
        assert server.workers == before
        found = aftermath(f"sqlite:///{place.file}", place.keyring, crowd, server.url)
    print(f"\nSQLite taken away {plan.times} times: {dict(crowd.answers)}, {found}")
    assert found.sound, found


def test_workers_killed_under_load_lose_nobody(place: Place, plan: Plan) -> None:
    with place.server() as server:
        with at_work(server.url, may_break=True) as crowd:
            for _ in range(plan.times * 2):
                signed_up = crowd.told("register 201")
                until(lambda least=signed_up + 5: crowd.told("register 201") >= least, LIMIT_S)  # type: ignore[misc]
                kill_one(server)
        assert crowd.wrong == []
        until(lambda: answers(server.url, "/readyz", 200))
        found = aftermath(f"sqlite:///{place.file}", place.keyring, crowd, server.url)
    print(f"\nWorkers killed {plan.times * 2} times: {dict(crowd.answers)}, {found}")
    assert found.sound, found


def kill_one(server: ServerProcess) -> None:
    """Kill a worker in the middle of whatever it does, and see another take its place."""
    victim, other = server.workers
    victim.kill()
    until(lambda: len(alive(server)) == 2 and victim not in alive(server))
    assert other in alive(server)


def alive(server: ServerProcess) -> list[psutil.Process]:
    return [one for one in server.workers if not has_ended(one)]
