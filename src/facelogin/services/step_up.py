"""Step-up: a person who is signed in shows the face again, and the session is fresh once more."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.challenge import ChallengePurpose, Claim
from facelogin.domain.errors import LivenessRequired, NotRecognised
from facelogin.domain.models import User
from facelogin.domain.policy import Assurance
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.capture import CaptureReader, Shown
from facelogin.services.challenges import Challenges
from facelogin.services.comparison import TemplateComparer
from facelogin.services.factor_audit import FactorAudit
from facelogin.services.sessions import Issued, Sessions, SignedIn
from facelogin.services.sign_in_consent import SignInConsent
from facelogin.services.throttle import Attempt, Factor, Throttle


class StepUp:
    """Compares a face with that of the session's own user, and with nobody else's."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        reader: CaptureReader,
        comparer: TemplateComparer,
        challenges: Challenges,
        consents: SignInConsent,
        required_assurance: Assurance,
        throttle: Throttle,
        audit: Audit,
    ) -> None:
        self._consents = consents
        self._sessions = sessions
        self._reader = reader
        self._comparer = comparer
        self._challenges = challenges
        self._required_assurance = required_assurance
        self._throttle = throttle
        self._outcomes = FactorAudit(audit, Action.STEP_UP, Factor.FACE)

    def confirm(self, signed_in: SignedIn, images: Sequence[bytes], requester: Requester) -> Issued:
        """Return a new session, with a new token, in the place of the one that asked.

        Raises TooManyAttempts, LivenessRequired if a photo is not enough, ConsentRequired if the
        user has given none and must, NotRecognised for a wrong face, an ImageRefused or
        InvalidRequest for images that can't be used (the session stays), SessionRequired if it has
        ended meanwhile, Busy, or StoreUnavailable.
        """
        if self._required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        user = signed_in.user
        self._consents.require(user)
        with (
            self._throttle.admit(
                Factor.FACE, requester, username=user.username, user=user
            ) as attempt,
            self._reader.look(images, requester) as shown,
        ):
            attempt.book()
            self._compare(user, shown, attempt, requester)
        return self._renew(signed_in, Assurance.PHOTO, requester)

    def confirm_live(self, signed_in: SignedIn, claim: Claim, requester: Requester) -> Issued:
        """Return a new session as ``confirm`` does, for a live capture, which is spent.

        After one that was doubtful it is not fresh.
        Raises what ``Challenges.spend`` raises, NotRecognised, SessionRequired or StoreUnavailable.
        """
        user = signed_in.user
        passed = self._challenges.spend(claim, ChallengePurpose.STEP_UP, user.user_id)
        with self._throttle.resume(passed.held, requester) as attempt:
            self._compare(user, passed.probe, attempt, requester)
        return self._renew(signed_in, Assurance.LIVE, requester, fresh=passed.fresh)

    def _renew(
        self,
        signed_in: SignedIn,
        assurance: Assurance,
        requester: Requester,
        *,
        fresh: bool = True,
    ) -> Issued:
        return self._sessions.renew(
            signed_in,
            amr=assurance.amr,
            assurance=assurance,
            fresh=fresh,
            browser=requester.browser,
        )

    def _compare(self, user: User, shown: Shown, attempt: Attempt, requester: Requester) -> None:
        if not self._comparer.matches(user, shown, requester):
            self._outcomes.record(Outcome.REFUSED, requester, user, reason=NotRecognised.code)
            raise NotRecognised
        attempt.succeed()
        self._throttle.of_account.admit_sign_in(user, requester)
        self._outcomes.record(Outcome.OK, requester, user)
