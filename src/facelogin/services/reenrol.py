"""Enrolling anew: a new face takes the place of the one that an account was made with."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.challenge import ChallengePurpose, Claim
from facelogin.domain.errors import (
    FreshLoginRequired,
    LivenessRequired,
    SessionRequired,
    TemplateSuperseded,
)
from facelogin.domain.models import SealedTemplate
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import UserStore
from facelogin.domain.requester import Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.challenges import Challenges
from facelogin.services.new_template import TemplateMaker
from facelogin.services.sessions import Sessions, SignedIn
from facelogin.services.sign_in_consent import SignInConsent
from facelogin.services.throttle import Throttle


class Reenrol:
    """Replaces a user's template in one write, and ends the sessions that the old one began."""

    def __init__(
        self,
        *,
        users: UserStore,
        sessions: Sessions,
        templates: TemplateMaker,
        challenges: Challenges,
        consents: SignInConsent,
        throttle: Throttle,
        required_assurance: Assurance,
        audit: Audit,
    ) -> None:
        self._consents = consents
        self._users = users
        self._sessions = sessions
        self._templates = templates
        self._challenges = challenges
        self._throttle = throttle
        self._required_assurance = required_assurance
        self._audit = audit

    def replace_face(
        self, signed_in: SignedIn, images: Sequence[bytes], requester: Requester
    ) -> SealedTemplate:
        """Make the face in ``images`` the only one that signs in to this account.

        ``signed_in`` must be fresh. The other sessions go first: if the store breaks half-way,
        devices have to sign in again, and never does one stay signed in by a face that was
        replaced. They go once more at the end, for one that was begun meanwhile.

        Raises LivenessRequired where a photo is not enough, ConsentRequired if the user has given
        none and must, an ImageRefused or InvalidRequest for
        images that can't be used, TemplateSuperseded where another request was quicker,
        SessionRequired for a user who was erased meanwhile, or StoreUnavailable (the outcome is
        unknown then, and the request may be repeated).
        """
        if self._required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        self._consents.require(signed_in.user)
        template = self._templates.make(images, requester, user_id=signed_in.user.user_id)
        return self._replace(signed_in, template, requester)

    def replace_face_live(
        self, signed_in: SignedIn, claim: Claim, requester: Requester
    ) -> SealedTemplate:
        """Do the same with the face of a live capture, one for a step-up, which is spent.

        Raises what ``Challenges.spend`` raises, FreshLoginRequired for one that was doubtful, and
        else as ``replace_face`` does.
        """
        user_id = signed_in.user.user_id
        passed = self._challenges.spend(claim, ChallengePurpose.STEP_UP, user_id)
        if not passed.fresh:
            raise FreshLoginRequired
        self._throttle.resume(passed.held, requester).succeed()  # nothing was guessed
        template = self._templates.seal(passed.probe, user_id=user_id)
        return self._replace(signed_in, template, requester)

    def _replace(
        self, signed_in: SignedIn, template: SealedTemplate, requester: Requester
    ) -> SealedTemplate:
        user_id, old = signed_in.user.user_id, signed_in.user.template
        self._refuse_superseded(user_id, old)
        self._sessions.end_others(signed_in, requester)
        if not self._users.replace_template(
            user_id, old_template_id=old.template_id, template=template
        ):
            raise TemplateSuperseded
        self._sessions.end_others(signed_in, requester)
        self._audit.record(Action.REPLACE_FACE, Outcome.OK, requester, user_id=user_id)
        return template

    def _refuse_superseded(self, user_id: str, old: SealedTemplate) -> None:
        """Refuse early what the write would refuse, before any session is ended for it."""
        present = self._users.find_by_id(user_id)
        if present is None:
            raise SessionRequired
        if present.template.template_id != old.template_id:
            raise TemplateSuperseded
