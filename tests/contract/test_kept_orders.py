"""Orders of turns that are kept for the next try, on every store, by several workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from contract.backends import Backend, MongoBackend, SqliteBackend, at_once
from doubles import HandClock, MemoryStore
from facelogin.domain.challenge import orders
from facelogin.domain.ports import Store
from facelogin.services.kept_orders import KeptOrders
from facelogin.stores.challenge_box import SealedChallenges
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.pseudonyms import KeyedPseudonyms

RACERS = 8
FIRST, OTHER = orders()[0], orders()[-1]
WEEK = timedelta(days=7)


@pytest.fixture
def clock() -> HandClock:
    """Everybody's."""
    return HandClock()


@pytest.fixture(params=["memory", "sqlite", "mongo"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Store]]:
    """Two store objects on one database; in memory there is but one."""
    if request.param == "memory":
        memory: list[Store] = [MemoryStore()] * 2
        yield memory
        return
    backend: Backend = (
        SqliteBackend(tmp_path / "data" / "facelogin.db")
        if request.param == "sqlite"
        else MongoBackend(request.getfixturevalue("mongo_uri"))
    )
    opened = [backend.open() for _ in range(2)]
    for store in opened:
        store.prepare()
    yield opened
    for store in opened:
        store.close()


@pytest.fixture
def opened(stores: list[Store], tmp_path: Path, clock: HandClock) -> Callable[[int], KeptOrders]:
    """Opens what keeps orders, over one of the store objects."""
    create_keyring(tmp_path / "keys.json")
    ring = KeyRing.load(tmp_path / "keys.json")

    def open_one(number: int) -> KeptOrders:
        return KeptOrders(
            store=stores[number].challenges,
            box=SealedChallenges(ring),
            pseudonyms=KeyedPseudonyms(ring),
            clock=clock,
        )

    return open_one


def test_an_order_is_taken_once(opened: Callable[[int], KeptOrders]) -> None:
    one, other = opened(0), opened(1)
    assert other.take("ana") is None
    assert one.keep("ana", FIRST)
    assert other.take("ben") is None
    assert other.take("ana") == FIRST
    assert one.take("ana") is None
    assert one.keep("ana", OTHER)
    assert other.take("ana") == OTHER


def test_another_order_takes_no_kept_ones_place(opened: Callable[[int], KeptOrders]) -> None:
    one, other = opened(0), opened(1)
    assert one.keep("ana", FIRST)
    assert other.keep("ana", FIRST)
    assert not other.keep("ana", OTHER)
    assert one.take("ana") == FIRST


def test_an_order_expires(
    opened: Callable[[int], KeptOrders], stores: list[Store], clock: HandClock
) -> None:
    kept = opened(0)
    kept.keep("ana", FIRST)
    clock.moment += WEEK - timedelta(seconds=1)
    assert stores[0].challenges.sweep(now=clock.moment) == 0
    clock.moment += timedelta(seconds=1)
    assert kept.keep("ana", OTHER)
    clock.moment += WEEK
    assert kept.take("ana") is None
    assert stores[0].challenges.sweep(now=clock.moment) == 1


def test_of_takers_at_once_one_gets_the_order(opened: Callable[[int], KeptOrders]) -> None:
    both = [opened(0), opened(1)]
    both[0].keep("ana", FIRST)
    taken = at_once([partial(both[n % 2].take, "ana") for n in range(RACERS)])
    assert Counter(taken) == {FIRST: 1, None: RACERS - 1}


def test_of_orders_kept_at_once_one_is_kept(opened: Callable[[int], KeptOrders]) -> None:
    both = [opened(0), opened(1)]
    done = at_once([partial(both[n % 2].keep, "ana", orders()[n]) for n in range(RACERS)])
    assert Counter(done) == {True: 1, False: RACERS - 1}
    assert both[0].take("ana") == orders()[done.index(True)]
