"""What was added or replaced since a number: how a gallery keeps up with a store."""

from __future__ import annotations

from contextlib import closing
from functools import partial

from contract.backends import Backend, at_once
from facelogin.domain.models import TemplateMark
from facelogin.domain.ports import Store
from people import a_sealed_template, a_user


def since(store: Store, revision: int, after: str | None = None) -> list[TemplateMark]:
    return store.users.marks_since(revision, after=after, limit=100)


def test_an_empty_store_has_no_numbers(store: Store) -> None:
    assert store.users.last_revision() == 0
    assert since(store, 0) == []
    assert store.users.marks(after=None, limit=100) == []


def test_a_new_user_is_found_by_number_and_an_older_one_is_not(store: Store) -> None:
    ana, ben = a_user(username="ana"), a_user(username="ben")
    store.users.create(ana)
    between = store.users.last_revision()
    store.users.create(ben)
    found = since(store, between + 1)
    assert [(one.user_id, one.template_ids) for one in found] == [
        (ben.user_id, (ben.template.template_id,))
    ]
    assert between < found[0].revision <= store.users.last_revision()


def test_a_replaced_template_is_found_again_under_its_new_id(store: Store) -> None:
    ana, newer = a_user(username="ana"), a_sealed_template(seed=99)
    store.users.create(ana)
    before = store.users.last_revision()
    assert store.users.replace_template(
        ana.user_id, old_template_id=ana.template.template_id, template=newer
    )
    assert [one.template_ids for one in since(store, before + 1)] == [(newer.template_id,)]


def test_what_is_no_change_of_a_template_gets_no_new_number(store: Store) -> None:
    ana = a_user(username="ana")
    store.users.create(ana)
    before = since(store, 0)
    store.users.set_disabled(ana.user_id, disabled_at=ana.created_at)
    store.users.mark_used(ana.user_id, used_at=ana.created_at)
    store.users.update_profile(ana.user_id, username="anna", email=None)
    assert since(store, 0) == before


def test_an_erased_user_leaves_no_mark(store: Store) -> None:
    ana = a_user(username="ana")
    store.users.create(ana)
    store.users.delete(ana.user_id)
    assert since(store, 0) == []
    assert store.users.marks(after=None, limit=100) == []


def test_pages_join_without_a_gap_or_an_overlap(store: Store) -> None:
    for name in "abcdefg":
        store.users.create(a_user(username=f"user-{name}"))
    everybody = since(store, 0)
    paged: list[TemplateMark] = []
    while page := store.users.marks_since(
        paged[-1].revision if paged else 0,
        after=paged[-1].user_id if paged else None,
        limit=3,
    ):
        assert len(page) <= 3
        paged += page
    assert paged == everybody
    assert len(paged) == 7

    by_id: list[TemplateMark] = []
    while page := store.users.marks(after=by_id[-1].user_id if by_id else None, limit=3):
        by_id += page
    assert by_id == sorted(everybody, key=lambda mark: mark.user_id)
    assert store.users.marks(after=None, limit=0) == []


def test_numbers_drawn_at_once_are_all_different(backend: Backend, store: Store) -> None:
    users = [a_user(username=f"user-{n}") for n in range(12)]
    assert at_once([partial(store.users.create, user) for user in users]) == [None] * 12
    numbers = [one.revision for one in since(store, 0)]
    assert len(set(numbers)) == 12
    assert numbers == sorted(numbers)
    with closing(backend.open()) as other:
        assert other.users.last_revision() >= numbers[-1]
