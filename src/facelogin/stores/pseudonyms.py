"""Keyed hashes for what must be counted or compared, and must not be kept as it is."""

from __future__ import annotations

import hashlib
import hmac

from facelogin.stores.keyring import KeyRing
from facelogin.stores.keyring_file import Purpose

_BYTES = 16


class KeyedPseudonyms:
    """A ``Pseudonyms`` under the active key of its purpose: another key, other pseudonyms."""

    def __init__(self, keyring: KeyRing) -> None:
        self._keyring = keyring

    def of(self, kind: str, value: str) -> str:
        """Return 32 hexadecimal digits of HMAC-SHA-256 over kind and value (RFC 2104).

        Raises ConfigurationError where the key ring has no key for this.
        """
        key = self._keyring.active(Purpose.PSEUDONYM).key
        named = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(key, named, hashlib.sha256).digest()[:_BYTES].hex()
