"""What is asked beside the movements: models' opinion of the frames, and colours on the screen."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from facelogin.domain.challenge import Challenge
from facelogin.domain.flash import DrawColour, FlashPolicy, draw_colours, judge_flash
from facelogin.domain.liveness_policy import Judgement, LivenessPolicy, Sight
from facelogin.domain.observation import Pose, Sighting
from facelogin.domain.pad import NO_DETECTOR, PadAction, PadPolicy
from facelogin.domain.ports import FaceEngine, PresentationAttackDetector


@dataclass(frozen=True, slots=True)
class PassiveOpinion:
    """Asks the operator's models whether the frames of a step show a person or a picture."""

    detector: PresentationAttackDetector = NO_DETECTOR
    policy: PadPolicy = field(default_factory=PadPolicy)

    def of(self, sightings: Sequence[Sighting]) -> PadAction | None:
        """Return what follows from the models' opinion of these frames, None for nothing."""
        scores = [
            score
            for sighting in sightings
            for face in sighting.observation.faces[:1]
            if self.policy.fit(face)
            and (score := self.detector.score(sighting.observation, face)) is not None
        ]
        return self.policy.raised(scores)


@dataclass(frozen=True, slots=True)
class FlashStep:
    """Draws the colours of a flash, and judges the frames that were taken in their light."""

    engine: FaceEngine
    liveness: LivenessPolicy
    policy: FlashPolicy = field(default_factory=FlashPolicy)
    draw: DrawColour = secrets.choice

    def colours(self) -> tuple[str, ...]:
        """Return a new order of colours."""
        return draw_colours(self.draw, self.policy)

    def judge(
        self,
        challenge: Challenge,
        baseline: Pose,
        sights: Sequence[Sight],
        sightings: Sequence[Sighting],
    ) -> Judgement:
        """Judge the frames of the flash that this challenge is at."""
        seen = [sighting.observation for sighting in sightings]
        glows = [self.engine.glow(one, one.faces[0]) if one.faces else None for one in seen]
        return judge_flash(
            sights,
            glows,
            challenge.step.colours,
            baseline=baseline,
            flash=self.policy,
            policy=self.liveness,
        )


@dataclass(frozen=True, slots=True)
class Opinions:
    """All that is asked beside the movements."""

    passive: PassiveOpinion
    flash: FlashStep
