"""Registering signs in: whoever has just shown the face is not asked to show it again."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from facelogin.domain.errors import Busy, NotRecognised, StoreUnavailable
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import Clock, UserStore
from facelogin.domain.requester import Device, Requester
from facelogin.services.audit import Outcome
from facelogin.services.enrol import Enrolled
from facelogin.services.factor_audit import FactorAudit
from facelogin.services.known_devices import DeviceTrust
from facelogin.services.sessions import Issued, Sessions

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FirstSession:
    """The session of a newcomer, and the browser that the account knows from now on."""

    issued: Issued
    device: Device


@dataclass(frozen=True, slots=True)
class FirstSignIn:
    """Opens the session of somebody whose account was written a moment ago."""

    users: UserStore
    sessions: Sessions
    devices: DeviceTrust
    outcomes: FactorAudit
    clock: Clock

    def begin(
        self, enrolled: Enrolled, requester: Requester, *, assurance: Assurance, token: str | None
    ) -> FirstSession | None:
        """Return a new session, recorded as a sign-in; ``token`` is the session that it ends.

        None if the store did not answer, or if the account was erased meanwhile. The account is
        there by then, and only the answer tells its recovery codes, which must not be lost with a
        session: whoever gets none signs in as anybody does.
        """
        user = enrolled.user
        try:
            self.outcomes.record(Outcome.OK, requester, user)
            self.users.mark_used(user.user_id, used_at=self.clock.now())
            device = self.devices.remember(user, requester)
            self.sessions.revoke(token)  # first: a failure here leaves no session unowned
            issued = self.sessions.issue(
                user,
                amr=assurance.amr,
                assurance=assurance,
                fresh=enrolled.fresh,
                browser=requester.browser,
            )
        except (StoreUnavailable, NotRecognised, Busy) as error:
            _log.warning("registered without a session", extra={"reason": type(error).__name__})
            return None
        return FirstSession(issued, device)
