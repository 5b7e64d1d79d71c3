"""Identification (1:N): whose of all accounts a face is, for somebody who gave no name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facelogin.domain.calibration import Calibration
from facelogin.domain.challenge import ANYBODY, ChallengePurpose, Claim
from facelogin.domain.errors import (
    BeyondCalibration,
    ConsentRequired,
    IdentificationUnavailable,
    InvalidRequest,
    LivenessRequired,
    NotRecognised,
    Refusal,
    UsernameNeeded,
)
from facelogin.domain.identification import (
    Candidate,
    Census,
    Enrolled,
    IdentificationPolicy,
    Limits,
    Nearest,
    Search,
    Verdict,
    decide,
    people_in,
)
from facelogin.domain.models import Consent, EngineRef, User
from facelogin.domain.policy import Assurance
from facelogin.domain.ports import Clock, FaceEngine, Gallery, UserStore
from facelogin.domain.requester import OPERATOR, Requester
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.capture import CaptureReader, Probe
from facelogin.services.challenges import Challenges
from facelogin.services.engine_move import EngineMove
from facelogin.services.factor_audit import FactorAudit
from facelogin.services.login import Recognised
from facelogin.services.sign_in_consent import SignInConsent
from facelogin.services.throttle import Attempt, Factor, Throttle

_MOST = 8
_SEARCHES = 5
"""How often a search is made again because the store had changed under it."""
_STRANGER = "I don't know you."


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to, and the user whom its candidate is, as the store has them now."""

    verdict: Verdict
    user: User | None
    distance: float | None
    """A distance of the engine under which the user is searched."""


