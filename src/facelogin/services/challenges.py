"""Live captures: begun, answered step by step, and spent once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from facelogin.domain.calibration import Occasion
from facelogin.domain.challenge import (
    Challenge,
    ChallengePurpose,
    ChallengeStatus,
    Claim,
    Draw,
    Step,
    orders,
)
from facelogin.domain.errors import (
    Busy,
    ChallengeExpired,
    ChallengeSpent,
    ChallengeSuperseded,
    ChallengeUnknown,
    LivenessFailed,
    SealError,
)
from facelogin.domain.models import Consent, KeptChallenge
from facelogin.domain.pad import PadAction
from facelogin.domain.ports import ChallengeBox, ChallengeStore, Clock
from facelogin.domain.throttle import Held
from facelogin.services.capture import Probe
from facelogin.services.challenge_state import dump, load

LASTS = timedelta(seconds=120)
LASTS_LONGER = timedelta(seconds=300)
"""How long a challenge may run, by default and for those who chose to have more time."""

SPENDABLE = timedelta(seconds=60)
"""How long one that was passed may be spent."""

_KEPT_LONGER = timedelta(minutes=4)
"""How long the store keeps a challenge that has ended, so that its end can be told."""
_TOKEN_BYTES = 32
_SUPERSEDED_KEPT = 8
_RACES = 20
_SOON_S = 1


@dataclass(frozen=True, slots=True)
class Begun:
    """A new challenge, and the value of the capture cookie that every answer must carry."""

    challenge: Challenge
    capture: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedChallenge:
    """A challenge in the clear, and the record that it was read from."""

    challenge: Challenge
    kept: KeptChallenge


@dataclass(frozen=True, slots=True)
class PassedCapture:
    """What a live capture that was passed is worth: a face, and the guess that it was.

    ``fresh`` is False where it was doubtful: nothing sensitive may follow from it alone.
    """

    probe: Probe
    fresh: bool
    held: Held | None
    consent: Consent | None
    spent: OpenedChallenge = field(repr=False)
    before: Challenge = field(repr=False)


class Challenges:
    """Keeps live captures, one for each capture cookie, each changed by one request at a time."""

    def __init__(
        self,
        *,
        store: ChallengeStore,
        box: ChallengeBox,
        clock: Clock,
        draw: Draw = secrets.choice,
    ) -> None:
        self._store = store
        self._box = box
        self._clock = clock
        self._draw = draw

    def begin(
        self,
        purpose: ChallengePurpose,
        subject: str,
        *,
        capture: str | None,
        consent: Consent | None = None,
        flash: bool | None = False,
        longer_time: bool = False,
    ) -> Begun:
        """Begin a challenge for ``subject``; an open one of the same cookie ends.

        A cookie that belongs to no challenge is not adopted: a new one is drawn.

        Raises Busy where others begin one with that cookie at this moment, StoreUnavailable.
        """
        now = self._clock.now()
        token = self._known(capture) or secrets.token_urlsafe(_TOKEN_BYTES)
        challenge = Challenge(
            challenge_id=secrets.token_hex(16),
            purpose=purpose,
            subject=subject,
            nonce=secrets.token_urlsafe(_TOKEN_BYTES),
            order=self._draw(orders()),
            step=Step(n=0, direction=None, sent_at=now),
            expires_at=now + (LASTS_LONGER if longer_time else LASTS),
            consent=consent,
            flash=flash,
            longer_time=longer_time,
        )
        for _ in range(_RACES):
            before = self._store.find(_digest(token))
            if self._store.put(self._sealed(challenge, _digest(token), before), after=before):
                return Begun(challenge, token)
        raise Busy(retry_after_s=_SOON_S)

    def find(self, claim: Claim) -> OpenedChallenge:
        """Return the challenge that a client names, whatever its status, if its time is not over.

        Raises ChallengeUnknown, ChallengeSuperseded, ChallengeExpired or StoreUnavailable.
        """
        if not claim.capture:
            raise ChallengeUnknown
        kept = self._store.find(_digest(claim.capture))
        if kept is None:
            raise ChallengeUnknown
        if kept.challenge_id != claim.challenge_id:
            known = claim.challenge_id in kept.superseded
            raise ChallengeSuperseded if known else ChallengeUnknown
        try:
            state = self._box.open(
                kept.sealed,
                challenge_id=kept.challenge_id,
                purpose=kept.purpose,
                expires_at=kept.expires_at,
            )
        except SealError as error:
            raise ChallengeUnknown from error
        challenge = load(state)
        if self._clock.now() >= challenge.expires_at:
            raise ChallengeExpired
        return OpenedChallenge(challenge, kept)

    def change(self, opened: OpenedChallenge, to: Challenge) -> OpenedChallenge | None:
        """Keep ``to`` in the place of the challenge that was opened; None if it changed since."""
        kept = self._sealed(to, opened.kept.capture, opened.kept)
        return OpenedChallenge(to, kept) if self._store.put(kept, after=opened.kept) else None

    def spend(
        self,
        claim: Claim,
        purpose: ChallengePurpose,
        subject: str,
        *,
        released: Callable[[str], bool] = lambda _: False,
    ) -> PassedCapture:
        """Use a challenge that was passed, once: of requests that race exactly one does.

        One that was begun for another subject may be spent for this one if that is ``released``.

        Raises ChallengeUnknown also for another purpose or subject, ChallengeSpent, LivenessFailed
        if it was not passed, ChallengeExpired if a version before this one captured it, and what
        ``find`` raises. Only a spent one is changed.
        """
        opened = self.find(claim)
        challenge = opened.challenge
        if challenge.purpose is not purpose:
            raise ChallengeUnknown
        if challenge.subject != subject and not released(challenge.subject):
            raise ChallengeUnknown
        if challenge.status is ChallengeStatus.SPENT:
            raise ChallengeSpent
        if challenge.status is not ChallengeStatus.PASSED:
            raise LivenessFailed
        if not challenge.anchors:
            raise ChallengeExpired
        spent = self.change(opened, replace(challenge, status=ChallengeStatus.SPENT, anchors={}))
        if spent is None:
            raise ChallengeSpent
        return PassedCapture(
            probe=Probe.fused(challenge.anchors, spread=Occasion.BURST),
            fresh=challenge.risk is not PadAction.STEP_UP,
            held=challenge.held,
            consent=challenge.consent,
            spent=spent,
            before=challenge,
        )

    def unspend(self, passed: PassedCapture) -> None:
        """Let a challenge be spent again: what it was spent for was not done."""
        self.change(passed.spent, passed.before)

    def sweep(self) -> int:
        """Erase what has expired and return how much. Housekeeping only."""
        return self._store.sweep(now=self._clock.now())

    def _known(self, capture: str | None) -> str | None:
        """Return the cookie's value where it is one of ours, and kept."""
        known = capture is not None and self._store.find(_digest(capture)) is not None
        return capture if known else None

    def _sealed(
        self, challenge: Challenge, capture: str, before: KeptChallenge | None
    ) -> KeptChallenge:
        expires_at = _whole_ms(challenge.expires_at + _KEPT_LONGER)
        return KeptChallenge(
            capture=capture,
            challenge_id=challenge.challenge_id,
            purpose=challenge.purpose.value,
            sealed=self._box.seal(
                dump(challenge),
                challenge_id=challenge.challenge_id,
                purpose=challenge.purpose.value,
                expires_at=expires_at,
            ),
            superseded=_superseded(challenge, before),
            revision=secrets.randbits(48) if before is None else before.revision + 1,
            expires_at=expires_at,
        )


def _superseded(challenge: Challenge, before: KeptChallenge | None) -> tuple[str, ...]:
    if before is None:
        return ()
    if before.challenge_id == challenge.challenge_id:
        return before.superseded
    return (*before.superseded, before.challenge_id)[-_SUPERSEDED_KEPT:]


def _whole_ms(moment: datetime) -> datetime:
    """Return the moment as stores keep it: a seal names it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
