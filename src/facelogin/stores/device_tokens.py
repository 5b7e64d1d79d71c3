"""What a browser keeps to be known again: a signed device id and the accounts it signed in to."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from facelogin.domain.keys import Purpose
from facelogin.domain.ports import Clock
from facelogin.domain.requester import Device
from facelogin.stores.keyring import KeyRing

_SALT = "facelogin.device"


class SignedDeviceTokens:
    """``DeviceTokens`` signed with the key ring's device key: HMAC-SHA-256, by itsdangerous.

    The active key signs, every key of that purpose verifies, so that a rotation forgets nobody.
    A token older than ``max_age`` is worth nothing.
    """

    def __init__(self, keyring: KeyRing, clock: Clock, *, max_age: timedelta) -> None:
        self._keyring = keyring
        self._clock = clock
        self._max_age = max_age

    def issue(self, device: Device) -> str:
        """Return a signed token that names this device and its accounts.

        Raises ConfigurationError where the key ring has no active key for this.
        """
        grants = [device.grants.get(one) for one in device.user_ids]
        named = {"d": device.device_id, "a": list(device.user_ids), "g": grants}
        return str(self._serializer(self._keyring.active(Purpose.DEVICE).key).dumps(named))

    def read(self, token: str) -> Device | None:
        """Return the device, or None for a token that is not ours, was changed or is too old.

        One that seems to come from the future was signed by a machine whose clock is ahead.
        """
        keys = [key.key for key in self._keyring.keys if key.purpose is Purpose.DEVICE]
        if not keys:
            return None
        try:
            named, signed_at = self._serializer(*keys).loads(token, return_timestamp=True)
        except BadData:
            return None
        if self._clock.now() - signed_at > self._max_age:
            return None
        return _device(named)

    def _serializer(self, *keys: bytes) -> URLSafeTimedSerializer:
        """Return a serializer that signs with the last of these keys and verifies with any."""
        clock = self._clock

        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(clock.now().timestamp())

        return URLSafeTimedSerializer(
            list(keys),
            salt=_SALT,
            signer=Signer,
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )


def _device(named: object) -> Device | None:
    match named:
        case {"d": str(device_id), "a": [*user_ids], "g": [*grants]}:
            return _granted(device_id, user_ids, grants)
        case {"d": str(device_id), "a": [*user_ids], **more} if "g" not in more:
            return _granted(device_id, user_ids, [None] * len(user_ids))
    return None


def _granted(device_id: str, user_ids: list[object], grants: list[object]) -> Device | None:
    """Return the device with the grant of each account, None for an account's without any."""
    accounts = tuple(one for one in user_ids if isinstance(one, str))
    given = [one for one in grants if one is None or isinstance(one, str)]
    if not len(accounts) == len(user_ids) == len(given) == len(grants):
        return None
    pairs = zip(accounts, given, strict=True)
    return Device(device_id, accounts, {user: one for user, one in pairs if one is not None})
