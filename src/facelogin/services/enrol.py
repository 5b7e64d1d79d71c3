"""Registration: a name, an email and a face become a user with a sealed template."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from facelogin.domain.errors import (
    ConsentOutdated,
    ConsentRequired,
    EmailTaken,
    LivenessRequired,
    RegistrationClosed,
    UsernameTaken,
)
from facelogin.domain.models import Consent, User
from facelogin.domain.names import parse_username
from facelogin.domain.policy import Assurance, RegistrationMode, RegistrationPolicy
from facelogin.domain.ports import Clock, CodeHasher, UserStore
from facelogin.domain.requester import OPERATOR, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.invites import Invites
from facelogin.services.new_template import TemplateMaker
from facelogin.services.recovery import draw_codes
from facelogin.services.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody who wants an account says. ``email`` is syntactically valid already."""

    username: str
    email: str
    consent: str | None = None
    invite: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new user, and the recovery codes, which leave the server once and are kept nowhere."""

    user: User
    recovery_codes: tuple[str, ...] = field(repr=False)


class Enrol:
    """Writes a user and the template in one step, or nothing at all."""

    def __init__(
        self,
        *,
        users: UserStore,
        templates: TemplateMaker,
        hasher: CodeHasher,
        invites: Invites,
        policy: RegistrationPolicy,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._users = users
        self._templates = templates
        self._hasher = hasher
        self._invites = invites
        self._policy = policy
        self._throttle = throttle
        self._audit = audit
        self._clock = clock

    def register(
        self, application: Application, images: Sequence[bytes], requester: Requester
    ) -> Enrolled:
        """Enrol a person over the network, under the registration policy.

        Invitation and consent are checked before a pixel is looked at, and a taken name is refused
        before the expensive part; the store's unique keys decide among requests that race.

        Raises RegistrationClosed, LivenessRequired, TooManyAttempts, Busy, InvalidRequest,
        ConsentRequired, ConsentOutdated, UsernameTaken, EmailTaken, an ImageRefused or
        StoreUnavailable.
        """
        if self._policy.mode is RegistrationMode.CLOSED:
            raise RegistrationClosed
        if self._policy.required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        invited = self._policy.mode is RegistrationMode.INVITE
        with self._throttle.admit_registration(requester) as attempt:
            if invited:
                self._invites.check(application.invite)
            enrolled = self._enrol(application, images, invited=invited)
            attempt.succeed()
        user_id = enrolled.user.user_id
        self._audit.record(Action.REGISTER, Outcome.OK, requester, user_id=user_id)
        return enrolled

    def enrol(self, application: Application, images: Sequence[bytes]) -> Enrolled:
        """Enrol a person on the operator's word, whatever the registration policy says."""
        enrolled = self._enrol(application, images, invited=False)
        user_id = enrolled.user.user_id
        self._audit.record(Action.REGISTER, Outcome.OK, OPERATOR, user_id=user_id)
        return enrolled

    def _enrol(
        self, application: Application, images: Sequence[bytes], *, invited: bool
    ) -> Enrolled:
        username = parse_username(application.username)
        consent = self._consent(application.consent)
        self._refuse_taken(username, application.email)
        user_id = secrets.token_hex(16)
        template = self._templates.make(images, user_id=user_id)
        codes = draw_codes(self._hasher)
        user = User(
            user_id=user_id,
            username=username,
            email=application.email,
            template=template,
            created_at=self._clock.now(),
            consent=consent,
            recovery=codes.kept,
        )
        if invited:
            self._invites.create_user(user, application.invite)
        else:
            self._users.create(user)
        return Enrolled(user, codes.codes)

    def _consent(self, notice_version: str | None) -> Consent | None:
        if notice_version is None:
            if self._policy.consent_required:
                raise ConsentRequired
            return None
        if notice_version != self._policy.notice_version:
            raise ConsentOutdated
        return Consent(notice_version=notice_version, given_at=self._clock.now())

    def _refuse_taken(self, username: str, email: str) -> None:
        # Read in this order, both taken by one newcomer in between are told as the username.
        email_taken = self._users.find_by_email(email) is not None
        if self._users.find_by_username(username) is not None:
            raise UsernameTaken
        if email_taken:
            raise EmailTaken
