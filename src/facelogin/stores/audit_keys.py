"""The key ring as the audit log sees it."""

from __future__ import annotations

from facelogin.domain.audit import ChainKey
from facelogin.domain.keys import Purpose
from facelogin.stores.keyring import KeyRing


class KeyRingAuditKeys:
    """``AuditKeys`` from a key ring: those whose purpose is the audit log, and no others."""

    def __init__(self, keyring: KeyRing) -> None:
        self._keyring = keyring

    def active(self) -> ChainKey:
        """Return the key that new rows are chained with. Raises ConfigurationError for none."""
        key = self._keyring.active(Purpose.AUDIT)
        return ChainKey(key.kid, key.key)

    def find(self, kid: str) -> ChainKey | None:
        """Return the key with that id, whatever its state."""
        key = self._keyring.find(kid, purpose=Purpose.AUDIT)
        return None if key is None else ChainKey(key.kid, key.key)
