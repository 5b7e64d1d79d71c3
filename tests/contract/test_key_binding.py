"""A key ring and a store that don't belong together are noticed on every store, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contract.backends import at_once
from facelogin.bootstrap import key_binding
from facelogin.domain.errors import WrongKeyRing
from facelogin.domain.keys import KeyState, Purpose
from facelogin.domain.models import SealedRecord
from facelogin.domain.ports import Store
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_file import draw_key, format_keys
from facelogin.stores.sealed import TemplateSealer
from people import NOON, a_sealed_template, a_template, a_user


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    create_keyring(tmp_path / "ring.json")
    return KeyRing.load(tmp_path / "ring.json")


@pytest.fixture
def other(tmp_path: Path) -> KeyRing:
    create_keyring(tmp_path / "other.json")
    return KeyRing.load(tmp_path / "other.json")


def enrol(store: Store, ring: KeyRing, name: str) -> None:
    user = a_user(username=name)
    sealer = TemplateSealer(ring, store.installation_id)
    sealed = sealer.seal(replace(a_template(), template_id=name), user_id=user.user_id)
    store.users.create(replace(user, template=sealed))


def record(ct: bytes) -> SealedRecord:
    return SealedRecord(v=1, kid="kek.1", wrapped_dek=b"dek", iv=b"iv", ct=ct)


def test_what_is_kept_changes_hands_by_compare_and_set(store: Store) -> None:
    one, other, third = record(b"\0one"), record(b"other"), record(b"third")
    assert store.key_check() is None
    assert not store.put_key_check(other, after=one)
    assert store.put_key_check(one, after=None)
    assert not store.put_key_check(other, after=None)
    assert not store.put_key_check(third, after=other)
    assert store.put_key_check(other, after=one)
    assert store.key_check() == other


def test_a_new_store_takes_the_first_ring_and_refuses_another(
    store: Store, ring: KeyRing, other: KeyRing
) -> None:
    key_binding(ring, store).check()
    enrol(store, ring, "ana")
    key_binding(ring, store).check()

    with pytest.raises(WrongKeyRing) as refused:
        key_binding(other, store).check()

    for named in (str(other.path), store.describe(), ring.active(Purpose.KEK).kid):
        assert named in str(refused.value)


def test_of_two_rings_at_once_one_is_taken(store: Store, ring: KeyRing, other: KeyRing) -> None:
    enrol(store, ring, "ana")
    enrol(store, other, "bob")

    outcomes = at_once([key_binding(one, store).check for one in (ring, other)])

    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "WrongKeyRing"]


def test_a_store_from_before_the_check_is_proved_by_a_template(
    store: Store, ring: KeyRing, other: KeyRing
) -> None:
    store.users.create(a_user(username="broken", template=a_sealed_template()))
    enrol(store, ring, "ana")

    with pytest.raises(WrongKeyRing):
        key_binding(other, store).check()
    assert store.key_check() is None
    key_binding(ring, store).check()

    assert store.key_check() is not None


def test_a_ring_that_has_the_ids_and_not_the_keys_is_refused(
    store: Store, ring: KeyRing, tmp_path: Path
) -> None:
    key_binding(ring, store).check()
    enrol(store, ring, "ana")
    drawn = draw_key(Purpose.KEK, state=KeyState.ACTIVE, created_at=NOON)
    forged = tmp_path / "forged.json"
    forged.touch(mode=0o600)
    kid = ring.active(Purpose.KEK).kid
    others = [key for key in ring.keys if key.purpose is not Purpose.KEK]
    forged.write_bytes(format_keys([replace(drawn, kid=kid), *others]))

    with pytest.raises(WrongKeyRing):
        key_binding(KeyRing.load(forged), store).check()


def test_a_store_that_nobody_would_lose_anything_in_takes_another_ring(
    store: Store, ring: KeyRing, other: KeyRing
) -> None:
    key_binding(ring, store).check()
    key_binding(other, store).check()

    enrol(store, other, "ana")

    key_binding(other, store).check()
    with pytest.raises(WrongKeyRing):
        key_binding(ring, store).check()


def test_a_ring_is_taken_whatever_it_opens_if_that_is_asked_for(
    store: Store, ring: KeyRing, other: KeyRing
) -> None:
    enrol(store, ring, "ana")
    key_binding(ring, store).check()

    key_binding(other, store).bind()

    key_binding(other, store).check()
    with pytest.raises(WrongKeyRing):
        key_binding(ring, store).check()
