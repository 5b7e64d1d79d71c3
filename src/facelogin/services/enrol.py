"""Registration: a name, an email and a face become a user with a sealed template."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from facelogin.domain.challenge import ChallengePurpose, Claim
from facelogin.domain.errors import (
    ConsentOutdated,
    ConsentRequired,
    EmailTaken,
    LivenessRequired,
    RegistrationClosed,
    UsernameTaken,
)
from facelogin.domain.models import Consent, SealedTemplate, User
from facelogin.domain.names import fold, parse_username
from facelogin.domain.policy import Assurance, RegistrationMode, RegistrationPolicy
from facelogin.domain.ports import Clock, CodeHasher, UserStore
from facelogin.domain.requester import OPERATOR, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.challenges import Challenges
from facelogin.services.invites import Invites
from facelogin.services.new_template import TemplateMaker
from facelogin.services.recovery import draw_codes
from facelogin.services.throttle import Throttle

_TOLD_BEFORE = (RegistrationClosed, UsernameTaken, EmailTaken)
"""What somebody may be told who has shown no face, a limited number of times."""


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody who wants an account says. ``email`` is syntactically valid already."""

    username: str
    email: str
    consent: str | None = None
    invite: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Vetted:
    """An application that may become an account, as far as can be said before a face is seen."""

    username: str
    email: str
    consent: Consent | None

    @property
    def subject(self) -> str:
        """Whom a live capture for this registration is bound to."""
        return f"{fold(self.username)}\n{fold(self.email)}"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A new user, and the recovery codes, which leave the server once and are kept nowhere.

    ``fresh`` is whether a session may begin fresh: not after a live capture that was doubtful.
    """

    user: User
    recovery_codes: tuple[str, ...] = field(repr=False)
    fresh: bool = True


class Enrol:
    """Writes a user and the template in one step, or nothing at all."""

    def __init__(
        self,
        *,
        users: UserStore,
        templates: TemplateMaker,
        hasher: CodeHasher,
        invites: Invites,
        challenges: Challenges,
        policy: RegistrationPolicy,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._users = users
        self._templates = templates
        self._hasher = hasher
        self._invites = invites
        self._challenges = challenges
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
        self._refuse_if_closed()
        if self._policy.required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        with self._throttle.admit_registration(requester) as attempt, self._telling(requester):
            self._check_invite(application)
            enrolled = self._enrol(application, images, requester, invited=self._invited)
            attempt.succeed()
        self._record(enrolled, requester)
        return enrolled

    def register_live(
        self, application: Application, claim: Claim, requester: Requester
    ) -> Enrolled:
        """Enrol the face of a live capture, to which consent was given before it began.

        It is spent, unless a name is taken or an invitation no good.

        Raises RegistrationClosed, TooManyAttempts, InvalidRequest, UsernameTaken, EmailTaken, what
        ``Challenges.spend`` raises, or StoreUnavailable.
        """
        self._refuse_if_closed()
        with self._throttle.admit_registration(requester) as attempt, self._telling(requester):
            self._check_invite(application)
            enrolled = self._enrol_live(application, claim)
            attempt.succeed()
        self._record(enrolled, requester)
        return enrolled

    def vet(self, application: Application, requester: Requester) -> Vetted:
        """Return what may become an account over the network, before a face is shown.

        Asking tells no more than ``check`` does, and counts and is recorded as there.

        Raises RegistrationClosed, InvalidRequest, ConsentRequired, ConsentOutdated, UsernameTaken,
        EmailTaken, TooManyAttempts, Busy or StoreUnavailable.
        """
        with self._telling(requester):
            self._refuse_if_closed()
            self._check_invite(application)
            return self._vet(application)

    def check(self, application: Application, requester: Requester) -> None:
        """Refuse what registering would refuse now, before consent is asked or a face is shown.

        Every question counts against the network, whatever its answer and whichever way it is
        asked, and every refusal is recorded without the name. The consent of the application is
        not looked at.

        Raises InvalidRequest, TooManyAttempts, RegistrationClosed, UsernameTaken, EmailTaken, Busy
        or StoreUnavailable.
        """
        username = parse_username(application.username)
        with self._telling(requester):
            self._refuse_if_closed()
            self._check_invite(application)
            self._refuse_taken(username, application.email)

    def enrol(self, application: Application, images: Sequence[bytes]) -> Enrolled:
        """Enrol a person on the operator's word, whatever the registration policy says."""
        enrolled = self._enrol(application, images, OPERATOR, invited=False)
        self._record(enrolled, OPERATOR)
        return enrolled

    @property
    def _invited(self) -> bool:
        return self._policy.mode is RegistrationMode.INVITE

    def _refuse_if_closed(self) -> None:
        if self._policy.mode is RegistrationMode.CLOSED:
            raise RegistrationClosed

    def _check_invite(self, application: Application) -> None:
        if self._invited:
            self._invites.check(application.invite)

    @contextmanager
    def _telling(self, requester: Requester) -> Iterator[None]:
        """Count what the block may tell against the network, and record what it does tell.

        Raises TooManyAttempts, Busy or StoreUnavailable before the block.
        """
        self._throttle.admit_name_question(requester)
        try:
            yield
        except _TOLD_BEFORE as refusal:
            self._audit.record(
                Action.CHECK_REGISTRATION, Outcome.REFUSED, requester, reason=refusal.code
            )
            raise

    def _record(self, enrolled: Enrolled, requester: Requester) -> None:
        user_id = enrolled.user.user_id
        self._audit.record(Action.REGISTER, Outcome.OK, requester, user_id=user_id)

    def _enrol(
        self,
        application: Application,
        images: Sequence[bytes],
        requester: Requester,
        *,
        invited: bool,
    ) -> Enrolled:
        vetted = self._vet(application)
        user_id = secrets.token_hex(16)
        template = self._templates.make(images, requester, user_id=user_id)
        return self._create(self._user(vetted, template, user_id), application, invited=invited)

    def _enrol_live(self, application: Application, claim: Claim) -> Enrolled:
        vetted = self._vet(application, agreed=True)
        passed = self._challenges.spend(
            claim, ChallengePurpose.REGISTER, vetted.subject, released=self._is_taken
        )
        vetted = replace(vetted, consent=passed.consent)
        user_id = secrets.token_hex(16)
        template = self._templates.seal(passed.probe, user_id=user_id)
        user = self._user(vetted, template, user_id)
        try:
            enrolled = self._create(user, application, invited=self._invited)
        except (UsernameTaken, EmailTaken, RegistrationClosed):
            self._challenges.unspend(passed)
            raise
        return replace(enrolled, fresh=passed.fresh)

    def _vet(self, application: Application, *, agreed: bool = False) -> Vetted:
        username = parse_username(application.username)
        consent = None if agreed else self._consent(application.consent)
        self._refuse_taken(username, application.email)
        return Vetted(username, application.email, consent)

    def _user(self, vetted: Vetted, template: SealedTemplate, user_id: str) -> User:
        return User(
            user_id=user_id,
            username=vetted.username,
            email=vetted.email,
            template=template,
            created_at=self._clock.now(),
            consent=vetted.consent,
        )

    def _create(self, user: User, application: Application, *, invited: bool) -> Enrolled:
        codes = draw_codes(self._hasher)
        user = replace(user, recovery=codes.kept)
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

    def _is_taken(self, subject: str) -> bool:
        """Return whether somebody has the names that a capture was begun for.

        Then its person, who is refused these names, keeps the face that was shown for others.
        """
        username, _, email = subject.partition("\n")
        users = self._users
        taken = users.find_by_username(username), users.find_by_email(email)
        return any(user is not None for user in taken)

    def _refuse_taken(self, username: str, email: str) -> None:
        # Read in this order, both taken by one newcomer in between are told as the username.
        taken: dict[str, str] = {}
        if self._users.find_by_email(email) is not None:
            taken["email"] = EmailTaken.sentence
        if self._users.find_by_username(username) is not None:
            raise UsernameTaken(fields={"username": UsernameTaken.sentence} | taken)
        if taken:
            raise EmailTaken
