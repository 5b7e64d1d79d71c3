"""Sealed records: AES-256-GCM under a key of the record's own, wrapped by the key ring.

The record's key (DEK) is wrapped (RFC 3394) by the active key-encryption key, so changing that
re-wraps 40 bytes and re-encrypts nothing. What a record is for goes in as associated data.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from facelogin.domain.errors import SealError, UnknownKey
from facelogin.domain.models import SealedRecord
from facelogin.stores.keyring import KeyRing
from facelogin.stores.keyring_file import Purpose

VERSION = 1
"""Of the envelope: which algorithms, which plaintext, which associated data."""

_DEK_BITS = 256
_IV_BYTES = 12


@dataclass(frozen=True, slots=True)
class Envelope:
    """Seals and opens records with the keys of ``keyring``. Safe to share among threads."""

    keyring: KeyRing

    def seal(self, plaintext: bytes, associated: bytes) -> SealedRecord:
        """Return ``plaintext`` encrypted. Raises ConfigurationError for a ring without a key."""
        kek = self.keyring.active(Purpose.KEK)
        dek, iv = AESGCM.generate_key(_DEK_BITS), os.urandom(_IV_BYTES)
        return SealedRecord(
            v=VERSION,
            kid=kek.kid,
            wrapped_dek=aes_key_wrap(kek.key, dek),
            iv=iv,
            ct=AESGCM(dek).encrypt(iv, plaintext, associated),
        )

    def open(self, record: SealedRecord, associated: bytes) -> bytes:
        """Return what was sealed.

        Raises SealError if anything was changed, UnknownKey if the ring has no such key.
        """
        if record.v != VERSION:
            raise SealError(f"A record is sealed in format {record.v}; known is {VERSION}.")
        dek = self._unwrap(record)
        try:
            return AESGCM(dek).decrypt(record.iv, record.ct, associated)
        except (InvalidTag, ValueError) as error:
            raise SealError("A sealed record was changed, or is not this owner's.") from error

    def rewrap(self, record: SealedRecord) -> SealedRecord:
        """Return the record with its key wrapped by the active key; nothing else is changed."""
        kek = self.keyring.active(Purpose.KEK)
        dek = self._unwrap(record)
        return replace(record, kid=kek.kid, wrapped_dek=aes_key_wrap(kek.key, dek))

    def _unwrap(self, record: SealedRecord) -> bytes:
        kek = self.keyring.find(record.kid, purpose=Purpose.KEK)
        if kek is None:
            raise UnknownKey("A record is sealed with a key that is not in the key ring.")
        try:
            dek = aes_key_unwrap(kek.key, record.wrapped_dek)
        except InvalidUnwrap as error:
            raise SealError("The key of a sealed record was changed.") from error
        if len(dek) * 8 != _DEK_BITS:
            raise SealError("The key of a sealed record has the wrong length.")
        return dek
