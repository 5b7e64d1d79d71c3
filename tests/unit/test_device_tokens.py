"""The device cookie's token: what it names, and all that makes it worth nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from doubles import HandClock
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.requester import Device
from facelogin.stores.device_tokens import SignedDeviceTokens
from facelogin.stores.keyring import KeyRing, create_keyring
from facelogin.stores.keyring_edit import KeyRingEditor
from facelogin.stores.keyring_file import Key, KeyState, Purpose, draw_key, format_keys

LASTS = timedelta(days=400)
SECOND = timedelta(seconds=1)
LAPTOP = Device("laptop", ("ana", "bob"))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ring(tmp_path: Path, clock: HandClock) -> KeyRing:
    path = tmp_path / "keys.json"
    create_keyring(path, now=clock.now())
    return KeyRing.load(path)


@pytest.fixture
def tokens(ring: KeyRing, clock: HandClock) -> SignedDeviceTokens:
    return SignedDeviceTokens(ring, clock, max_age=LASTS)


def signed(key: bytes, named: Any, *, salt: str = "facelogin.device") -> str:
    """What an attacker makes who knows the form of a token, and the key that is given."""
    signer = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    serializer = URLSafeTimedSerializer(
        key, salt=salt, signer=TimestampSigner, signer_kwargs=signer
    )
    return str(serializer.dumps(named))


def test_a_device_is_read_as_it_was_issued(tokens: SignedDeviceTokens) -> None:
    assert tokens.read(tokens.issue(LAPTOP)) == LAPTOP


def test_a_device_of_eight_accounts_fits_the_cookie(tokens: SignedDeviceTokens) -> None:
    device = Device("d" * 32, tuple(str(n) * 32 for n in range(8)))
    assert len(tokens.issue(device)) <= 1024


def test_a_token_with_any_character_changed_is_worth_nothing(tokens: SignedDeviceTokens) -> None:
    token = tokens.issue(LAPTOP)
    for place in range(len(token) - 1):  # two bits of the last one stand for nothing in base64
        other = "A" if token[place] != "A" else "B"
        assert tokens.read(token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.DEVICE])
def test_no_key_of_another_purpose_signs_a_device(
    tokens: SignedDeviceTokens, ring: KeyRing, purpose: Purpose
) -> None:
    named = {"d": "laptop", "a": ["ana"]}
    assert tokens.read(signed(ring.active(purpose).key, named)) is None
    assert tokens.read(signed(ring.active(Purpose.DEVICE).key, named)) is not None


def test_another_installations_token_is_worth_nothing(
    tokens: SignedDeviceTokens, tmp_path: Path, clock: HandClock
) -> None:
    create_keyring(tmp_path / "other.json")
    other = SignedDeviceTokens(KeyRing.load(tmp_path / "other.json"), clock, max_age=LASTS)
    assert tokens.read(other.issue(LAPTOP)) is None


def test_what_the_key_signs_for_another_end_is_no_device(
    tokens: SignedDeviceTokens, ring: KeyRing
) -> None:
    key = ring.active(Purpose.DEVICE).key
    assert tokens.read(signed(key, {"d": "laptop", "a": ["ana"]}, salt="other")) is None


@pytest.mark.parametrize(
    "named",
    [None, 1, "laptop", [], {}, {"d": "laptop"}, {"a": ["ana"]}, {"d": 1, "a": ["ana"]}]
    + [{"d": "laptop", "a": one} for one in ("ana", None, [1], [["ana"]], {"ana": 1})],
)
def test_what_is_signed_but_names_no_device_is_none(
    tokens: SignedDeviceTokens, ring: KeyRing, named: object
) -> None:
    assert tokens.read(signed(ring.active(Purpose.DEVICE).key, named)) is None


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "e30.AAAAAA.AAAA", "é", "\x00", "." * 900]
)
def test_what_is_no_token_at_all_is_none(tokens: SignedDeviceTokens, token: str) -> None:
    assert tokens.read(token) is None


def test_a_token_is_worth_nothing_after_its_time(
    tokens: SignedDeviceTokens, clock: HandClock
) -> None:
    token = tokens.issue(LAPTOP)
    clock.moment = clock.moment.replace(microsecond=0) + LASTS
    assert tokens.read(token) == LAPTOP
    clock.moment += SECOND
    assert tokens.read(token) is None


def test_a_token_of_a_machine_whose_clock_is_ahead_is_read(
    tokens: SignedDeviceTokens, clock: HandClock
) -> None:
    token = tokens.issue(LAPTOP)
    clock.moment -= timedelta(minutes=5)
    assert tokens.read(token) == LAPTOP


def test_a_rotation_of_the_key_forgets_no_device(
    tokens: SignedDeviceTokens, ring: KeyRing, clock: HandClock
) -> None:
    editor = KeyRingEditor(ring, clock)
    before = tokens.issue(LAPTOP)
    old = ring.active(Purpose.DEVICE)
    with editor.locked():
        editor.activate(editor.add(Purpose.DEVICE, state=KeyState.PENDING).kid)
        assert tokens.read(before) == LAPTOP
        after = tokens.issue(LAPTOP)
        editor.finish_retiring(Purpose.DEVICE)
        assert tokens.read(before) == LAPTOP
        editor.remove(old.kid)
    assert tokens.read(before) is None
    assert tokens.read(after) == LAPTOP


def test_a_key_that_is_not_active_yet_signs_nothing(
    tokens: SignedDeviceTokens, ring: KeyRing, clock: HandClock
) -> None:
    editor = KeyRingEditor(ring, clock)
    active = ring.active(Purpose.DEVICE)
    with editor.locked():
        pending = editor.add(Purpose.DEVICE, state=KeyState.PENDING)
        token = tokens.issue(LAPTOP)
        editor.remove(pending.kid)
    assert ring.active(Purpose.DEVICE) == active
    assert tokens.read(token) == LAPTOP


def test_without_a_key_no_device_is_known_and_none_is_issued(
    tmp_path: Path, clock: HandClock
) -> None:
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    kek: Key = draw_key(Purpose.KEK, state=KeyState.ACTIVE, created_at=clock.now())
    path.write_bytes(format_keys([kek]))
    tokens = SignedDeviceTokens(KeyRing.load(path), clock, max_age=LASTS)
    assert tokens.read(signed(kek.key, {"d": "laptop", "a": ["ana"]})) is None
    with pytest.raises(ConfigurationError, match="device"):
        tokens.issue(LAPTOP)
