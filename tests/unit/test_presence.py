"""A worker reports itself and its keys, whatever becomes of the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from doubles import HandClock, MemoryStore
from facelogin.domain.models import WorkerReport
from facelogin.services.presence import LIVE_FOR, Presence

LIMIT_S = 30


class Keys:
    """Key states that a test changes."""

    def __init__(self) -> None:
        self.known = {"kek-1": "active"}

    def states(self) -> dict[str, str]:
        return dict(self.known)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def presence(store: MemoryStore, keys: Keys, clock: HandClock) -> Iterator[Presence]:
    made = Presence(workers=store.workers, keys=keys, clock=clock)
    yield made
    made.stop()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_a_report_says_who_knows_which_keys_in_which_state(
    store: MemoryStore, presence: Presence, clock: HandClock
) -> None:
    presence.report()

    (report,) = store.workers.every()
    assert report == WorkerReport(presence.worker_id, {"kek-1": "active"}, clock.now())


def test_two_workers_of_one_machine_are_told_apart(
    store: MemoryStore, keys: Keys, clock: HandClock
) -> None:
    ids = {Presence(workers=store.workers, keys=keys, clock=clock).worker_id for _ in range(20)}

    assert len(ids) == 20


def test_a_started_worker_reports_at_once_and_again_when_its_keys_change(
    store: MemoryStore, presence: Presence, keys: Keys
) -> None:
    presence.start()
    until(lambda: len(store.workers.every()) == 1)

    keys.known = {"kek-1": "retiring", "kek-2": "active"}

    until(lambda: store.workers.every()[0].key_states == keys.known)


def test_a_worker_that_ends_takes_its_report_away(store: MemoryStore, presence: Presence) -> None:
    presence.start()
    until(lambda: len(store.workers.every()) == 1)

    presence.stop()

    assert store.workers.every() == []


def test_a_worker_that_never_began_ends_quietly(presence: Presence) -> None:
    presence.stop()


def _reporting(threads: set[threading.Thread]) -> set[threading.Thread]:
    return {thread for thread in threads if thread.name == "presence"}


def test_a_store_that_is_away_is_logged_once_and_reported_to_when_it_is_back(
    store: MemoryStore, presence: Presence, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    store.switch.down = True
    presence.start()
    until(lambda: bool(caplog.records))
    keys.known = {"kek-1": "retired"}  # another reason to report, and to fail
    before = set(threading.enumerate())  # of other tests, too, which may end meanwhile

    store.switch.down = False

    until(lambda: len(store.workers.every()) == 1)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    now = set(threading.enumerate())
    assert now <= before
    assert _reporting(now) == _reporting(before) != set()


def test_a_store_that_is_away_at_the_end_keeps_nobody_waiting(
    store: MemoryStore, presence: Presence
) -> None:
    presence.start()
    until(lambda: len(store.workers.every()) == 1)
    store.switch.down = True

    presence.stop()

    store.switch.down = False
    assert len(store.workers.every()) == 1


def test_the_first_report_clears_away_those_of_workers_long_dead(
    store: MemoryStore, presence: Presence, clock: HandClock
) -> None:
    for name, age in [("dead", timedelta(hours=2)), ("silent", LIVE_FOR * 2)]:
        store.workers.report(WorkerReport(name, {}, clock.now() - age))

    presence.report()

    assert {one.worker_id for one in store.workers.every()} == {"silent", presence.worker_id}
