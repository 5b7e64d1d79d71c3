"""The contract of `ChallengeStore`: live captures and seen frames, on every store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from contract.backends import Backend, MongoBackend, SqliteBackend, at_once
from doubles import MemoryStore
from facelogin.domain.models import KeptChallenge
from facelogin.domain.ports import ChallengeStore, Store
from people import NOON

MINUTE = timedelta(minutes=1)
RACERS = 20
FIRST = KeptChallenge(
    capture="c" * 64,
    challenge_id="first",
    purpose="login",
    sealed=b"kid\0\xff\x00sealed",
    superseded=(),
    revision=7,
    expires_at=NOON,
)


@pytest.fixture(params=["memory", "sqlite", "mongo"])
def open_another(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], ChallengeStore]]:
    """Opens store objects on one database (in memory there is but one)."""
    if request.param == "memory":
        memory = MemoryStore()
        yield lambda: memory.challenges
        return
    backend: Backend = (
        SqliteBackend(tmp_path / "data" / "facelogin.db")
        if request.param == "sqlite"
        else MongoBackend(request.getfixturevalue("mongo_uri"))
    )
    opened: list[Store] = []

    def open_one() -> ChallengeStore:
        opened.append(backend.open())
        opened[-1].prepare()
        return opened[-1].challenges

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def challenges(open_another: Callable[[], ChallengeStore]) -> ChallengeStore:
    return open_another()


def followed(kept: KeptChallenge, **changes: object) -> KeptChallenge:
    return replace(kept, revision=kept.revision + 1, **changes)  # type: ignore[arg-type]


def test_an_unknown_capture_finds_nothing(challenges: ChallengeStore) -> None:
    assert challenges.find("unknown") is None


@pytest.mark.parametrize("superseded", [(), ("one",), ("one", "two", "three")])
def test_a_new_challenge_is_found_whole(
    challenges: ChallengeStore, superseded: tuple[str, ...]
) -> None:
    kept = replace(FIRST, superseded=superseded, revision=2**48 + 1, sealed=bytes(range(256)))

    assert challenges.put(kept, after=None)

    assert challenges.find(FIRST.capture) == kept


def test_an_expired_challenge_is_still_found(challenges: ChallengeStore) -> None:
    old = replace(FIRST, expires_at=NOON - timedelta(days=20_000))

    challenges.put(old, after=None)

    assert challenges.find(FIRST.capture) == old


def test_a_second_new_challenge_of_one_capture_changes_nothing(challenges: ChallengeStore) -> None:
    challenges.put(FIRST, after=None)

    assert not challenges.put(replace(FIRST, challenge_id="other"), after=None)

    assert challenges.find(FIRST.capture) == FIRST


def test_a_newer_challenge_takes_the_place_of_an_older_one(challenges: ChallengeStore) -> None:
    challenges.put(FIRST, after=None)
    newer = followed(
        FIRST,
        challenge_id="second",
        purpose="step_up",
        sealed=b"other",
        superseded=("first",),
        expires_at=NOON + MINUTE,
    )

    assert challenges.put(newer, after=FIRST)

    assert challenges.find(FIRST.capture) == newer


def test_a_change_after_an_outdated_one_changes_nothing(challenges: ChallengeStore) -> None:
    challenges.put(FIRST, after=None)
    second = followed(FIRST, sealed=b"second")
    challenges.put(second, after=FIRST)

    assert not challenges.put(followed(FIRST, sealed=b"late"), after=FIRST)

    assert challenges.find(FIRST.capture) == second


def test_a_change_after_one_that_was_erased_changes_nothing(challenges: ChallengeStore) -> None:
    challenges.put(FIRST, after=None)
    challenges.sweep(now=NOON)

    assert not challenges.put(followed(FIRST), after=FIRST)

    assert challenges.find(FIRST.capture) is None


def test_captures_are_kept_apart(challenges: ChallengeStore) -> None:
    other = replace(FIRST, capture="d" * 64, challenge_id="other")
    for kept in (FIRST, other):
        assert challenges.put(kept, after=None)

    assert challenges.put(followed(FIRST, sealed=b"new"), after=FIRST)

    assert challenges.find(other.capture) == other


def test_of_first_challenges_at_once_one_is_kept(
    open_another: Callable[[], ChallengeStore],
) -> None:
    stores = [open_another(), open_another()]
    candidates = [replace(FIRST, challenge_id=str(n), revision=n) for n in range(RACERS)]

    outcomes = at_once(
        [partial(stores[n % 2].put, one, after=None) for n, one in enumerate(candidates)]
    )

    assert Counter(outcomes) == {True: 1, False: RACERS - 1}
    assert stores[0].find(FIRST.capture) == candidates[outcomes.index(True)]


def test_of_changes_at_once_one_wins(open_another: Callable[[], ChallengeStore]) -> None:
    stores = [open_another(), open_another()]
    stores[0].put(FIRST, after=None)
    candidates = [followed(FIRST, sealed=str(n).encode()) for n in range(RACERS)]

    outcomes = at_once(
        [partial(stores[n % 2].put, one, after=FIRST) for n, one in enumerate(candidates)]
    )

    assert Counter(outcomes) == {True: 1, False: RACERS - 1}
    assert stores[1].find(FIRST.capture) == candidates[outcomes.index(True)]


def test_what_one_store_object_keeps_another_finds(
    open_another: Callable[[], ChallengeStore],
) -> None:
    one, other = open_another(), open_another()
    one.put(FIRST, after=None)

    kept = other.find(FIRST.capture)

    assert kept == FIRST
    assert other.put(followed(FIRST), after=kept)
    assert not one.put(followed(FIRST), after=FIRST)


def test_a_new_frame_was_not_seen_and_its_own_challenge_may_name_it_again(
    challenges: ChallengeStore,
) -> None:
    for marks in (["a", "b"], ["a"], ["b", "c"]):
        assert challenges.mark_seen(marks, seen_by="first", expires_at=NOON)


@pytest.mark.parametrize("marks", [["a"], ["a", "new"], ["new", "a"], ["new", "a", "newer"]])
def test_a_frame_of_another_challenge_was_seen(
    challenges: ChallengeStore, marks: list[str]
) -> None:
    challenges.mark_seen(["a"], seen_by="first", expires_at=NOON)

    assert not challenges.mark_seen(marks, seen_by="second", expires_at=NOON)

    assert challenges.mark_seen(["a"], seen_by="first", expires_at=NOON)


def test_of_challenges_that_show_one_frame_at_once_one_finds_it_new(
    open_another: Callable[[], ChallengeStore],
) -> None:
    stores = [open_another(), open_another()]

    outcomes = at_once(
        [
            partial(stores[n % 2].mark_seen, ["a"], seen_by=str(n), expires_at=NOON)
            for n in range(RACERS)
        ]
    )

    assert Counter(outcomes) == {True: 1, False: RACERS - 1}
    winner = str(outcomes.index(True))
    assert stores[0].mark_seen(["a"], seen_by=winner, expires_at=NOON)


def test_the_sweep_takes_what_has_expired_and_nothing_else(challenges: ChallengeStore) -> None:
    later = NOON + timedelta(milliseconds=1)
    young = replace(FIRST, capture="d" * 64, expires_at=later)
    for kept in (FIRST, young):
        challenges.put(kept, after=None)
    challenges.mark_seen(["old", "old too"], seen_by="first", expires_at=NOON)
    challenges.mark_seen(["young"], seen_by="first", expires_at=later)

    assert challenges.sweep(now=NOON) == 3

    assert challenges.find(FIRST.capture) is None
    assert challenges.find(young.capture) == young
    assert challenges.mark_seen(["old", "old too"], seen_by="second", expires_at=later)
    assert not challenges.mark_seen(["young"], seen_by="second", expires_at=later)
    assert challenges.sweep(now=NOON) == 0
