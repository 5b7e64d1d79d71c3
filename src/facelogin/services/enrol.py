"""Registration: a name, an email and a face become a user with a sealed template."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

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
from facelogin.domain.policy import Assurance, RegistrationPolicy
from facelogin.domain.ports import Clock, FaceEngine, Sealer, UserStore
from facelogin.services.capture import CaptureReader, Probe


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody who wants an account says. ``email`` is syntactically valid already."""

    username: str
    email: str
    consent: str | None = None


class Enrol:
    """Writes a user and the template in one step, or nothing at all."""

    def __init__(
        self,
        *,
        users: UserStore,
        engine: FaceEngine,
        reader: CaptureReader,
        sealer: Sealer,
        policy: RegistrationPolicy,
        clock: Clock,
    ) -> None:
        self._users = users
        self._engine = engine
        self._reader = reader
        self._sealer = sealer
        self._policy = policy
        self._clock = clock

    def register(self, application: Application, images: Sequence[bytes]) -> User:
        """Enrol a person over the network, under the registration policy.

        Consent is checked before a pixel is looked at, and a taken name is refused before the
        expensive part; the store's unique keys decide among requests that race.

        Raises RegistrationClosed, LivenessRequired, InvalidRequest, ConsentRequired,
        ConsentOutdated, UsernameTaken, EmailTaken, an ImageRefused or StoreUnavailable.
        """
        if not self._policy.open:
            raise RegistrationClosed
        if self._policy.required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        return self.enrol(application, images)

    def enrol(self, application: Application, images: Sequence[bytes]) -> User:
        """Enrol a person on the operator's word, whatever the registration policy says."""
        username = parse_username(application.username)
        consent = self._consent(application.consent)
        self._refuse_taken(username, application.email)
        probe = self._reader.read(images)
        user = self._user(username, application.email, consent, probe)
        self._users.create(user)
        return user

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

    def _user(self, username: str, email: str, consent: Consent | None, probe: Probe) -> User:
        now = self._clock.now()
        user_id = secrets.token_hex(16)
        template = probe.as_template(engine=self._engine.ref, created_at=now)
        return User(
            user_id=user_id,
            username=username,
            email=email,
            template=self._sealer.seal(template, user_id=user_id),
            created_at=now,
            consent=consent,
        )
