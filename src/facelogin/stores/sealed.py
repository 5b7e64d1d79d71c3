"""Templates are encrypted before any store sees them.

Each template gets a random 256-bit key of its own (DEK) and is encrypted with AES-256-GCM. What it
is and whose it is goes in as associated data: a record that is moved to another user, another
installation or another engine does not open. The DEK is wrapped (RFC 3394) by the active
key-encryption key of the key ring, so changing that key re-wraps 40 bytes and re-encrypts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from facelogin.domain.errors import SealError
from facelogin.domain.models import Embedding, SealedRecord, SealedTemplate, Template
from facelogin.stores.envelope import VERSION, Envelope
from facelogin.stores.keyring import KeyRing
from facelogin.stores.times import to_ms

_MOST_DIMENSIONS = 4096
_PLAINTEXT = np.dtype("<f4")


class TemplateSealer:
    """A ``Sealer`` with the keys of ``keyring`` for one installation.

    ``installation_id`` is asked when first needed, until it has answered once; what it raises
    (StoreUnavailable) passes through. Safe to share among threads.
    """

    def __init__(self, keyring: KeyRing, installation_id: Callable[[], str]) -> None:
        self._envelope = Envelope(keyring)
        self._ask_installation_id = installation_id
        self._installation_id: str | None = None

    def seal(self, template: Template, *, user_id: str) -> SealedTemplate:
        """Return the template encrypted under a key of its own and bound to its user.

        Raises ValueError for an embedding that is not a row of float32 numbers.
        """
        associated = self._associated(template, v=VERSION, user_id=user_id)
        return SealedTemplate(
            template_id=template.template_id,
            engine=template.engine,
            image_count=template.image_count,
            created_at=template.created_at,
            record=self._envelope.seal(_to_bytes(template.embedding), associated),
        )

    def unseal(self, sealed: SealedTemplate, *, user_id: str) -> Template:
        """Return the template in the clear.

        Raises SealError where anything was changed or the record belongs to another user, and
        UnknownKey where the key ring has no such key.
        """
        associated = self._associated(sealed, v=sealed.record.v, user_id=user_id)
        plaintext = self._envelope.open(sealed.record, associated)
        return Template(
            template_id=sealed.template_id,
            engine=sealed.engine,
            embedding=_from_bytes(plaintext),
            image_count=sealed.image_count,
            created_at=sealed.created_at,
        )

    def rewrap(self, sealed: SealedTemplate) -> SealedRecord:
        """Return the record with its key wrapped by the active key; nothing else is changed.

        The template itself stays sealed. Raises SealError and UnknownKey like ``unseal``, though
        not for a template that is another user's: whose it is takes no part in the wrapping.
        """
        return self._envelope.rewrap(sealed.record)

    def _associated(self, bound: Template | SealedTemplate, *, v: int, user_id: str) -> bytes:
        """Return the associated data: a JSON array, so that no two lists of values look alike.

        The time counts in milliseconds, which is what the stores keep of it.
        """
        values = [
            "facelogin template",
            v,
            self._installation(),
            user_id,
            bound.template_id,
            bound.engine.id,
            bound.engine.version,
            bound.image_count,
            to_ms(bound.created_at),
        ]
        return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode("ascii")

    def _installation(self) -> str:
        if self._installation_id is None:
            self._installation_id = self._ask_installation_id()
        return self._installation_id


def _to_bytes(embedding: Embedding) -> bytes:
    if embedding.ndim != 1 or not 0 < embedding.size <= _MOST_DIMENSIONS:
        raise ValueError(f"an embedding is a row of up to {_MOST_DIMENSIONS} numbers")
    if embedding.dtype != np.float32:
        raise ValueError("an embedding is float32")
    return embedding.astype(_PLAINTEXT).tobytes()


def _from_bytes(plaintext: bytes) -> Embedding:
    if not plaintext or len(plaintext) % _PLAINTEXT.itemsize:
        raise SealError("A sealed template has the wrong length.")
    return np.frombuffer(plaintext, dtype=_PLAINTEXT).astype(np.float32)
