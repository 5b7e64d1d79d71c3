"""Asks for consent at a sign-in, before anything is captured, as long as an account has none.

Accounts that were imported, or made while no consent was needed, have none. Who is asked must not
show whose they are: it depends on whether there are any, and on the device, never on the name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from facelogin.domain.errors import (
    ConsentOutdated,
    ConsentRequired,
    NotRecognised,
    StoreUnavailable,
)
from facelogin.domain.models import Consent, User
from facelogin.domain.ports import Clock, UserStore
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome

_LOOK_EVERY = timedelta(minutes=1)


class SignInConsent:
    """Knows whether a sign-in must bring consent, and records the one that it brought."""

    def __init__(
        self,
        *,
        users: UserStore,
        required: bool,
        notice_version: str,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._users = users
        self._required = required
        self._notice_version = notice_version
        self._audit = audit
        self._clock = clock
        self._lock = Lock()
        self._asked = True
        self._looked_at: datetime | None = None

    def asked(self) -> bool:
        """Return whether a device that knows no account must bring consent.

        The store is asked once a minute at most. If it does not answer, consent is asked for.
        """
        if not self._required:
            return False
        with self._lock:
            now = self._clock.now()
            if self._looked_at is None or abs(now - self._looked_at) >= _LOOK_EVERY:
                self._looked_at = now
                self._asked = self._some_have_none()
            return self._asked

    def given(
        self, notice_version: str | None, requester: Requester, *, user: User | None
    ) -> Consent | None:
        """Return the consent that a sign-in to a named account brings, None if it may bring none.

        ``user`` is whose name it is, None if it is nobody's. Raises ConsentRequired and
        ConsentOutdated, for every name alike.
        """
        known = user is not None and requester.knows(user)
        return self._given(notice_version, known=known)

    def given_by_anybody(self, notice_version: str | None, requester: Requester) -> Consent | None:
        """Return the consent that a sign-in without a name brings; raise as ``given`` does."""
        return self._given(notice_version, known=requester.device is not None)

    def require(self, user: User) -> None:
        """Raise ConsentRequired if a face of this user, who is signed in, may not be looked at."""
        if self._required and user.consent is None:
            raise ConsentRequired

    def settle(self, user: User, given: Consent | None, requester: Requester) -> User:
        """Record the consent of a user who had none and was recognised; return them as changed.

        Raises ConsentRequired if none was given, NotRecognised for a user erased meanwhile, or
        StoreUnavailable.
        """
        if user.consent is not None:
            return user
        if given is None:
            if self._required:
                raise ConsentRequired
            return user
        if not self._users.set_consent(user.user_id, given):
            raise NotRecognised
        self._audit.record(Action.CONSENT, Outcome.OK, requester, user_id=user.user_id)
        return replace(user, consent=given)

    def _given(self, notice_version: str | None, *, known: bool) -> Consent | None:
        if notice_version is None:
            if self.asked() and not known:
                raise ConsentRequired
            return None
        if notice_version != self._notice_version:
            raise ConsentOutdated
        return Consent(notice_version=notice_version, given_at=self._clock.now())

    def _some_have_none(self) -> bool:
        try:
            return self._users.any_without_consent()
        except StoreUnavailable:
            return True
