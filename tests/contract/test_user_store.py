"""The contract of `UserStore`, on every store."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from contract.backends import Backend, at_once
from facelogin.domain.errors import EmailTaken, StoreUnavailable, UsernameTaken
from facelogin.domain.models import Consent, EngineRef, Rewrapped, SealedRecord, UserTemplates
from facelogin.domain.ports import Store
from people import NOON, a_sealed_template, a_session, a_user, token_hash


def test_a_created_user_is_found_whole(store: Store) -> None:
    ada = a_user(disabled_at=NOON)

    store.users.create(ada)

    assert store.users.find_by_id(ada.user_id) == ada


def test_a_user_without_consent_is_found_whole(store: Store) -> None:
    ada = replace(a_user(), consent=None)

    store.users.create(ada)

    assert store.users.find_by_id(ada.user_id) == ada


def test_whether_anybody_has_no_consent_is_known(store: Store) -> None:
    assert not store.users.any_without_consent()
    store.users.create(a_user())
    assert not store.users.any_without_consent()
    bob = replace(a_user(username="bob"), consent=None)
    store.users.create(bob)
    assert store.users.any_without_consent()
    store.users.set_consent(bob.user_id, Consent("2026-01", NOON))
    assert not store.users.any_without_consent()


@pytest.mark.parametrize("name", ["Straße", "STRASSE", "strasse"])
def test_a_username_is_found_case_folded(store: Store, name: str) -> None:
    user = a_user(username="Straße", email="s@example.org")

    store.users.create(user)

    assert store.users.find_by_username(name) == user


def test_an_email_is_found_case_folded(store: Store) -> None:
    user = a_user(email="Ada@Example.org")

    store.users.create(user)

    assert store.users.find_by_email("aDA@eXAMPLE.ORG") == user


def test_nobody_is_found_in_an_empty_store(store: Store) -> None:
    users = store.users

    assert users.find_by_username("ada") is None
    assert users.find_by_email("ada@example.org") is None
    assert users.find_by_id("ada") is None
    assert users.page(after=None, limit=10) == []
    assert users.count() == 0


@pytest.mark.parametrize(
    "text", ["ada\0", "\ud800ada", "", "a" * 100_000, '{"$ne": 1}', "' OR 1=1"]
)
def test_text_that_nobody_is_called_finds_nobody(store: Store, text: str) -> None:
    store.users.create(a_user())

    assert store.users.find_by_username(text) is None
    assert store.users.find_by_email(text) is None
    assert store.users.find_by_id(text) is None


def test_several_users_are_found_at_once_in_the_order_of_ids(store: Store) -> None:
    users = sorted((a_user(username=f"user{n}") for n in range(3)), key=lambda user: user.user_id)
    for user in users:
        store.users.create(user)

    asked = [users[2].user_id, "nobody", "ada\0", users[0].user_id]
    assert store.users.find_by_ids(asked) == [users[0], users[2]]
    assert store.users.find_by_ids([]) == []


def test_templates_are_those_of_the_users_in_the_same_pages(store: Store) -> None:
    for number in range(3):
        store.users.create(a_user(username=f"user{number}"))
    added = replace(a_sealed_template(2), engine=EngineRef("another", "1"))
    first, *_ = store.users.page(after=None, limit=1)
    added = replace(added, created_at=first.template.created_at)
    assert store.users.add_template(
        first.user_id, beside=first.template.template_id, template=added
    )

    for after, limit in ((None, 9), (None, 2), (first.user_id, 2), (None, 0)):
        users = store.users.page(after=after, limit=limit)
        assert store.users.templates(after=after, limit=limit) == [
            UserTemplates(user.user_id, user.templates) for user in users
        ]


def test_a_taken_username_is_refused(store: Store) -> None:
    store.users.create(a_user(username="ada", email="one@example.org"))

    with pytest.raises(UsernameTaken):
        store.users.create(a_user(username="ADA", email="two@example.org"))

    assert store.users.count() == 1


def test_a_taken_email_is_refused(store: Store) -> None:
    store.users.create(a_user(username="ada", email="one@example.org"))

    with pytest.raises(EmailTaken):
        store.users.create(a_user(username="bob", email="ONE@example.org"))

    assert store.users.find_by_username("bob") is None


def test_the_username_is_named_first_where_both_are_taken(store: Store) -> None:
    store.users.create(a_user(username="ada", email="ada@example.org"))
    store.users.create(a_user(username="bob", email="bob@example.org"))

    with pytest.raises(UsernameTaken):
        store.users.create(a_user(username="bob", email="ada@example.org", user_id="third"))


def test_a_refused_name_is_not_chained_to_a_sentence_that_quotes_it(store: Store) -> None:
    store.users.create(a_user(username="ada", email="ada@example.org"))

    with pytest.raises(EmailTaken) as refusal:
        store.users.create(a_user(username="bob", email="ada@example.org"))

    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None


def test_creating_the_very_same_user_again_changes_nothing(store: Store) -> None:
    store.users.create(a_user())

    store.users.create(a_user())

    assert store.users.count() == 1


def test_another_person_under_a_kept_id_is_not_taken_for_it(store: Store) -> None:
    store.users.create(a_user(username="ada", user_id="same"))

    with pytest.raises(StoreUnavailable):
        store.users.create(a_user(username="bob", user_id="same"))

    assert store.users.find_by_username("bob") is None


def test_of_twenty_who_want_one_name_at_once_one_gets_it(backend: Backend, store: Store) -> None:
    other = backend.open()
    wanted = [
        a_user(username="ada", user_id=f"user-{n}", email=f"{n}@example.org") for n in range(20)
    ]
    stores = [store, other]

    outcomes = at_once([partial(stores[n % 2].users.create, user) for n, user in enumerate(wanted)])
    other.close()

    counted = Counter(type(outcome) for outcome in outcomes)
    assert counted == {type(None): 1, UsernameTaken: 19}
    winner = wanted[outcomes.index(None)]
    assert store.users.find_by_username("ada") == winner
    assert store.users.page(after=None, limit=20) == [winner]


def test_of_twenty_who_want_one_email_at_once_one_gets_it(store: Store) -> None:
    wanted = [a_user(username=f"ada{n}", email="ada@example.org") for n in range(20)]

    outcomes = at_once([partial(store.users.create, user) for user in wanted])

    assert Counter(map(type, outcomes)) == {type(None): 1, EmailTaken: 19}
    assert store.users.count() == 1


def test_pages_hold_every_user_once_in_the_order_of_ids(store: Store) -> None:
    users = [a_user(username=f"user{n}", user_id=f"id-{n}") for n in range(7)]
    for user in reversed(users):
        store.users.create(user)

    first = store.users.page(after=None, limit=3)
    second = store.users.page(after=first[-1].user_id, limit=3)
    third = store.users.page(after=second[-1].user_id, limit=3)

    assert [*first, *second, *third] == users
    assert store.users.page(after=users[-1].user_id, limit=3) == []
    assert store.users.count() == 7


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ADA", ["ada.l", "grace"]),
        ("a.l", ["ada.l", "grace"]),
        ("@example", ["ada.l", "bob", "grace"]),
        ("a_l", []),
        (".*", []),
        ("%", []),
        ("\ud800", []),
    ],
)
def test_a_page_of_matches_holds_those_with_the_text_in_a_name(
    store: Store, text: str, found: list[str]
) -> None:
    for name, email in {"ada.l": "al", "bob": "bob", "grace": "Ada.Love"}.items():
        store.users.create(
            a_user(username=name, email=f"{email}@example.org", user_id=f"id-{name}")
        )

    first = store.users.page(after=None, limit=2, match=text)
    rest = store.users.page(after=first[-1].user_id, limit=2, match=text) if first else []

    assert [user.username for user in first + rest] == found


def test_templates_are_rewrapped_together_if_they_are_still_there(store: Store) -> None:
    users = [a_user(username=f"user{n}", user_id=f"id-{n}") for n in range(3)]
    for user in users:
        store.users.create(user)
    new = replace(users[0].template.record, kid="another", wrapped_dek=b"other bytes")
    changes = [
        Rewrapped(user.user_id, user.template.template_id, user.template.record, new)
        for user in users
    ]
    stale = replace(changes[1], old=replace(changes[1].old, kid="an older one"))
    gone = replace(changes[2], user_id="nobody")

    assert store.users.rewrap_templates([changes[0], stale, gone]) == 1
    assert store.users.rewrap_templates(changes) == 2

    kept = store.users.page(after=None, limit=9)
    assert [user.template.record for user in kept] == [new] * 3


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_for_nobody_is_empty(store: Store, limit: int) -> None:
    store.users.create(a_user())

    assert store.users.page(after=None, limit=limit) == []


def test_a_user_is_disabled_and_enabled_again(store: Store) -> None:
    ada = a_user()
    store.users.create(ada)

    assert store.users.set_disabled(ada.user_id, disabled_at=NOON)
    assert store.users.find_by_id(ada.user_id) == replace(ada, disabled_at=NOON)

    assert store.users.set_disabled(ada.user_id, disabled_at=None)
    assert store.users.find_by_id(ada.user_id) == ada


def test_disabling_nobody_is_false(store: Store) -> None:
    assert not store.users.set_disabled("nobody", disabled_at=NOON)


def test_disabling_twice_is_true_twice(store: Store) -> None:
    ada = a_user()
    store.users.create(ada)

    assert store.users.set_disabled(ada.user_id, disabled_at=NOON)
    assert store.users.set_disabled(ada.user_id, disabled_at=NOON)


def test_times_lose_what_is_below_a_millisecond_and_nothing_else(store: Store) -> None:
    vienna = timezone(timedelta(hours=1))
    precise = datetime(2026, 3, 14, 13, 0, 0, 123_999, tzinfo=vienna)

    store.users.create(a_user(created_at=precise, user_id="ada"))

    found = store.users.find_by_id("ada")
    assert found is not None
    assert found.created_at == datetime(2026, 3, 14, 12, 0, 0, 123_000, tzinfo=UTC)
    assert found.created_at.utcoffset() == timedelta(0)


def test_erasing_a_user_erases_the_sessions_and_frees_the_names(store: Store) -> None:
    ada, bob = a_user(username="ada"), a_user(username="bob")
    for number, user in enumerate([ada, ada, bob]):
        store.sessions.add(a_session(user_id=user.user_id, token=bytes([number])))
    store.users.create(ada)
    store.users.create(bob)

    assert store.users.delete(ada.user_id)

    assert store.users.find_by_username("ada") is None
    assert store.sessions.find(token_hash(bytes([0]))) is None
    assert store.sessions.find(token_hash(bytes([1]))) is None
    assert store.sessions.find(token_hash(bytes([2]))) is not None
    assert store.users.find_by_id(bob.user_id) == bob
    store.users.create(a_user(username="ada", user_id="next", template=a_sealed_template(99)))


def test_nothing_of_an_erased_user_is_left_in_the_database(backend: Backend, store: Store) -> None:
    ada = a_user(username="unmistakable")
    store.users.create(ada)
    store.sessions.add(a_session(user_id=ada.user_id))
    record = ada.template.record
    traces = [b"unmistakable", ada.user_id.encode(), record.ct, record.wrapped_dek, record.iv]
    assert all(trace in backend.raw() for trace in traces)

    store.users.delete(ada.user_id)

    left = backend.raw()
    assert [trace for trace in traces if trace in left] == []


def test_erasing_nobody_is_false(store: Store) -> None:
    assert not store.users.delete("nobody")


def test_a_write_that_fails_leaves_nothing_behind(store: Store) -> None:
    sealed = a_sealed_template()
    unwritable = replace(sealed.record, ct=object())  # type: ignore[arg-type]
    assert isinstance(unwritable, SealedRecord)

    with pytest.raises(StoreUnavailable):
        store.users.create(a_user(template=replace(sealed, record=unwritable)))

    assert store.users.count() == 0
    store.users.create(a_user())
    assert store.users.count() == 1
