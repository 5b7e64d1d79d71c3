"""Invitations: added, claimed by one, released, used up, revoked; the same on every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from contract.backends import Backend, at_once
from facelogin.domain.models import Invite
from facelogin.domain.ports import Store
from people import NOON, token_hash

KEY = token_hash(b"token")
DAY = timedelta(days=1)


def an_invite(name: str = "one", *, lasts: timedelta = DAY) -> Invite:
    return Invite(
        invite_id=name,
        token_sha256=KEY if name == "one" else token_hash(name.encode()),
        created_at=NOON,
        expires_at=NOON + lasts,
    )


def claim(store: Store, user_id: str, instead_of: str | None = None) -> bool:
    return store.invites.claim(KEY, user_id=user_id, claimed_at=NOON, instead_of=instead_of)


def test_an_invitation_is_found_by_the_hash_of_its_token(store: Store) -> None:
    store.invites.add(an_invite())
    store.invites.add(an_invite("two"))

    assert store.invites.find(KEY) == an_invite()
    assert store.invites.find(token_hash(b"other")) is None
    assert sorted(one.invite_id for one in store.invites.every()) == ["one", "two"]


def test_adding_the_same_invitation_again_changes_nothing(store: Store) -> None:
    store.invites.add(an_invite())
    claim(store, "ada")

    store.invites.add(an_invite())

    (kept,) = store.invites.every()
    assert kept.claimed_by == "ada"


def test_a_claim_is_kept_with_its_time_for_everybody_to_see(backend: Backend, store: Store) -> None:
    store.invites.add(an_invite())
    precise = datetime(2026, 3, 14, 13, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))

    assert store.invites.claim(KEY, user_id="ada", claimed_at=precise, instead_of=None)

    other = backend.open()
    found = other.invites.find(KEY)
    other.close()
    assert found is not None
    assert found.claimed_by == "ada"
    assert found.claimed_at == datetime(2026, 3, 14, 12, 0, 0, 123_000, tzinfo=UTC)


def test_what_is_claimed_can_be_claimed_only_in_the_place_of_its_holder(store: Store) -> None:
    store.invites.add(an_invite())

    assert claim(store, "ada")
    assert not claim(store, "bob")
    assert not claim(store, "bob", instead_of="eve")
    assert claim(store, "bob", instead_of="ada")
    assert not claim(store, "ada", instead_of="ada")


def test_what_is_not_there_can_not_be_claimed_used_or_revoked(store: Store) -> None:
    assert not claim(store, "ada")
    assert not store.invites.redeem(KEY, user_id="ada")
    assert not store.invites.revoke("one")
    store.invites.release(KEY, user_id="ada")
    assert store.invites.every() == []


def test_only_its_holder_releases_a_claim(store: Store) -> None:
    store.invites.add(an_invite())
    claim(store, "ada")

    store.invites.release(KEY, user_id="bob")
    assert not claim(store, "bob")

    store.invites.release(KEY, user_id="ada")
    assert store.invites.find(KEY) == an_invite()
    assert claim(store, "bob")


def test_only_its_holder_uses_an_invitation_up(store: Store) -> None:
    store.invites.add(an_invite())
    store.invites.add(an_invite("two"))
    assert not store.invites.redeem(KEY, user_id="ada")
    claim(store, "ada")

    assert not store.invites.redeem(KEY, user_id="bob")
    assert store.invites.redeem(KEY, user_id="ada")
    assert not store.invites.redeem(KEY, user_id="ada")
    assert store.invites.every() == [an_invite("two")]


@pytest.mark.parametrize("claimed", [False, True])
def test_an_invitation_is_revoked_by_its_id(store: Store, claimed: bool) -> None:
    store.invites.add(an_invite())
    store.invites.add(an_invite("two"))
    if claimed:
        claim(store, "ada")

    assert store.invites.revoke("one")

    assert store.invites.every() == [an_invite("two")]
    assert not store.invites.redeem(KEY, user_id="ada")


def test_the_sweep_erases_what_has_expired_and_nothing_else(store: Store) -> None:
    store.invites.add(an_invite("one", lasts=DAY))
    store.invites.add(an_invite("two", lasts=2 * DAY))

    assert store.invites.sweep(now=NOON + DAY - timedelta(milliseconds=1)) == 0
    assert store.invites.sweep(now=NOON + DAY) == 1
    assert store.invites.every() == [an_invite("two", lasts=2 * DAY)]


@pytest.mark.parametrize("holder", [None, "dead"])
def test_of_twenty_claims_at_once_one_is_made(
    backend: Backend, store: Store, holder: str | None
) -> None:
    store.invites.add(an_invite())
    if holder is not None:
        claim(store, holder)
    stores = [backend.open() for _ in range(20)]

    outcomes = at_once(
        [
            lambda one=one, n=n: claim(one, f"user {n}", instead_of=holder)  # type: ignore[misc]
            for n, one in enumerate(stores)
        ]
    )

    for one in stores:
        one.close()
    assert sorted(outcomes, key=str) == [False] * 19 + [True]
    found = store.invites.find(KEY)
    assert found is not None
    assert found.claimed_by == f"user {outcomes.index(True)}"


def test_an_invitation_is_used_or_taken_over_but_not_both(backend: Backend, store: Store) -> None:
    store.invites.add(an_invite())
    claim(store, "slow")
    other = backend.open()

    outcomes = at_once(
        [
            lambda: store.invites.redeem(KEY, user_id="slow"),
            lambda: claim(other, "quick", instead_of="slow"),
        ]
    )

    other.close()
    assert sorted(outcomes, key=str) == [False, True]
