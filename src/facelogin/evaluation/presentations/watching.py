"""A face engine that keeps note of what it read, so that rules can be studied afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.calibration import Calibration
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, EngineRef
from facelogin.domain.observation import Face, Glow, Observation, Sighting
from facelogin.domain.ports import FaceEngine

Reading = tuple[float, ...]
"""Of a frame: yaw, pitch (degrees), eyes (pixels), luma, and the nose's shift right and down."""


class WatchedEngine:
    """The engine within, and what it followed since it was last asked."""

    def __init__(self, engine: FaceEngine) -> None:
        self._engine = engine
        self._steps: list[list[Reading]] = []

    def taken(self) -> list[list[Reading]]:
        """Return what was read in each step since the last call."""
        steps, self._steps = self._steps, []
        return steps

    @property
    def ref(self) -> EngineRef:
        """As the engine within."""
        return self._engine.ref

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

    def follow(self, images: Sequence[bytes]) -> tuple[Sighting, ...]:
        """As the engine within, and noted."""
        sightings = self._engine.follow(images)
        self._steps.append([_reading(sighting) for sighting in sightings])
        return sightings

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


def _reading(sighting: Sighting) -> Reading:
    """Return the numbers of one frame; none where it has no face."""
    faces = sighting.observation.faces
    if not faces or faces[0].pose is None:
        return ()
    face, pose, shift = faces[0], faces[0].pose, sighting.shift
    seen = [pose.yaw_deg, pose.pitch_deg, face.eyes_px, face.mean_luma]
    seen += [] if shift is None else [shift.right, shift.down, shift.noise]
    return tuple(round(value, 4) for value in seen)
