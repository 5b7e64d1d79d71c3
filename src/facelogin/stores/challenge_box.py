"""What is known of a live capture is sealed between two requests: it holds embeddings."""

from __future__ import annotations

import json
import os
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facelogin.domain.errors import SealError, UnknownKey
from facelogin.stores.keyring import KeyRing
from facelogin.stores.keyring_file import Purpose
from facelogin.stores.times import to_ms

_IV_BYTES = 12
_KID_END = b"\0"


class SealedChallenges:
    """A ``ChallengeBox``: AES-256-GCM under the key ring's challenge key.

    The associated data name challenge, purpose and expiry, so that a record that is moved to
    another challenge, or made to last longer, does not open.
    """

    def __init__(self, keyring: KeyRing) -> None:
        self._keyring = keyring

    def seal(self, state: bytes, *, challenge_id: str, purpose: str, expires_at: datetime) -> bytes:
        """Return ``state`` encrypted. Raises ConfigurationError for a ring without such a key."""
        key, iv = self._keyring.active(Purpose.CHALLENGE), os.urandom(_IV_BYTES)
        associated = _associated(challenge_id, purpose, expires_at)
        ciphertext = AESGCM(key.key).encrypt(iv, state, associated)
        return key.kid.encode("ascii") + _KID_END + iv + ciphertext

    def open(
        self, sealed: bytes, *, challenge_id: str, purpose: str, expires_at: datetime
    ) -> bytes:
        """Return what was sealed. Raises SealError for anything else, UnknownKey."""
        kid, _, rest = sealed.partition(_KID_END)
        key = self._keyring.find(kid.decode("ascii", "replace"), purpose=Purpose.CHALLENGE)
        if key is None:
            raise UnknownKey("A challenge is sealed with a key that is not in the key ring.")
        iv, ciphertext = rest[:_IV_BYTES], rest[_IV_BYTES:]
        try:
            return AESGCM(key.key).decrypt(
                iv, ciphertext, _associated(challenge_id, purpose, expires_at)
            )
        except (InvalidTag, ValueError) as error:
            raise SealError("A sealed challenge was changed, or is another one's.") from error


def _associated(challenge_id: str, purpose: str, expires_at: datetime) -> bytes:
    values = ["facelogin challenge", challenge_id, purpose, to_ms(expires_at)]
    return json.dumps(values, separators=(",", ":")).encode("ascii")
