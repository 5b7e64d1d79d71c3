"""Verification (1:1): whether a face belongs to the account of that name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from facelogin.domain.challenge import ChallengePurpose, Claim
from facelogin.domain.errors import (
    AccountDisabled,
    ConsentRequired,
    LivenessRequired,
    NotRecognised,
    Refusal,
)
from facelogin.domain.models import Consent, User
from facelogin.domain.names import fold
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import Clock, UserStore
from facelogin.domain.requester import OPERATOR, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.capture import CaptureReader, Shown
from facelogin.services.challenges import Challenges
from facelogin.services.comparison import TemplateComparer
from facelogin.services.decoy import Decoy
from facelogin.services.engine_move import EngineMove
from facelogin.services.factor_audit import FactorAudit
from facelogin.services.sign_in_consent import SignInConsent
from facelogin.services.throttle import Attempt, Factor, Throttle


@dataclass(frozen=True, slots=True)
class Recognised:
    """A user who was recognised; ``fresh`` is whether the session may begin fresh."""

    user: User
    fresh: bool


class Login:
    """Decides whether images show the person that a username names.

    An unknown username runs through the same work against a decoy, a sealed template like any
    other, and is refused whatever its distance.
    """

    def __init__(  # noqa: PLR0913 - one for each part that it needs
        self,
        *,
        users: UserStore,
        reader: CaptureReader,
        comparer: TemplateComparer,
        decoy: Decoy,
        challenges: Challenges,
        consents: SignInConsent,
        required_assurance: Assurance,
        throttle: Throttle,
        engine_move: EngineMove,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._engine_move = engine_move
        self._users = users
        self._reader = reader
        self._comparer = comparer
        self._decoy = decoy
        self._challenges = challenges
        self._consents = consents
        self._required_assurance = required_assurance
        self._throttle = throttle
        self._outcomes = FactorAudit(audit, Action.LOGIN, Factor.FACE)
        self._clock = clock

    def login(
        self,
        username: str,
        images: Sequence[bytes],
        requester: Requester,
        *,
        consent: str | None = None,
    ) -> User:
        """Return the user whose face the images show.

        ``consent`` is the version of the notice that the person agreed to, if they were asked. The
        guess is booked as a failure before anything is compared, and given back where the
        face matches, so that whoever dies in between has counted it.

        Raises LivenessRequired where a photo is not enough, ConsentRequired, ConsentOutdated,
        TooManyAttempts, NotRecognised for a wrong face and an unknown username alike,
        AccountDisabled only after the face matched, an ImageRefused for images that can't be used,
        Busy, or StoreUnavailable.
        """
        if self._required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        user = self._users.find_by_username(username)
        given = self._consents.given(consent, requester, user=user)
        with (
            self._throttle.admit(Factor.FACE, requester, username=username, user=user) as attempt,
            self._reader.look(images, requester) as shown,
        ):
            attempt.book()
            known = self._recognise(user, shown, attempt, requester)
        return self._let_in(known, given, requester)

    def login_live(self, username: str, claim: Claim, requester: Requester) -> Recognised:
        """Return whose face a live capture showed; that capture is spent.

        The guess was booked when the capture's first turn was revealed, and consent, if it was
        needed, given when the capture began.

        Raises what ``Challenges.spend`` raises, NotRecognised and AccountDisabled as ``login``
        does, ConsentRequired, or StoreUnavailable.
        """
        user = self._users.find_by_username(username)
        passed = self._challenges.spend(claim, ChallengePurpose.LOGIN, fold(username))
        with self._throttle.resume(passed.held, requester) as attempt:
            known = self._recognise(user, passed.probe, attempt, requester)
        signed_in = self._let_in(known, passed.consent, requester)
        if passed.fresh:
            self._engine_move.after_live_sign_in(signed_in, passed.probe, requester)
        return Recognised(signed_in, passed.fresh)

    def verify(self, username: str, images: Sequence[bytes]) -> User:
        """Compare on the operator's word: no limits, no record, whatever assurance logins need.

        Raises what ``login`` raises, TooManyAttempts and LivenessRequired apart.
        """
        user = self._users.find_by_username(username)
        with self._reader.look(images, OPERATOR) as shown:
            known = self._decide(user, shown, OPERATOR)
        if known.disabled:
            raise AccountDisabled
        return known

    def _recognise(
        self, user: User | None, shown: Shown, attempt: Attempt, requester: Requester
    ) -> User:
        """Return the user whose face it is; the guess, booked before, is given back then."""
        try:
            known = self._decide(user, shown, requester)
        except NotRecognised as refusal:
            self._outcomes.record(Outcome.REFUSED, requester, user, reason=refusal.code)
            raise
        attempt.succeed()
        return known

    def _let_in(self, user: User, given: Consent | None, requester: Requester) -> User:
        self._throttle.of_account.admit_sign_in(user, requester)
        if user.disabled:
            raise self._refusal(AccountDisabled(), user, requester)
        try:
            user = self._consents.settle(user, given, requester)
        except ConsentRequired as refusal:
            raise self._refusal(refusal, user, requester) from None
        self._users.mark_used(user.user_id, used_at=self._clock.now())
        self._outcomes.record(Outcome.OK, requester, user)
        return user

    def _refusal(self, refusal: Refusal, user: User, requester: Requester) -> Refusal:
        self._outcomes.record(Outcome.REFUSED, requester, user, reason=refusal.code)
        return refusal

    def _decide(self, user: User | None, shown: Shown, requester: Requester) -> User:
        """Return the user whose face it is, disabled or not. Raises NotRecognised."""
        if user is None:
            self._decoy.compare(shown)
            raise NotRecognised
        if not self._comparer.matches(user, shown, requester):
            raise NotRecognised
        return user
