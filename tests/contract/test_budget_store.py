"""The contract of `BudgetStore`, on every store."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from contract.backends import Backend, at_once
from facelogin.domain.models import Budget
from facelogin.domain.ports import BudgetStore, Store
from people import NOON

HOUR = timedelta(hours=1)
FIRST = Budget(key="face:ada:others", account="ada", state='{"n":1}', revision=7, expires_at=NOON)


def followed(budget: Budget, **changes: object) -> Budget:
    return replace(budget, revision=budget.revision + 1, **changes)  # type: ignore[arg-type]


def count_up(budgets: BudgetStore, times: int) -> None:
    """Read, add one and put it back as often as it takes, as many times as asked."""
    done = 0
    while done < times:
        kept = budgets.find(FIRST.key)
        state = "1" if kept is None else str(int(kept.state) + 1)
        new = replace(FIRST, state=state) if kept is None else followed(kept, state=state)
        done += budgets.put(new, after=kept)


def test_an_unknown_key_finds_nothing(store: Store) -> None:
    assert store.budgets.find("unknown") is None


@pytest.mark.parametrize("account", ["ada", None])
def test_a_new_counter_is_found_whole(store: Store, account: str | None) -> None:
    budget = replace(FIRST, account=account, revision=2**48 + 1)

    assert store.budgets.put(budget, after=None)

    assert store.budgets.find(FIRST.key) == budget


def test_the_counters_of_some_accounts_are_found_together(store: Store) -> None:
    of_bob = replace(FIRST, key="face:bob:others", account="bob")
    nobodys = replace(FIRST, key="face:nobody:x", account=None)
    for budget in (FIRST, replace(FIRST, key="code:ada:others"), of_bob, nobodys):
        store.budgets.put(budget, after=None)

    found = store.budgets.of_accounts(["ada", "cleo"])

    assert {one.key for one in found} == {FIRST.key, "code:ada:others"}
    assert FIRST in found
    assert store.budgets.of_accounts([]) == []
    named = store.budgets.of_accounts(["bob"], keys=[of_bob.key, nobodys.key, "face:gone"])
    assert sorted(one.key for one in named) == [of_bob.key, nobodys.key]


def test_an_expired_counter_is_still_found(store: Store) -> None:
    budget = replace(FIRST, expires_at=NOON - timedelta(days=20_000))

    store.budgets.put(budget, after=None)

    assert store.budgets.find(FIRST.key) == budget


def test_a_second_new_counter_under_one_key_changes_nothing(store: Store) -> None:
    store.budgets.put(FIRST, after=None)

    assert not store.budgets.put(replace(FIRST, state="other"), after=None)

    assert store.budgets.find(FIRST.key) == FIRST


def test_a_counter_takes_the_place_of_its_earlier_self(store: Store) -> None:
    store.budgets.put(FIRST, after=None)
    second = followed(FIRST, state="second", expires_at=NOON + HOUR, account=None)

    assert store.budgets.put(second, after=FIRST)

    assert store.budgets.find(FIRST.key) == second


def test_a_counter_after_an_outdated_one_changes_nothing(store: Store) -> None:
    store.budgets.put(FIRST, after=None)
    second = followed(FIRST, state="second")
    store.budgets.put(second, after=FIRST)

    assert not store.budgets.put(followed(FIRST, state="late"), after=FIRST)

    assert store.budgets.find(FIRST.key) == second


def test_a_counter_after_one_that_was_erased_changes_nothing(store: Store) -> None:
    store.budgets.put(FIRST, after=None)
    store.budgets.delete_for("ada")

    assert not store.budgets.put(followed(FIRST), after=FIRST)

    assert store.budgets.find(FIRST.key) is None


def test_of_first_counters_at_once_one_is_kept(store: Store) -> None:
    candidates = [replace(FIRST, state=str(n)) for n in range(10)]

    outcomes = at_once([partial(store.budgets.put, one, after=None) for one in candidates])

    assert Counter(outcomes) == {True: 1, False: 9}
    kept = store.budgets.find(FIRST.key)
    assert kept == candidates[outcomes.index(True)]


def test_of_followers_at_once_one_is_kept(store: Store) -> None:
    store.budgets.put(FIRST, after=None)
    candidates = [followed(FIRST, state=str(n)) for n in range(10)]

    outcomes = at_once([partial(store.budgets.put, one, after=FIRST) for one in candidates])

    assert Counter(outcomes) == {True: 1, False: 9}
    kept = store.budgets.find(FIRST.key)
    assert kept == candidates[outcomes.index(True)]


def test_no_count_is_lost_among_threads_and_two_store_objects(backend: Backend) -> None:
    stores = [backend.open(), backend.open()]

    outcomes = at_once([partial(count_up, stores[n % 2].budgets, 10) for n in range(10)])

    kept = stores[0].budgets.find(FIRST.key)
    for store in stores:
        store.close()
    assert outcomes == [None] * 10
    assert kept is not None
    assert (kept.state, kept.revision) == ("100", FIRST.revision + 99)


def test_the_counters_of_an_account_are_erased_and_no_others(store: Store) -> None:
    theirs = [replace(FIRST, key=f"face:ada:{device}") for device in ("others", "1", "2")]
    others = [
        replace(FIRST, key="face:bob:others", account="bob"),
        replace(FIRST, key="failures:ada", account=None),
    ]
    for budget in (*theirs, *others):
        store.budgets.put(budget, after=None)

    assert store.budgets.delete_for("ada") == 3

    assert [store.budgets.find(one.key) for one in theirs] == [None] * 3
    assert [store.budgets.find(one.key) for one in others] == others
    assert store.budgets.delete_for("ada") == 0
    assert store.budgets.delete_for() == 0


def test_the_sweep_takes_expired_counters_only(store: Store) -> None:
    expired = replace(FIRST, key="expired", expires_at=NOON)
    kept = replace(FIRST, key="kept", expires_at=NOON + timedelta(milliseconds=1))
    for budget in (expired, kept):
        store.budgets.put(budget, after=None)

    assert store.budgets.sweep(now=NOON) == 1

    assert store.budgets.find("expired") is None
    assert store.budgets.find("kept") == kept