class Identify:
    """Decides whose face it is, at a threshold that follows from how many people there are."""

    def __init__(  # noqa: PLR0913 - one for each part that it needs
        self,
        *,
        users: UserStore,
        gallery: Gallery,
        engine: FaceEngine,
        reader: CaptureReader,
        challenges: Challenges,
        consents: SignInConsent,
        policy: IdentificationPolicy,
        required_assurance: Assurance,
        throttle: Throttle,
        engine_move: EngineMove,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._engine_move = engine_move
        self._users = users
        self._gallery = gallery
        self._engine = engine
        self._reader = reader
        self._challenges = challenges
        self._consents = consents
        self._policy = policy
        self._required_assurance = required_assurance
        self._throttle = throttle
        self._outcomes = FactorAudit(audit, Action.IDENTIFY, Factor.FACE)
        self._clock = clock

    def check(self) -> None:
        """Return where somebody may sign in without a name now.

        Raises InvalidRequest, naming ``username``, where the policy is that they may not, and
        IdentificationUnavailable.
        """
        if not self._policy.on:
            raise InvalidRequest(fields={"username": "This is missing."})
        self._gallery.check()
        self._rate_among(self._gallery.census())

    def identify(
        self, images: Sequence[bytes], requester: Requester, *, consent: str | None = None
    ) -> User:
        """Return the user whose face the images show.

        ``consent`` is the version of the notice that the person agreed to, if they were asked.

        Raises what ``check`` raises, LivenessRequired where a photo is not enough, ConsentRequired,
        ConsentOutdated, TooManyAttempts, NotRecognised for a stranger, UsernameNeeded where the
        face is near two people, an ImageRefused or InvalidRequest for images that can't be used,
        Busy, or StoreUnavailable.
        """
        self.check()
        if self._required_assurance is not Assurance.PHOTO:
            raise LivenessRequired
        given = self._consents.given_by_anybody(consent, requester)
        with self._throttle.admit_nameless(requester) as attempt:
            probe = self._reader.read(images, requester)
            attempt.book()
            user = self._recognise(probe, attempt, requester)
        return self._let_in(user, given, requester)

    def identify_live(self, claim: Claim, requester: Requester) -> Recognised:
        """Return whose face a live capture showed that was begun without a name; it is spent.

        Consent, if it was needed, was given when the capture began. Raises what
        ``Challenges.spend`` raises, and else as ``identify`` does.
        """
        self.check()
        passed = self._challenges.spend(claim, ChallengePurpose.LOGIN, ANYBODY)
        with self._throttle.resume(passed.held, requester, nameless=True) as attempt:
            user = self._recognise(passed.probe, attempt, requester)
        signed_in = self._let_in(user, passed.consent, requester)
        if passed.fresh:
            self._engine_move.after_live_sign_in(signed_in, passed.probe, requester)
        return Recognised(signed_in, passed.fresh)

    def look_up(self, images: Sequence[bytes]) -> Found:
        """Search on the operator's word: no limits, no record, whatever the policy says.

        Raises an ImageRefused or InvalidRequest, IdentificationUnavailable or StoreUnavailable.
        """
        self._gallery.check()
        return self._search(self._reader.read(images, OPERATOR))

    def _recognise(self, probe: Probe, attempt: Attempt, requester: Requester) -> User:
        """Return the user whom the probe shows; the guess, booked before, is given back then.

        Whose account was tried is known only by comparing. So it is booked for that account before
        anything is told; where that is not possible, the outcome is told to nobody.
        """
        found = self._search(probe)
        if found.user is None:
            raise self._refusal(NotRecognised(_STRANGER), None, requester)
        with self._throttle.admit_near(requester, found.user) as near:
            near.book()
            if found.verdict is Verdict.UNKNOWN:
                raise self._refusal(NotRecognised(_STRANGER), found.user, requester)
            if found.verdict is Verdict.DOUBTFUL:
                raise self._refusal(UsernameNeeded(), found.user, requester)
            near.succeed()
        attempt.succeed()
        return found.user

    def _let_in(self, user: User, given: Consent | None, requester: Requester) -> User:
        self._throttle.of_account.admit_sign_in(user, requester)
        try:
            user = self._consents.settle(user, given, requester)
        except ConsentRequired as refusal:
            raise self._refusal(refusal, user, requester) from None
        self._users.mark_used(user.user_id, used_at=self._clock.now())
        self._outcomes.record(Outcome.OK, requester, user)
        return user

    def _search(self, probe: Probe) -> Found:
        """Return what a search comes to among those whom the store has at this moment.

        The store is asked for every candidate after the search: whoever was erased, disabled or
        enrolled anew by then takes no part in the decision.
        """
        for _ in range(_SEARCHES):
            shown = self._as_calibrated(probe, self._gallery.census())
            nearest = self._gallery.nearest(self._searches(shown), most=_MOST)
            users = {one.user_id: self._users.find_by_id(one.user_id) for one in nearest.candidates}
            changed = [one for one in nearest.candidates if self._changed(one, users[one.user_id])]
            if not changed:
                present = {key: user for key, user in users.items() if user is not None}
                return self._decided(nearest, present, shown)
            for one in changed:
                self._gallery.read_again(one.user_id)
        raise IdentificationUnavailable

    def _searches(self, shown: Mapping[EngineRef, Probe]) -> dict[EngineRef, Search]:
        """Return the search of each engine, wide enough for whoever could make a match doubtful."""
        units = {ref: self._policy.unit_of(one) for ref, one in self._calibrations.items()}
        target_fmr = self._policy.target_fmr
        widest = max(
            self._threshold(target_fmr, 1, probe) / units[ref] for ref, probe in shown.items()
        )
        reach = widest + self._policy.margin
        return {
            ref: Search(probe.embedding, within=reach * units[ref]) for ref, probe in shown.items()
        }

    def _decided(
        self, nearest: Nearest, users: Mapping[str, User], shown: Mapping[EngineRef, Probe]
    ) -> Found:
        fmr = self._rate_among(nearest.census)
        try:
            decision = decide(
                [one for one in nearest.candidates if not users[one.user_id].disabled],
                limits={ref: self._limits(fmr, probe) for ref, probe in shown.items()},
                margin=self._policy.margin,
            )
        except BeyondCalibration as error:  # somebody came in since the probe was cut to size
            raise IdentificationUnavailable from error
        best = decision.candidate
        if best is None:
            return Found(decision.verdict, None, None)
        return Found(decision.verdict, users[best.user_id], best.distance)

    def _limits(self, fmr: float, probe: Probe) -> Limits:
        return Limits(
            accepts=lambda enrolled: self._threshold(fmr, enrolled, probe),
            verifies=lambda enrolled: self._threshold(self._policy.target_fmr, enrolled, probe),
            unit=self._policy.unit_of(self._calibrations[probe.engine]),
        )

    def _rate_among(self, census: Census) -> float:
        """Return the false-match rate of each comparison among these people, of any engine.

        Raises IdentificationUnavailable if nobody measured one so low for one of these engines, not
        even of one image.
        """
        if not census:
            return self._policy.target_fmr
        fmr = self._policy.fmr_among(people_in(census))
        for ref, enrolled in census.items():
            if not self._reaches(self._calibrations[ref], fmr, enrolled, 1):
                raise IdentificationUnavailable
        return fmr

    def _as_calibrated(self, probe: Probe, census: Census) -> dict[EngineRef, Probe]:
        """Return the probe of each engine, of as many images as its thresholds were measured for.

        Low rates were measured for few images only, there being fewer people with many. How many
        are used follows from who is enrolled, never from whom the probe resembles.

        Raises IdentificationUnavailable for a capture that was begun without one of the engines:
        it does not show the people of that one.
        """
        fmr, cut = self._rate_among(census), {}
        for ref, calibration in self._calibrations.items():
            shown = probe.of(ref)
            if shown is None:
                raise IdentificationUnavailable
            cut[ref] = self._cut(shown, calibration, fmr, census.get(ref, {}))
        return cut

    def _cut(self, probe: Probe, calibration: Calibration, fmr: float, enrolled: Enrolled) -> Probe:
        for images in range(probe.image_count, 1, -1):
            shown = probe if images == probe.image_count else probe.of_first(images)
            if self._reaches(calibration, fmr, enrolled, shown.counted(calibration)):
                return shown
        return probe if probe.image_count == 1 else probe.of_first(1)

    def _reaches(
        self, calibration: Calibration, fmr: float, enrolled: Enrolled, probe: int
    ) -> bool:
        """Return whether a search may use that rate for all of these people."""
        lowest = self._policy.lowest_fmr
        return all(fmr >= lowest(calibration, enrolled=one, probe=probe) for one in enrolled)

    def _threshold(self, fmr: float, enrolled: int, probe: Probe) -> float:
        return self._calibrations[probe.engine].threshold_of(
            probe.parts, target_fmr=fmr, enrolled=enrolled, spread=probe.spread
        )

    def _changed(self, candidate: Candidate, user: User | None) -> bool:
        """Return whether the gallery has another face of this user than the store has, if any."""
        return user is None or not candidate.stands_for(user, self._calibrations)

    @property
    def _calibrations(self) -> dict[EngineRef, Calibration]:
        """The thresholds of every engine that runs, the default one first."""
        return {one.ref: one.calibration for one in (self._engine, *self._engine.others)}

    def _refusal(self, refusal: Refusal, user: User | None, requester: Requester) -> Refusal:
        self._outcomes.record(Outcome.REFUSED, requester, user, reason=refusal.code)
        return refusal
