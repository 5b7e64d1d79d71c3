"""A face engine that passes everything on to another, to be watched in part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from facelogin.domain.calibration import Calibration, Continuity
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, EngineRef
from facelogin.domain.observation import Face, Glow, Observation, Sighting
from facelogin.domain.ports import FaceEngine, Recogniser, no_pause


class EngineWithin:
    """The port FaceEngine over another engine: whoever watches some of it overrides that."""

    def __init__(self, engine: FaceEngine) -> None:
        self._engine = engine

    @property
    def ref(self) -> EngineRef:
        """As the engine within."""
        return self._engine.ref

    @property
    def dimension(self) -> int:
        """As the engine within."""
        return self._engine.dimension

    @property
    def others(self) -> Sequence[Recogniser]:
        """As the engine within."""
        return self._engine.others

    @property
    def continuity(self) -> Continuity:
        """As the engine within."""
        return self._engine.continuity

    @property
    def calibration(self) -> Calibration:
        """As the engine within."""
        return self._engine.calibration

    @property
    def min_sharpness(self) -> float:
        """As the engine within."""
        return self._engine.min_sharpness

    def load(self) -> None:
        """As the engine within."""
        self._engine.load()

    def observe(self, image: bytes) -> Observation:
        """As the engine within."""
        return self._engine.observe(image)

    def check_frames(self, images: Sequence[bytes]) -> None:
        """As the engine within."""
        self._engine.check_frames(images)

    def follow(
        self,
        images: Sequence[bytes],
        *,
        focus: bool = True,
        pause: Callable[[], None] = no_pause,
    ) -> tuple[Sighting, ...]:
        """As the engine within."""
        return self._engine.follow(images, focus=focus, pause=pause)

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        """As the engine within."""
        return self._engine.glimpse(observation, face)

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        """As the engine within."""
        return self._engine.embed(observation, face, begun=begun)

    def glow(self, observation: Observation, face: Face) -> Glow | None:
        """As the engine within."""
        return self._engine.glow(observation, face)
