"""Passive presentation attack detection (PAD): a second opinion from models that look at frames.

Advisory. Such models are fooled in both directions (noise and over-exposure look like a picture,
injected renders like a person), so their opinion alone lets nobody in, and keeps nobody out unless
the operator wants that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median

from facelogin.domain.observation import Face, Observation


class PadAction(StrEnum):
    """What follows where models take a face for a picture: a record, less trust, or a refusal."""

    LOG = "log"
    STEP_UP = "step_up"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class PadModel:
    """A model file that the operator supplies: ``scale`` is the side of its crop in face boxes."""

    path: Path
    scale: float
    sha256: str

    def __str__(self) -> str:
        """Return the model as settings write it."""
        return f"{self.path}@{self.scale:g}#sha256={self.sha256}"


@dataclass(frozen=True, slots=True)
class PadPolicy:
    """When and how the models' opinion counts. ``min_live`` is a probability, angles are degrees.

    One frame says little; the median over the frames of the centre step says more.
    """

    action: PadAction = PadAction.LOG
    min_live: float = 0.2
    min_frames: int = 3
    max_yaw_deg: float = 20.0

    def fit(self, face: Face) -> bool:
        """Return whether a face is turned so that models know such ones."""
        return face.pose is not None and abs(face.pose.yaw_deg) <= self.max_yaw_deg

    def raised(self, scores: Sequence[float]) -> PadAction | None:
        """Return what follows from the probabilities that frames show a live face; None: nothing.

        Fewer frames than ``min_frames`` say nothing.
        """
        if len(scores) < self.min_frames or median(scores) >= self.min_live:
            return None
        return self.action


class NoDetector:
    """Has no opinion: what stands at the port where the operator supplies no model."""

    def load(self) -> None:
        """Do nothing."""

    def score(self, observation: Observation, face: Face) -> float | None:  # noqa: ARG002
        """Return None."""
        return None


NO_DETECTOR = NoDetector()
