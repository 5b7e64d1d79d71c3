"""The contract of `UserStore.replace_template`, on every store."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from contract.backends import Backend, at_once
from facelogin.domain.errors import StoreUnavailable
from facelogin.domain.models import SealedTemplate, User
from facelogin.domain.ports import Store
from people import NOON, a_sealed_template, a_user

ADA = a_user(username="ada")
NEW = a_sealed_template(77)


@pytest.fixture
def ada(store: Store) -> User:
    store.users.create(ADA)
    return ADA


def replaced(store: Store, template: SealedTemplate, *, old: SealedTemplate = ADA.template) -> bool:
    return store.users.replace_template(
        ADA.user_id, old_template_id=old.template_id, template=template
    )


def test_a_new_template_takes_the_place_of_the_old_one(store: Store, ada: User) -> None:
    assert replaced(store, NEW)

    assert store.users.find_by_id(ada.user_id) == replace(ada, template=NEW)
    assert store.users.find_by_username("ada") == replace(ada, template=NEW)
    assert store.users.count() == 1


def test_nothing_of_the_old_template_is_left_in_the_database(
    backend: Backend, store: Store, ada: User
) -> None:
    record = ada.template.record
    traces = [ada.template.template_id.encode(), record.ct, record.wrapped_dek, record.iv]
    assert all(trace in backend.raw() for trace in traces)

    replaced(store, NEW)

    left = backend.raw()
    assert [trace for trace in traces if trace in left] == []
    assert NEW.record.ct in left


def test_a_template_that_is_not_the_present_one_is_not_replaced(store: Store, ada: User) -> None:
    assert replaced(store, NEW)

    assert not replaced(store, a_sealed_template(78))

    assert store.users.find_by_id(ada.user_id) == replace(ada, template=NEW)


def test_repeating_a_replacement_is_success(store: Store, ada: User) -> None:
    precise = replace(NEW, created_at=NOON.replace(microsecond=123_456))

    assert replaced(store, precise)
    assert replaced(store, precise)

    assert store.users.find_by_id(ada.user_id) == replace(ada, template=NEW)


def test_another_record_under_the_new_id_is_not_taken_for_it(store: Store, ada: User) -> None:
    assert replaced(store, NEW)

    other = replace(NEW, record=replace(NEW.record, ct=b"something else"))
    assert not replaced(store, other)

    assert store.users.find_by_id(ada.user_id) == replace(ada, template=NEW)


def test_the_template_of_nobody_is_not_replaced(store: Store) -> None:
    assert not replaced(store, NEW)
    assert store.users.count() == 0


def test_replacing_one_template_leaves_everybody_elses(store: Store, ada: User) -> None:
    bob = a_user(username="bob")
    store.users.create(bob)

    replaced(store, NEW)

    assert store.users.find_by_id(bob.user_id) == bob


def test_of_ten_replacements_at_once_one_is_made(backend: Backend, store: Store, ada: User) -> None:
    templates = [a_sealed_template(100 + n) for n in range(10)]
    other = backend.open()
    stores = [store, other]

    outcomes = at_once([partial(replaced, stores[n % 2], t) for n, t in enumerate(templates)])
    other.close()

    assert Counter(outcomes) == {True: 1, False: 9}
    winner = templates[outcomes.index(True)]
    assert store.users.find_by_id(ada.user_id) == replace(ada, template=winner)
    raw = backend.raw()
    assert [t for t in templates if t.record.ct in raw] == [winner]


def test_a_user_who_is_erased_meanwhile_stays_erased(
    backend: Backend, store: Store, ada: User
) -> None:
    at_once([partial(replaced, store, NEW), partial(store.users.delete, ada.user_id)])

    assert store.users.find_by_id(ada.user_id) is None
    assert NEW.record.ct not in backend.raw()


def test_a_write_that_fails_leaves_the_old_template(store: Store, ada: User) -> None:
    unwritable = replace(NEW.record, ct=object())  # type: ignore[arg-type]

    with pytest.raises(StoreUnavailable):
        replaced(store, replace(NEW, record=unwritable))

    assert store.users.find_by_id(ada.user_id) == ada
