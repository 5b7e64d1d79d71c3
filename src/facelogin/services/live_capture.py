"""Who may begin a live capture, for what, and which guess it is booked as."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from facelogin.domain.challenge import ANYBODY, Challenge, ChallengePurpose
from facelogin.domain.errors import Busy, TooManyAttempts
from facelogin.domain.liveness_policy import Rule
from facelogin.domain.models import User
from facelogin.domain.names import fold
from facelogin.domain.ports import Clock, UserStore
from facelogin.domain.requester import Requester
from facelogin.domain.throttle import Held
from facelogin.services.audit import Action, Audit, Outcome
from facelogin.services.challenges import Begun, Challenges
from facelogin.services.enrol import Application, Enrol
from facelogin.services.factor_audit import FactorAudit
from facelogin.services.identify import Identify
from facelogin.services.kept_orders import KeptOrders
from facelogin.services.live_steps import Booked
from facelogin.services.sessions import SignedIn
from facelogin.services.sign_in_consent import SignInConsent
from facelogin.services.throttle import Attempt, Factor, Throttle

_SWEEP_EVERY = timedelta(minutes=10)
_WORSE = frozenset({Rule.IMAGE, Rule.WORK})
"""Rules that no page breaks: whoever does so keeps the server busy, and learns nothing by it."""


class LiveCapture:
    """Begins challenges under the limits on guessing, which unknown names are under as well."""

    def __init__(
        self,
        *,
        challenges: Challenges,
        users: UserStore,
        enrol: Enrol,
        identify: Identify,
        consents: SignInConsent,
        throttle: Throttle,
        orders: KeptOrders,
        audit: Audit,
        clock: Clock,
        flash: bool = False,
    ) -> None:
        """``flash`` is whether colours follow the turns of those who do not choose otherwise."""
        self._challenges = challenges
        self._users = users
        self._enrol = enrol
        self._identify = identify
        self._consents = consents
        self._throttle = throttle
        self._orders = orders
        self._outcomes = FactorAudit(audit, Action.LIVE_CAPTURE, Factor.FACE)
        self._clock = clock
        self._flash = flash
        self._swept_at: datetime | None = None

    def for_login(
        self,
        username: str,
        capture: str | None,
        requester: Requester,
        *,
        consent: str | None = None,
        flash: bool = True,
        longer_time: bool = False,
    ) -> Begun:
        """Begin the capture of somebody who wants to sign in as ``username``.

        ``consent`` is the version of the notice that the person agreed to, if they were asked.
        ``flash`` False is the choice to go without colours on the screen, ``longer_time`` that to
        have more time for every step. All three here and below.
        Raises ConsentRequired, ConsentOutdated, TooManyAttempts, Busy or StoreUnavailable; never
        for a name that is nobody's.
        """
        user = self._users.find_by_username(username)
        given = self._consents.given(consent, requester, user=user)
        self._admit(requester, username=username, user=user)
        return self._challenges.begin(
            ChallengePurpose.LOGIN,
            fold(username),
            capture=capture,
            consent=given,
            flash=self._flash_for(wanted=flash),
            longer_time=longer_time,
        )

    def for_anybody(
        self,
        capture: str | None,
        requester: Requester,
        *,
        consent: str | None = None,
        flash: bool = True,
        longer_time: bool = False,
    ) -> Begun:
        """Begin the capture of somebody who wants to sign in without saying who they are.

        Raises InvalidRequest where that is not possible here, IdentificationUnavailable where it is
        not possible now, ConsentRequired, ConsentOutdated, TooManyAttempts, Busy or
        StoreUnavailable.
        """
        self._identify.check()
        given = self._consents.given_by_anybody(consent, requester)
        self._throttle.check_nameless(requester)
        self._throttle.admit_challenge(requester)
        self._sweep_now_and_then()
        return self._challenges.begin(
            ChallengePurpose.LOGIN,
            ANYBODY,
            capture=capture,
            consent=given,
            flash=self._flash_for(wanted=flash),
            longer_time=longer_time,
        )

    def for_step_up(
        self,
        signed_in: SignedIn,
        capture: str | None,
        requester: Requester,
        *,
        flash: bool = True,
        longer_time: bool = False,
    ) -> Begun:
        """Begin the capture of somebody who is signed in.

        Raises ConsentRequired, and else as ``for_login`` does.
        """
        user = signed_in.user
        self._consents.require(user)
        self._admit(requester, username=user.username, user=user)
        return self._challenges.begin(
            ChallengePurpose.STEP_UP,
            user.user_id,
            capture=capture,
            flash=self._flash_for(wanted=flash),
            longer_time=longer_time,
        )

    def for_registration(
        self,
        application: Application,
        capture: str | None,
        requester: Requester,
        *,
        flash: bool = True,
        longer_time: bool = False,
    ) -> Begun:
        """Begin the capture of somebody who wants an account; consent is kept from here on.

        Raises RegistrationClosed, InvalidRequest, ConsentRequired, ConsentOutdated, UsernameTaken,
        EmailTaken, TooManyAttempts, Busy or StoreUnavailable.
        """
        self._throttle.admit_challenge(requester)
        vetted = self._enrol.vet(application, requester)
        self._sweep_now_and_then()
        return self._challenges.begin(
            ChallengePurpose.REGISTER,
            vetted.subject,
            capture=capture,
            consent=vetted.consent,
            flash=self._flash_for(wanted=flash),
            longer_time=longer_time,
        )

    def book(self, challenge: Challenge, requester: Requester) -> Booked:
        """Count the guess that this capture is, since its first turn is about to be revealed.

        The turns are those of an excused try, if one was. Raises TooManyAttempts, Busy or
        StoreUnavailable.
        """
        whose = self._whose(challenge)
        attempt = Attempt()
        if challenge.purpose is not ChallengePurpose.REGISTER:
            attempt = self._admit_guess(challenge, whose, requester)
            attempt.book()
        if challenge.subject == ANYBODY:
            return Booked(attempt.held(), challenge.order)
        counted_as = self._counted_as(challenge, whose, requester)
        try:
            kept = self._orders.take(counted_as)
        except Busy:
            attempt.undo()
            raise
        if kept is None:
            return Booked(attempt.held(), challenge.order, counted_as)
        return Booked(attempt.held(), kept, counted_as, was_kept=True)

    def unbook(self, challenge: Challenge, booked: Booked, requester: Requester) -> None:
        """Give all back that ``book`` took: another answer to the same step was faster.

        Raises Busy, StoreUnavailable.
        """
        if booked.was_kept and booked.counted_as is not None:
            self._orders.keep(booked.counted_as, booked.order)
        self._undo(booked.held, challenge, requester)

    def excuse(self, challenge: Challenge, requester: Requester) -> None:
        """Give back what was booked for a capture that ended for no fault of the person's.

        Its order stays for the next try. It counts as any failure if there were too many such
        ends, if another order is kept already, or if it names nobody and a turn was revealed:
        nothing tells whose next try that order would be for. Raises Busy, StoreUnavailable.
        """
        revealed = challenge.baseline is not None
        if revealed and challenge.subject == ANYBODY:
            return
        whose = self._whose(challenge)
        counted_as = self._counted_as(challenge, whose, requester)
        excused = self._throttle.admit_excuse(requester, whose=counted_as, user=whose.user)
        if excused and (not revealed or self._orders.keep(counted_as, challenge.order)):
            self._undo(challenge.held, challenge, requester)
        elif challenge.held is None:
            self._blame_network(challenge, whose, requester)

    def refused(
        self, challenge: Challenge, requester: Requester, rule: Rule, *, excusable: bool
    ) -> None:
        """Record a capture that failed, and the first rule that it broke.

        One that failed before anything was revealed counts against the network only; not yet if
        it may be excused. Frames that are no pictures, or cost too much, are a guess even then.
        """
        whose = self._whose(challenge)
        if challenge.held is None and rule in _WORSE:
            self._count_guess(challenge, whose, requester)
        elif challenge.held is None and not excusable:
            self._blame_network(challenge, whose, requester)
        self._outcomes.record(Outcome.REFUSED, requester, whose.user, reason=rule.value)

    def noted(self, challenge: Challenge, requester: Requester, rule: Rule) -> None:
        """Record what is worth knowing of a capture that goes on: a doubt, or a choice."""
        whose = self._whose(challenge)
        self._outcomes.record(Outcome.OK, requester, whose.user, reason=rule.value)

    def _undo(self, held: Held | None, challenge: Challenge, requester: Requester) -> None:
        nameless = challenge.subject == ANYBODY
        self._throttle.resume(held, requester, nameless=nameless).undo()

    def _blame_network(self, challenge: Challenge, whose: _Whose, requester: Requester) -> None:
        if challenge.purpose is not ChallengePurpose.REGISTER:
            with suppress(TooManyAttempts):  # told when the next one is begun
                self._admit_guess(challenge, whose, requester)

    def _count_guess(self, challenge: Challenge, whose: _Whose, requester: Requester) -> None:
        """Count one guess, also where none was booked; against the network if nobody is named."""
        with suppress(TooManyAttempts):
            if challenge.purpose is ChallengePurpose.REGISTER:
                self._throttle.admit_nameless(replace(requester, device=None))
            else:
                self._admit_guess(challenge, whose, requester).book()

    def _counted_as(self, challenge: Challenge, whose: _Whose, requester: Requester) -> str:
        """Return what was kept with the first turn: later requests may come from elsewhere."""
        if challenge.counted_as is not None:
            return challenge.counted_as
        if challenge.purpose is ChallengePurpose.REGISTER:
            return self._throttle.whose(requester, username=challenge.subject, user=None)
        return self._throttle.whose(requester, username=whose.username, user=whose.user)

    def _admit_guess(self, challenge: Challenge, whose: _Whose, requester: Requester) -> Attempt:
        if challenge.subject == ANYBODY:
            return self._throttle.admit_nameless(requester)
        return self._throttle.admit(
            Factor.FACE, requester, username=whose.username, user=whose.user
        )

    def _flash_for(self, *, wanted: bool) -> bool | None:
        """Return whether colours follow; None where they would, and were not wanted."""
        return (wanted or None) if self._flash else False

    def _admit(self, requester: Requester, *, username: str, user: User | None) -> None:
        self._throttle.check_face(requester, username=username, user=user)
        self._throttle.admit_challenge(requester, user=user)
        self._sweep_now_and_then()

    def _whose(self, challenge: Challenge) -> _Whose:
        if challenge.purpose is ChallengePurpose.STEP_UP:
            user = self._users.find_by_id(challenge.subject)
            return _Whose("" if user is None else user.username, user)
        if challenge.purpose is ChallengePurpose.REGISTER or challenge.subject == ANYBODY:
            return _Whose("", None)
        return _Whose(challenge.subject, self._users.find_by_username(challenge.subject))

    def _sweep_now_and_then(self) -> None:
        now = self._clock.now()
        if self._swept_at is None or abs(now - self._swept_at) >= _SWEEP_EVERY:
            self._swept_at = now
            self._challenges.sweep()


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whom a capture is about: a name, and the user who has it, if there is one."""

    username: str
    user: User | None
