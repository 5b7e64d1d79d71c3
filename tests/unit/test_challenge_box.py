"""A live capture between two requests opens as what it was sealed, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from facelogin.domain.errors import ConfigurationError, SealError, UnknownKey
from facelogin.stores.challenge_box import SealedChallenges
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_file import Key, KeyState, Purpose, draw_key, format_keys
from people import NOON

STATE = b'{"order":["left","up","right"]}'
BOUND: dict[str, Any] = {"challenge_id": "one", "purpose": "login", "expires_at": NOON}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A new key ring."""
    created = tmp_path / "keys.json"
    assert create_keyring(created)
    return created


@pytest.fixture
def box(path: Path) -> SealedChallenges:
    return SealedChallenges(KeyRing.load(path))


def ring_of(path: Path, keys: list[Key]) -> KeyRing:
    path.write_bytes(format_keys(keys))
    return KeyRing.load(path)


def challenge_key(state: KeyState = KeyState.ACTIVE) -> Key:
    return draw_key(Purpose.CHALLENGE, state=state, created_at=NOON)


def others(path: Path) -> list[Key]:
    """The keys of the ring that are for something else."""
    return [key for key in KeyRing.load(path).keys if key.purpose is not Purpose.CHALLENGE]


@pytest.mark.parametrize("state", [b"", STATE, bytes(range(256)) * 100])
def test_what_is_opened_is_what_was_sealed(box: SealedChallenges, state: bytes) -> None:
    assert box.open(box.seal(state, **BOUND), **BOUND) == state


def test_nothing_of_the_state_can_be_read(box: SealedChallenges) -> None:
    one, other = (box.seal(STATE, **BOUND) for _ in range(2))
    assert one != other
    assert b"left" not in one


@pytest.mark.parametrize(
    "moved",
    [
        {"challenge_id": "two"},
        {"purpose": "step_up"},
        {"expires_at": NOON + timedelta(milliseconds=1)},
        {"challenge_id": "one,login", "purpose": ""},
        {"challenge_id": "login", "purpose": "one"},
    ],
)
def test_one_that_was_moved_does_not_open(box: SealedChallenges, moved: dict[str, Any]) -> None:
    sealed = box.seal(STATE, **BOUND)
    with pytest.raises(SealError):
        box.open(sealed, **BOUND | moved)


def test_the_moment_of_its_end_is_meant_not_how_it_is_written(box: SealedChallenges) -> None:
    sealed = box.seal(STATE, **BOUND)
    same = datetime.fromtimestamp(NOON.timestamp(), UTC)
    assert box.open(sealed, **BOUND | {"expires_at": same}) == STATE


def test_a_flipped_bit_anywhere_is_noticed(box: SealedChallenges) -> None:
    sealed = box.seal(STATE, **BOUND)
    for number in range(len(sealed)):
        for bit in (1, 128):
            changed = bytearray(sealed)
            changed[number] ^= bit
            with pytest.raises(SealError):
                box.open(bytes(changed), **BOUND)


def test_one_that_was_cut_is_noticed(box: SealedChallenges) -> None:
    sealed = box.seal(STATE, **BOUND)
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            box.open(sealed[:length], **BOUND)
    with pytest.raises(SealError):
        box.open(sealed + b"\0", **BOUND)


def test_an_unknown_key_is_told_as_such(box: SealedChallenges) -> None:
    sealed = box.seal(STATE, **BOUND)
    _, _, rest = sealed.partition(b"\0")
    with pytest.raises(UnknownKey):
        box.open(b"challenge-unknown\0" + rest, **BOUND)


def test_a_key_for_something_else_opens_nothing(path: Path) -> None:
    """Even where its bytes are the very same."""
    key = challenge_key()
    sealed = SealedChallenges(ring_of(path, [*others(path), key])).seal(STATE, **BOUND)
    kek = Key(key.kid, Purpose.KEK, KeyState.RETIRED, key.key, NOON, NOON)
    with pytest.raises(UnknownKey):
        SealedChallenges(ring_of(path, [*others(path), kek])).open(sealed, **BOUND)


def test_challenges_outlive_the_rotation_of_their_key(path: Path) -> None:
    rest, old, new = others(path), challenge_key(), challenge_key()
    sealed = SealedChallenges(ring_of(path, [*rest, old])).seal(STATE, **BOUND)
    ended = Key(old.kid, old.purpose, KeyState.RETIRED, old.key, NOON, NOON)
    rotated = SealedChallenges(ring_of(path, [*rest, new, ended]))
    assert rotated.open(sealed, **BOUND) == STATE
    assert rotated.seal(STATE, **BOUND).startswith(new.kid.encode())
    without = SealedChallenges(ring_of(path, [*rest, new]))
    with pytest.raises(UnknownKey):
        without.open(sealed, **BOUND)


def test_a_ring_without_a_key_for_challenges_seals_none(path: Path) -> None:
    box = SealedChallenges(ring_of(path, others(path)))
    with pytest.raises(ConfigurationError, match="challenge"):
        box.seal(STATE, **BOUND)
