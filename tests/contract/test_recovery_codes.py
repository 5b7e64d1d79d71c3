"""Recovery codes as the stores keep them: with the user, each used once, replaced as a whole."""

from __future__ import annotations

from dataclasses import replace

from contract.backends import Backend, at_once
from facelogin.domain.models import RecoveryCodes, User
from facelogin.domain.ports import Store
from people import a_user, token_hash

HASHES = tuple(token_hash(bytes([n])) for n in range(10))
CODES = RecoveryCodes(salt=b"salt of the set!", hashes=HASHES)
ADA = replace(a_user(username="ada"), recovery=CODES)


def kept(store: Store, user: User = ADA) -> RecoveryCodes | None:
    found = store.users.find_by_id(user.user_id)
    assert found is not None
    return found.recovery


def test_codes_are_kept_in_the_same_write_as_the_user(store: Store) -> None:
    store.users.create(ADA)
    store.users.create(ADA)

    assert store.users.find_by_username("ada") == ADA
    assert kept(store) == CODES
    assert store.users.page(after=None, limit=9) == [ADA]


def test_a_user_without_codes_has_none(store: Store) -> None:
    bob = a_user(username="bob")
    store.users.create(bob)

    assert kept(store, bob) is None
    assert not store.users.use_recovery_code(bob.user_id, HASHES[0])


def test_each_code_is_used_once(store: Store) -> None:
    store.users.create(ADA)

    for left, code_hash in zip(range(9, -1, -1), HASHES, strict=True):
        assert store.users.use_recovery_code(ADA.user_id, code_hash)
        assert not store.users.use_recovery_code(ADA.user_id, code_hash)
        codes = kept(store)
        assert codes is not None
        assert codes.left == left
    assert kept(store) == RecoveryCodes(salt=CODES.salt, hashes=())


def test_a_hash_that_is_not_in_the_set_is_no_code_and_changes_nothing(store: Store) -> None:
    store.users.create(ADA)

    assert not store.users.use_recovery_code(ADA.user_id, token_hash(b"other"))
    assert not store.users.use_recovery_code("nobody", HASHES[0])
    assert kept(store) == CODES


def test_a_code_of_one_user_is_worth_nothing_for_another(store: Store) -> None:
    bob = replace(a_user(username="bob"), recovery=replace(CODES, hashes=HASHES[:1]))
    store.users.create(ADA)
    store.users.create(bob)

    assert store.users.use_recovery_code(bob.user_id, HASHES[0])

    assert kept(store) == CODES


def test_of_twenty_uses_of_one_code_at_once_one_is_let_through(
    backend: Backend, store: Store
) -> None:
    store.users.create(ADA)
    stores = [backend.open() for _ in range(20)]

    outcomes = at_once(
        [
            lambda one=one: one.users.use_recovery_code(ADA.user_id, HASHES[3])  # type: ignore[misc]
            for one in stores
        ]
    )

    for one in stores:
        one.close()
    assert sorted(outcomes, key=str) == [False] * 19 + [True]
    assert kept(store) == replace(CODES, hashes=HASHES[:3] + HASHES[4:])


def test_different_codes_used_at_once_are_all_let_through(store: Store) -> None:
    store.users.create(ADA)

    outcomes = at_once(
        [
            lambda h=code_hash: store.users.use_recovery_code(ADA.user_id, h)  # type: ignore[misc]
            for code_hash in HASHES
        ]
    )

    assert outcomes == [True] * 10
    assert kept(store) == replace(CODES, hashes=())


def test_a_new_set_takes_the_place_of_the_old_one(backend: Backend, store: Store) -> None:
    store.users.create(ADA)
    new = RecoveryCodes(salt=b"another salt ...", hashes=(token_hash(b"new"),))

    assert store.users.set_recovery(ADA.user_id, new)
    assert store.users.set_recovery(ADA.user_id, new)

    assert kept(store) == new
    assert not store.users.use_recovery_code(ADA.user_id, HASHES[0])
    raw = backend.raw()
    assert [one for one in (CODES.salt, *HASHES) if one in raw] == []
    assert new.hashes[0] in raw


def test_codes_can_be_taken_away(store: Store) -> None:
    store.users.create(ADA)

    assert store.users.set_recovery(ADA.user_id, None)
    assert kept(store) is None


def test_nobody_gets_no_codes(store: Store) -> None:
    assert not store.users.set_recovery("nobody", CODES)


def test_erasing_a_user_erases_the_codes(backend: Backend, store: Store) -> None:
    store.users.create(ADA)
    assert all(one in backend.raw() for one in (CODES.salt, *HASHES))

    store.users.delete(ADA.user_id)

    raw = backend.raw()
    assert [one for one in (CODES.salt, *HASHES) if one in raw] == []
