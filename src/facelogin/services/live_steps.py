"""The steps of a live capture: frames become observations, rules judge, the next step is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest
from itertools import pairwise
from typing import Protocol

from facelogin.domain import matching
from facelogin.domain.challenge import (
    Answered,
    Challenge,
    ChallengeStatus,
    Claim,
    Direction,
    Step,
)
from facelogin.domain.errors import (
    AnswerInProgress,
    Busy,
    ChallengeExpired,
    ChallengeSpent,
    FrameRefused,
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageTypeUnsupported,
    ImageUnreadable,
    InvalidRequest,
    LivenessFailed,
    StoreUnavailable,
    TooManyAttempts,
)
from facelogin.domain.liveness import judge_centre, judge_turn
from facelogin.domain.liveness_policy import (
    FRAMES_MISSING,
    Judgement,
    LivenessPolicy,
    Outcome,
    Rule,
    Sight,
)
from facelogin.domain.models import Embedding, EngineRef
from facelogin.domain.observation import Observation, Sighting
from facelogin.domain.pad import PadAction
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import ChallengeStore, Clock, FaceEngine, Pseudonyms
from facelogin.domain.requester import Requester
from facelogin.domain.throttle import Held
from facelogin.services.capture import embed_with_all
from facelogin.services.challenges import SPENDABLE, Challenges, OpenedChallenge
from facelogin.services.face_work import FaceJob, FaceWork
from facelogin.services.live_frames import (
    Answer,
    Frame,
    each_once,
    refuse_malformed,
    with_frames,
)
from facelogin.services.live_opinions import Opinions
from facelogin.services.live_sights import sights_of

_SEEN_FOR = timedelta(days=7)
Embedded = Mapping[EngineRef, tuple[Embedding, ...]]
"""The embeddings of the same frames by several engines."""

_EXCUSABLE = frozenset({FRAMES_MISSING, ChallengeExpired.code})
"""Ends that are the camera's, the page's, the network's or the server's fault."""

_OF_IMAGES: Mapping[str, type[ImageRefused]] = {
    kind.code: kind
    for kind in (
        *(ImageUnreadable, ImageTypeUnsupported, ImageAnimated, ImageTooLarge),
        FrameRefused,
    )
}
"""Ends that are told as errors of the request: its frames are no pictures that could be judged."""

_LOOKED_AT_FOR = timedelta(seconds=30)
"""How long an answer keeps others out if the worker that looks at it is no more. By then the step's
own time is over, but for those who asked for more."""

_NOT_OPEN = "This step is not open, or not any more."


@dataclass(frozen=True, slots=True)
class Booked:
    """A guess that is booked, and the turns that are about to be revealed.

    ``counted_as`` is whose guess it is, None if it names nobody; ``was_kept`` whether the turns
    are those of an earlier try.
    """

    held: Held | None
    order: tuple[Direction, ...]
    counted_as: str | None = None
    was_kept: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    """What an answer leads to: the challenge after it, and what is to be told once it is kept.

    ``broken`` is the rule that ended it.
    """

    challenge: Challenge
    booked: Booked | None = None
    notes: tuple[Rule, ...] = ()
    broken: Rule | None = None


class Booker(Protocol):
    """Books the guess that a challenge is, before its first turn is revealed."""

    def book(self, challenge: Challenge, requester: Requester) -> Booked:
        """Return what was booked. Raises TooManyAttempts, Busy or StoreUnavailable."""
        ...

    def unbook(self, challenge: Challenge, booked: Booked, requester: Requester) -> None:
        """Give back what ``book`` took: no turn was revealed. Raises Busy or StoreUnavailable."""
        ...

    def refused(
        self, challenge: Challenge, requester: Requester, rule: Rule, *, excusable: bool
    ) -> None:
        """Record that a challenge failed, by which rule, and whether ``excuse`` follows."""
        ...

    def excuse(self, challenge: Challenge, requester: Requester) -> None:
        """Give back what was booked for a challenge that ended for no fault of the person's.

        Raises Busy or StoreUnavailable; then it stays booked.
        """
        ...

    def noted(self, challenge: Challenge, requester: Requester, rule: Rule) -> None:
        """Record what is worth knowing of a challenge that goes on."""
        ...


class LiveSteps:
    """Judges the frames of each step and reveals the next one."""

    def __init__(
        self,
        *,
        challenges: Challenges,
        seen: ChallengeStore,
        engine: FaceEngine,
        work: FaceWork,
        pseudonyms: Pseudonyms,
        booker: Booker,
        clock: Clock,
        quality: CapturePolicy,
        policy: LivenessPolicy,
        opinions: Opinions,
    ) -> None:
        self._challenges = challenges
        self._seen = seen
        self._engine = engine
        self._work = work
        self._pseudonyms = pseudonyms
        self._booker = booker
        self._clock = clock
        self._quality = quality
        self._policy = policy
        self._passive = opinions.passive
        self._flash = opinions.flash

    def check(self, claim: Claim) -> None:
        """Return if an answer could be looked at now, before any of it is read.

        Raises what ``Challenges.find`` raises, ChallengeSpent, AnswerInProgress or
        StoreUnavailable.
        """
        self._free(self._challenges.find(claim).challenge)

    def answer(
        self, claim: Claim, answer: Answer, requester: Requester
    ) -> tuple[Challenge, str | None]:
        """Return the challenge after this answer, and the code of a turn to be done once more.

        An answer that came twice is answered alike, and changes nothing.

        Raises what ``check`` raises, InvalidRequest for frames that break the protocol (the step
        stays open), an ImageRefused for frames that are no pictures to be judged (the challenge
        has failed), TooManyAttempts, Busy or StoreUnavailable.
        """
        arrived = self._clock.now()
        opened = self._challenges.find(claim)
        challenge = opened.challenge
        if not compare_digest(challenge.nonce.encode(), answer.nonce.encode("utf-8", "replace")):
            raise InvalidRequest(fields={"nonce": "This is not the nonce of this challenge."})
        self._free(challenge)
        if challenge.answered == Answered(answer.n, answer.digest):
            return _told(challenge)
        if challenge.status is not ChallengeStatus.OPEN or answer.n != challenge.step.n:
            raise InvalidRequest(fields={"n": _NOT_OPEN})
        refuse_malformed(challenge, answer, most=self._policy.max_frames)
        received = with_frames(challenge, answer)
        frames = each_once(answer.frames)
        repeated = any(frame.sha256 in challenge.seen for frame in answer.frames)
        broken = self._broken(received, answer, frames, arrived, repeated=repeated)
        if broken is None:
            return self._looked_at(opened, received, frames, requester)
        return self._kept(opened, received, self._not_passed(received, broken), requester)

    def _free(self, challenge: Challenge) -> None:
        """Raise ChallengeSpent, or AnswerInProgress if an answer to this challenge is looked at."""
        if challenge.status is ChallengeStatus.SPENT:
            raise ChallengeSpent
        claimed_until = challenge.claimed_until
        if claimed_until is not None and self._clock.now() < claimed_until:
            raise AnswerInProgress

    def _looked_at(
        self,
        opened: OpenedChallenge,
        received: Challenge,
        frames: Sequence[Frame],
        requester: Requester,
    ) -> tuple[Challenge, str | None]:
        """Judge the frames, while no other answer to this challenge is looked at.

        What is wrong with a picture ends the challenge: it could be sent again and again. A fault
        that nobody foresaw leaves it claimed, and so does the end of this worker.
        """
        with self._work.job(requester) as job:
            claimed = self._claimed(opened, len(frames))
            try:
                judged = self._judged(received, frames, job, requester)
            except ImageRefused as refusal:
                judged = self._failed(received, _refused(refusal))
            except (Busy, StoreUnavailable, TooManyAttempts):
                self._release(claimed, opened.challenge, job)
                raise
            judged = replace(judged, challenge=_charged(judged.challenge, job))
            return self._kept(claimed, received, judged, requester)

    def _claimed(self, opened: OpenedChallenge, frames: int) -> OpenedChallenge:
        """Return the challenge with work on so many frames begun and booked.

        Raises AnswerInProgress if another answer was faster.
        """
        challenge = opened.challenge
        claimed = self._challenges.change(
            opened,
            replace(
                challenge,
                claimed_until=self._clock.now() + _LOOKED_AT_FOR,
                cpu_ms=challenge.cpu_ms + frames * self._policy.frame_cpu_ms,
            ),
        )
        if claimed is None:
            raise AnswerInProgress
        return claimed

    def _release(self, claimed: OpenedChallenge, before: Challenge, job: FaceJob) -> None:
        """Open the step again: what kept this answer from being judged is no fault of its own."""
        with suppress(StoreUnavailable):
            self._challenges.change(claimed, _charged(before, job))

    def _kept(
        self,
        opened: OpenedChallenge,
        received: Challenge,
        judged: _Judged,
        requester: Requester,
    ) -> tuple[Challenge, str | None]:
        """Keep what an answer led to, unless the challenge has changed meanwhile, and tell it."""
        if self._challenges.change(opened, judged.challenge) is None:
            if judged.booked is not None:
                self._booker.unbook(received, judged.booked, requester)
            raise AnswerInProgress
        self._tell(received, judged, requester)
        return _told(judged.challenge)

    def _tell(self, received: Challenge, judged: _Judged, requester: Requester) -> None:
        """Record and count what an answer led to, after the change, which one request makes."""
        for note in judged.notes:
            self._booker.noted(received, requester, note)
        if judged.broken is not None:
            excusable = judged.challenge.code in _EXCUSABLE
            self._booker.refused(received, requester, judged.broken, excusable=excusable)
            if excusable:
                self._booker.excuse(received, requester)

    def _least(self, challenge: Challenge) -> int:
        """Return how many frames it takes to judge the open step."""
        if challenge.step.colours:
            return self._flash.policy.min_frames
        straight = challenge.step.direction is None
        return self._policy.min_frames if straight else self._policy.min_turn_frames

    def _judged(
        self,
        challenge: Challenge,
        frames: Sequence[Frame],
        job: FaceJob,
        requester: Requester,
    ) -> _Judged:
        """Return the challenge as these frames leave it: further on, the same again, or failed."""
        if challenge.cpu_ms >= self._policy.max_cpu_ms:
            tired = Judgement(Outcome.FAILED, Rule.WORK, LivenessFailed.code)
            return self._failed(challenge, tired)
        images = [frame.image for frame in frames]
        self._engine.check_frames(images)
        with job.turn():
            straight = challenge.baseline is None  # it comes of that step
            sightings = self._engine.follow(images, focus=straight, pause=job.give_way)
            as_photos = self._engine.min_sharpness if straight else None
            sights = sights_of(frames, sightings, self._quality, as_photos=as_photos)
            judgement = self._judge(challenge, sights, sightings)
            embedded = self._embedded(
                [sightings[i].observation for i in judgement.chosen], challenge
            )
            challenge = self._with_opinion(challenge, judgement, sightings)
        if judgement.outcome is Outcome.PASSED:
            chosen = [frames[i] for i in judgement.chosen]
            judgement = self._one_person(challenge, judgement, embedded[self._engine.ref])
            if judgement.outcome is Outcome.PASSED:
                judgement = self._never_seen(challenge, judgement, chosen)
        if judgement.outcome is not Outcome.PASSED:
            return self._not_passed(challenge, judgement)
        return self._further(challenge, judgement, embedded, requester)

    def _not_passed(self, challenge: Challenge, judgement: Judgement) -> _Judged:
        if judgement.outcome is Outcome.REPEAT and not challenge.repeated:
            return _Judged(self._again(challenge, judgement))
        return self._failed(challenge, judgement)

    def _embedded(self, chosen: Sequence[Observation], challenge: Challenge) -> Embedded:
        """Return the embeddings of these frames: of a turn only what continuity is judged by."""
        faces = [(observation, observation.faces[0]) for observation in chosen]
        if challenge.baseline is None:
            return embed_with_all(self._engine, faces)
        return {self._engine.ref: tuple(self._engine.embed(*one) for one in faces)}

    def _broken(
        self,
        challenge: Challenge,
        answer: Answer,
        frames: Sequence[Frame],
        arrived: datetime,
        *,
        repeated: bool,
    ) -> Judgement | None:
        """Return what is wrong with an answer before any frame is looked at, or None.

        ``frames`` are those that are left without repetitions. Where these are few, or most, a
        camera has frozen. ``repeated`` is whether one of them came in an earlier step.
        """
        elapsed_ms = (arrived - challenge.step.sent_at) / timedelta(milliseconds=1)
        policy = self._policy
        if elapsed_ms > policy.step_ms(longer=challenge.longer_time) + policy.sending_ms:
            return Judgement(Outcome.FAILED, Rule.CLOCK, ChallengeExpired.code)
        if len(answer.frames) < self._least(challenge):
            return Judgement(Outcome.REPEAT, Rule.TIMING, FRAMES_MISSING)
        dropped = len(answer.frames) - len(frames)
        if len(frames) < self._least(challenge) or dropped > policy.repeated * len(answer.frames):
            return Judgement(Outcome.REPEAT, Rule.REPEATED_FRAME, FRAMES_MISSING)
        in_time = elapsed_ms >= policy.min_step_ms
        if not in_time or answer.frames[-1].t_ms > elapsed_ms + policy.clock_slack_ms:
            return Judgement(Outcome.FAILED, Rule.CLOCK, LivenessFailed.code)
        if repeated:
            return Judgement(Outcome.FAILED, Rule.REPEATED_FRAME, LivenessFailed.code)
        return None

    def _with_opinion(
        self, challenge: Challenge, judgement: Judgement, sightings: Sequence[Sighting]
    ) -> Challenge:
        """Return the challenge with the models' opinion of its first step, once that is passed."""
        if judgement.outcome is not Outcome.PASSED or challenge.baseline is not None:
            return challenge
        return replace(challenge, risk=self._passive.of(sightings))

    def _judge(
        self, challenge: Challenge, sights: Sequence[Sight], sightings: Sequence[Sighting]
    ) -> Judgement:
        direction, baseline = challenge.step.direction, challenge.baseline
        if challenge.step.colours and baseline is not None:
            return self._flash.judge(challenge, baseline, sights, sightings)
        if direction is None or baseline is None:
            return judge_centre(sights, self._policy)
        return judge_turn(
            sights, direction, baseline, self._policy, longer_time=challenge.longer_time
        )

    def _one_person(
        self, challenge: Challenge, judgement: Judgement, embeddings: Sequence[Embedding]
    ) -> Judgement:
        """Return the judgement, or a refusal if the face became another one's.

        A challenge that a worker with another engine has begun ends here: nothing compares across
        engines.
        """
        if challenge.baseline is None:
            gaps = [matching.distance(*pair) for pair in pairwise(embeddings)]
            most = self._engine.continuity.frontal
        elif self._engine.ref in challenge.anchors:
            anchor = matching.fuse(challenge.anchors[self._engine.ref])
            gaps = [matching.distance(anchor, one) for one in embeddings]
            most = self._engine.continuity.turned
        else:
            return Judgement(Outcome.FAILED, Rule.CLOCK, ChallengeExpired.code)
        if max(gaps) <= most:
            return judgement
        return Judgement(Outcome.FAILED, Rule.CONTINUITY, LivenessFailed.code)

    def _never_seen(
        self, challenge: Challenge, judgement: Judgement, frames: Sequence[Frame]
    ) -> Judgement:
        """Return the judgement, or a refusal where a frame of it was in another challenge."""
        marks = [self._pseudonyms.of("frame", frame.sha256.hex()) for frame in frames]
        until = self._clock.now() + _SEEN_FOR
        if self._seen.mark_seen(marks, seen_by=challenge.challenge_id, expires_at=until):
            return judgement
        return Judgement(Outcome.FAILED, Rule.FRESHNESS, LivenessFailed.code)

    def _further(
        self,
        challenge: Challenge,
        judgement: Judgement,
        embedded: Embedded,
        requester: Requester,
    ) -> _Judged:
        """Return the challenge with this step done: the next one revealed, or passed."""
        if challenge.step.colours:
            return self._passed(challenge, judgement.notes)
        if challenge.step.direction is None:
            booked = self._booker.book(challenge, requester)
            challenge = replace(
                challenge,
                baseline=judgement.baseline,
                anchors=embedded,
                held=booked.held,
                order=booked.order,
                counted_as=booked.counted_as,
            )
            notes = judgement.notes if challenge.risk is None else (*judgement.notes, Rule.PAD)
            return _Judged(self._next(challenge, challenge.order[0]), booked, notes)
        challenge = replace(challenge, turns_done=challenge.turns_done + 1)
        if challenge.turns_done < len(challenge.order):
            direction = challenge.order[challenge.turns_done]
            return _Judged(self._next(challenge, direction), notes=judgement.notes)
        if challenge.flash:
            shown = self._next(challenge, None, self._flash.colours())
            return _Judged(shown, notes=judgement.notes)
        return self._passed(challenge, judgement.notes)

    def _next(
        self, challenge: Challenge, direction: Direction | None, colours: tuple[str, ...] = ()
    ) -> Challenge:
        step = Step(challenge.step.n + 1, direction, self._clock.now(), colours)
        return replace(challenge, code=None, step=step)

    def _passed(self, challenge: Challenge, notes: tuple[Rule, ...]) -> _Judged:
        """Return the challenge with all of its steps done; what was seen at first has its say."""
        if challenge.risk is PadAction.REFUSE:
            refusal = Judgement(Outcome.FAILED, Rule.PAD, LivenessFailed.code, notes=notes)
            return self._failed(challenge, refusal)
        if challenge.flash is None:
            notes = (*notes, Rule.NO_FLASH)
        until = self._clock.now() + SPENDABLE
        passed = replace(challenge, status=ChallengeStatus.PASSED, code=None, expires_at=until)
        return _Judged(passed, notes=notes)

    def _again(self, challenge: Challenge, judgement: Judgement) -> Challenge:
        """Return the challenge with its step asked for once more; colours are drawn anew."""
        colours = self._flash.colours() if challenge.step.colours else ()
        step = replace(
            challenge.step,
            n=challenge.step.n + 1,
            sent_at=self._clock.now(),
            colours=colours,
        )
        return replace(challenge, repeated=True, code=judgement.code, step=step)

    def _failed(self, challenge: Challenge, judgement: Judgement) -> _Judged:
        failed = replace(
            challenge, status=ChallengeStatus.FAILED, code=judgement.code, anchors={}, held=None
        )
        return _Judged(failed, notes=judgement.notes, broken=judgement.rule)


def _told(challenge: Challenge) -> tuple[Challenge, str | None]:
    """Return a challenge after its last answer, and the code of a turn to be done once more.

    Raises an ImageRefused if that was no picture to be judged.
    """
    code, _, detail = (challenge.code or "").partition(".")
    if challenge.status is ChallengeStatus.FAILED and code in _OF_IMAGES:
        raise _OF_IMAGES[code](detail=detail or None)
    return challenge, challenge.code if challenge.status is ChallengeStatus.OPEN else None


def _refused(refusal: ImageRefused) -> Judgement:
    code = refusal.code if refusal.detail is None else f"{refusal.code}.{refusal.detail}"
    return Judgement(Outcome.FAILED, Rule.IMAGE, code)


def _charged(challenge: Challenge, job: FaceJob) -> Challenge:
    """Return the challenge with what the work took, claimed no more."""
    spent_ms = round(job.cpu_s * 1000)
    return replace(challenge, claimed_until=None, cpu_ms=challenge.cpu_ms + spent_ms)
