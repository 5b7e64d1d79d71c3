"""Consent to a notice that has changed since an account was made."""

from __future__ import annotations

from dataclasses import replace

from facelogin.domain.errors import ConsentOutdated, SessionRequired
from facelogin.domain.models import Consent, User
from facelogin.domain.ports import Clock, UserStore
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.sessions import SignedIn


class Consents:
    """Knows whether somebody's consent is to the present notice, and records a new one.

    An account whose consent is to an earlier notice goes on: it was given for what is done.
    """

    def __init__(
        self, *, users: UserStore, notice_version: str, audit: Audit, clock: Clock
    ) -> None:
        self._users = users
        self._notice_version = notice_version
        self._audit = audit
        self._clock = clock

    def outdated(self, consent: Consent) -> bool:
        """Return whether the notice has changed since this consent."""
        return consent.notice_version != self._notice_version

    def agree(self, signed_in: SignedIn, notice_version: str, requester: Requester) -> User:
        """Record that the person agrees to that version; return the user as changed.

        Who has agreed to it already is told so again, and nothing is written: what counts is when
        they first did.
        Raises ConsentOutdated where it is not the present one, SessionRequired for a user who was
        erased meanwhile, or StoreUnavailable.
        """
        if notice_version != self._notice_version:
            raise ConsentOutdated
        user = signed_in.user
        if user.consent is not None and not self.outdated(user.consent):
            return user
        consent = Consent(notice_version=notice_version, given_at=self._clock.now())
        if not self._users.set_consent(user.user_id, consent):
            raise SessionRequired
        self._audit.record(Action.CONSENT, Outcome.OK, requester, user_id=user.user_id)
        return replace(user, consent=consent)
