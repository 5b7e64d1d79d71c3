"""What a key ring seals in its store, so that another ring beside that store is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from facelogin.domain.errors import SealError
from facelogin.domain.models import SealedRecord
from facelogin.stores.envelope import VERSION, Envelope


@dataclass(frozen=True, slots=True)
class SealedKeyCheck:
    """A ``KeyCheck``: the installation's id, sealed as templates are."""

    envelope: Envelope
    installation_id: Callable[[], str]

    def seal(self) -> SealedRecord:
        """Return the id sealed. Raises ConfigurationError, StoreUnavailable."""
        installation = self.installation_id()
        return self.envelope.seal(installation.encode(), _associated(VERSION, installation))

    def open(self, record: SealedRecord) -> None:
        """Return if the ring opens the record. Raises SealError, UnknownKey, StoreUnavailable."""
        installation = self.installation_id()
        opened = self.envelope.open(record, _associated(record.v, installation))
        if opened != installation.encode():
            raise SealError("The key check holds another installation's id.")


def _associated(v: int, installation: str) -> bytes:
    return json.dumps(["facelogin key check", v, installation], separators=(",", ":")).encode()
