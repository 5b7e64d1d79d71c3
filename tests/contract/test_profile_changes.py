"""The contract of `UserStore.update_profile`, on every store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from contract.backends import Backend, at_once
from facelogin.domain.errors import EmailTaken, UsernameTaken
from facelogin.domain.models import User
from facelogin.domain.ports import Store
from people import a_sealed_template, a_user

ADA = a_user(username="ada")


@pytest.fixture
def ada(store: Store) -> User:
    store.users.create(ADA)
    return ADA


@pytest.mark.parametrize(
    "change",
    [
        {"username": "Countess", "email": None},
        {"username": None, "email": "Countess@example.org"},
        {"username": "Countess", "email": "countess@example.org"},
        {"username": None, "email": None},
    ],
)
def test_what_is_given_is_changed_and_nothing_else(
    store: Store, ada: User, change: dict[str, str | None]
) -> None:
    username, email = change["username"] or ada.username, change["email"] or ada.email
    expected = replace(ada, username=username, email=email)

    assert store.users.update_profile(ada.user_id, **change) == expected

    assert store.users.find_by_id(ada.user_id) == expected
    assert store.users.find_by_username(expected.username.upper()) == expected
    assert store.users.find_by_email(expected.email.upper()) == expected


def test_a_name_that_was_given_up_is_free(store: Store, ada: User) -> None:
    store.users.update_profile(ada.user_id, username="countess", email="countess@example.org")

    assert store.users.find_by_username("ada") is None
    assert store.users.find_by_email("ada@example.org") is None
    store.users.create(a_user(username="ada", user_id="next", template=a_sealed_template(99)))


def test_ones_own_names_may_be_spelled_otherwise(store: Store, ada: User) -> None:
    changed = store.users.update_profile(ada.user_id, username="ADA", email="Ada@Example.org")

    assert changed == replace(ada, username="ADA", email="Ada@Example.org")


def test_repeating_a_change_is_success(store: Store, ada: User) -> None:
    first = store.users.update_profile(ada.user_id, username="countess", email=None)

    assert store.users.update_profile(ada.user_id, username="countess", email=None) == first


def test_changing_nobody_finds_nobody(store: Store) -> None:
    assert store.users.update_profile("nobody", username="ada", email=None) is None
    assert store.users.update_profile("nobody", username=None, email=None) is None
    assert store.users.count() == 0


@pytest.mark.parametrize(
    ("username", "email", "refusal"),
    [
        ("BOB", None, UsernameTaken),
        (None, "BOB@example.org", EmailTaken),
        ("free", "bob@example.org", EmailTaken),
        ("bob", "free@example.org", UsernameTaken),
        ("bob", "bob@example.org", UsernameTaken),
        ("ada", "bob@example.org", EmailTaken),
    ],
)
def test_a_name_of_somebody_else_changes_nothing(
    store: Store, ada: User, username: str | None, email: str | None, refusal: type[Exception]
) -> None:
    bob = a_user(username="bob")
    store.users.create(bob)

    with pytest.raises(refusal) as refused:
        store.users.update_profile(ada.user_id, username=username, email=email)

    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None  # the server's sentence may quote the name
    assert store.users.find_by_id(ada.user_id) == ada
    assert store.users.find_by_id(bob.user_id) == bob


@pytest.mark.parametrize("field", ["username", "email"])
def test_of_ten_who_want_one_name_at_once_one_gets_it(
    backend: Backend, store: Store, field: str
) -> None:
    wanted = {"username": None, "email": None} | {field: "wanted@example.org"}
    people = [a_user(username=f"user{n}") for n in range(10)]
    for person in people:
        store.users.create(person)
    other = backend.open()
    stores = [store, other]

    outcomes = at_once(
        [
            partial(stores[n % 2].users.update_profile, person.user_id, **wanted)
            for n, person in enumerate(people)
        ]
    )
    other.close()

    refusal = {"username": UsernameTaken, "email": EmailTaken}[field]
    assert Counter(map(type, outcomes)) == {User: 1, refusal: 9}
    changed = {user.user_id for user in store.users.page(after=None, limit=20)
               if getattr(user, field) == "wanted@example.org"}  # fmt: skip
    assert changed == {outcome.user_id for outcome in outcomes if isinstance(outcome, User)}


def test_two_who_swap_their_names_at_once_never_share_one(store: Store) -> None:
    ada, bob = a_user(username="ada"), a_user(username="bob")
    store.users.create(ada)
    store.users.create(bob)

    at_once(
        [
            partial(store.users.update_profile, ada.user_id, username="bob", email=None),
            partial(store.users.update_profile, bob.user_id, username="ada", email=None),
        ]
    )

    names = [user.username for user in store.users.page(after=None, limit=5)]
    assert sorted(names) == ["ada", "bob"]


def test_a_new_user_and_a_change_that_want_one_name_at_once_do_not_both_get_it(
    store: Store, ada: User
) -> None:
    newcomer = a_user(username="wanted")

    wants: list[Callable[[], object]] = [
        partial(store.users.update_profile, ada.user_id, username="wanted", email=None),
        partial(store.users.create, newcomer),
    ]

    outcomes = at_once(wants)

    assert sum(isinstance(outcome, UsernameTaken) for outcome in outcomes) == 1
    holders = [user for user in store.users.page(after=None, limit=5) if user.username == "wanted"]
    assert len(holders) == 1
