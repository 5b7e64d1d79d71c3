"""A store and its key ring belong together: another ring opens nothing and would look like 401s."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from facelogin.domain.errors import SealError, WrongKeyRing
from facelogin.domain.keys import Purpose
from facelogin.domain.models import SealedRecord
from facelogin.domain.ports import KeyCheck, KeyFile, Sealer, Store

_PAGE = 100
_RACES = 10

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """Compares the key ring with what the ring of the store has sealed there.

    A store without that (it is new, or older than the check) gets it from the first ring that
    opens a template of it. ``ring`` names the key ring for people.
    """

    store: Store
    file: KeyFile
    key_check: KeyCheck
    sealer: Sealer
    ring: str

    def check(self) -> None:
        """Return if the ring is the store's. Raises WrongKeyRing, StoreUnavailable."""
        for _ in range(_RACES):
            kept = self.store.key_check()
            if kept is not None and self._opens(kept):
                return
            if kept is not None:
                if self.has_users():
                    raise self._wrong(kept.kid)
                _log.warning("the store holds no users; it takes the present key ring for its own")
            elif not self._opens_a_template():
                raise self._wrong(None)
            if self.store.put_key_check(self.key_check.seal(), after=kept):
                return
        raise self._wrong(None)

    def bind(self) -> None:
        """Take the present ring for the store's, whatever it opens. Raises StoreUnavailable."""
        for _ in range(_RACES):
            if self.store.put_key_check(self.key_check.seal(), after=self.store.key_check()):
                return
        raise self._wrong(None)

    def sealed_with(self) -> str | None:
        """Return the id of the key that sealed the check; None for a store without one."""
        kept = self.store.key_check()
        return None if kept is None else kept.kid

    def has_users(self) -> bool:
        """Return whether there is anybody whose template could be lost."""
        return bool(self.store.users.page(after=None, limit=1))

    def _opens(self, kept: SealedRecord) -> bool:
        try:
            self.key_check.open(kept)
        except SealError:
            return False
        return True

    def _opens_a_template(self) -> bool:
        """Tell whether the ring opens any template; of a store without users, that it does."""
        if not self.has_users():
            return True
        keks = [key.kid for key in self.file.every() if key.purpose is Purpose.KEK]
        if not any(self.store.users.count_sealed_with(kid) for kid in keks):
            return False
        after: str | None = None
        while page := self.store.users.page(after=after, limit=_PAGE):
            after = page[-1].user_id
            for user in page:
                for template in user.templates:
                    try:
                        self.sealer.unseal(template, user_id=user.user_id)
                    except SealError:
                        continue
                    return True
        return False

    def _wrong(self, kid: str | None) -> WrongKeyRing:
        return WrongKeyRing(ring=self.ring, store=self.store.describe(), kid=kid)
