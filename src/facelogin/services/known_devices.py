"""The browsers that an account knows: a sign-in adds one, and all are forgotten when it matters."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from facelogin.domain.errors import Busy, NotRecognised, StoreUnavailable
from facelogin.domain.models import KnownDevices, User
from facelogin.domain.ports import UserStore
from facelogin.domain.requester import Device, Requester

_log = logging.getLogger(__name__)

_DEVICE_ID_BYTES = 16
_GRANT_BYTES = 8
_RACES = 20
_SOON_S = 1


@dataclass(frozen=True, slots=True)
class DeviceTrust:
    """Grants browsers to be known, twenty of an account at most, and takes that away.

    Who knows a browser has guesses at the face for it apart from strangers'. So a thief who got in
    must not keep them when the face, the recovery codes or all sessions are replaced.
    """

    users: UserStore

    def remember(self, user: User, requester: Requester) -> Device:
        """Return the requester's device, which this account knows from now on.

        The account has recognised its person a moment ago. Raises NotRecognised for a user erased
        meanwhile, Busy, StoreUnavailable.
        """
        device = requester.device or Device(secrets.token_hex(_DEVICE_ID_BYTES), ())
        present: User | None = user
        for _ in range(_RACES):
            if present is None:
                raise NotRecognised
            grant = device.grants.get(user.user_id)
            if grant is None or not present.devices.trust(grant):
                grant = _draw()
            if grant in present.devices.fresh_ones or self._set(
                present, present.devices.with_one(grant)
            ):
                return device.after_login(user.user_id, grant)
            present = self.users.find_by_id(user.user_id)
        raise Busy(retry_after_s=_SOON_S)

    def forget_all(self, user: User) -> None:
        """Forget every browser of this account. Raises Busy, StoreUnavailable."""
        present: User | None = user
        nothing = KnownDevices(complete=True)
        for _ in range(_RACES):
            if present is None or present.devices == nothing or self._set(present, nothing):
                return
            present = self.users.find_by_id(user.user_id)
        raise Busy(retry_after_s=_SOON_S)

    def keep_if_possible(self, before: User, requester: Requester) -> Device | None:
        """Return the requester's device, known anew, if it was to the account ``before``.

        All were forgotten since then because of what this very browser asked for, which is done
        and must be told. So None if the store is away: the browser is a stranger until it signs in.
        """
        if not requester.knows(before):
            return None
        try:
            present = self.users.find_by_id(before.user_id)
            return None if present is None else self.remember(present, requester)
        except (StoreUnavailable, NotRecognised, Busy) as error:
            _log.warning("browser not kept", extra={"reason": type(error).__name__})
            return None

    def _set(self, user: User, devices: KnownDevices) -> bool:
        return self.users.set_devices(user.user_id, devices, after=user.devices)


def _draw() -> str:
    return secrets.token_urlsafe(_GRANT_BYTES)
