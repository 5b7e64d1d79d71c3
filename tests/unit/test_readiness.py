"""A probe is told the truth about writing, and can't be used to load the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from doubles import FakeEngine, MemoryStore
from facelogin.domain.errors import StoreUnavailable, WrongKeyRing
from facelogin.services.readiness import WRITE_EVERY_S, Readiness


class Seconds:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class OtherRing:
    """A binding to a key ring that is the store's while ``right``."""

    def __init__(self) -> None:
        self.right = True

    def check(self) -> None:
        if not self.right:
            raise WrongKeyRing(ring="ring.json", store="SQLite", kid="kek-1")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def ring() -> OtherRing:
    return OtherRing()


@pytest.fixture
def readiness(store: MemoryStore, seconds: Seconds, ring: OtherRing) -> Readiness:
    return Readiness(
        store=store,
        engine=FakeEngine(),
        binding=ring,  # type: ignore[arg-type]
        monotonic=seconds,
    )


def test_a_store_that_takes_no_writes_is_not_ready(
    store: MemoryStore, readiness: Readiness
) -> None:
    store.read_only = True
    with pytest.raises(StoreUnavailable):
        readiness.check()
    store.read_only = False
    readiness.check()


def test_what_breaks_later_is_noticed_and_a_repair_at_once(
    store: MemoryStore, readiness: Readiness, seconds: Seconds
) -> None:
    readiness.check()
    store.read_only = True
    seconds.now += WRITE_EVERY_S
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            readiness.check()
    store.read_only = False
    readiness.check()


def test_many_probes_write_once_in_a_while(
    store: MemoryStore, readiness: Readiness, seconds: Seconds
) -> None:
    for _ in range(100):
        readiness.check()
    assert store.writes == 1
    seconds.now += WRITE_EVERY_S
    readiness.check()
    assert store.writes == 2


def test_a_store_that_can_not_be_read_is_noticed_at_once(
    store: MemoryStore, readiness: Readiness
) -> None:
    readiness.check()
    store.switch.down = True
    with pytest.raises(StoreUnavailable):
        readiness.check()


def test_a_key_ring_that_was_exchanged_is_not_ready(
    readiness: Readiness, seconds: Seconds, ring: OtherRing
) -> None:
    readiness.check()
    ring.right = False
    seconds.now += WRITE_EVERY_S
    with pytest.raises(StoreUnavailable) as refused:
        readiness.check()
    assert isinstance(refused.value.__cause__, WrongKeyRing)


def test_while_one_probe_waits_for_the_disk_others_are_told_what_is_known(
    store: MemoryStore, readiness: Readiness, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness.check()
    seconds.now += WRITE_EVERY_S
    begun, done = threading.Event(), threading.Event()
    write: Callable[[], None] = store.check_write

    def slow() -> None:
        begun.set()
        assert done.wait(60)
        write()

    monkeypatch.setattr(store, "check_write", slow)
    waiting = threading.Thread(target=readiness.check)
    waiting.start()
    assert begun.wait(60)
    readiness.check()
    done.set()
    waiting.join(60)
    assert store.writes == 2
