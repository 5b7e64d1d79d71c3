"""A face engine that keeps note of what it read, so that rules can be studied afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from facelogin.domain.observation import Sighting
from facelogin.domain.ports import FaceEngine, no_pause
from facelogin.evaluation.engine_within import EngineWithin

Reading = tuple[float, ...]
"""Of a frame: yaw, pitch (degrees), eyes (pixels), luma, and the nose's shift right and down."""


class WatchedEngine(EngineWithin):
    """The engine within, and what it followed since it was last asked."""

    def __init__(self, engine: FaceEngine) -> None:
        super().__init__(engine)
        self._steps: list[list[Reading]] = []

    def taken(self) -> list[list[Reading]]:
        """Return what was read in each step since the last call."""
        steps, self._steps = self._steps, []
        return steps

    def follow(
        self,
        images: Sequence[bytes],
        *,
        focus: bool = True,
        pause: Callable[[], None] = no_pause,
    ) -> tuple[Sighting, ...]:
        """As the engine within, and noted."""
        sightings = super().follow(images, focus=focus, pause=pause)
        self._steps.append([_reading(sighting) for sighting in sightings])
        return sightings


def _reading(sighting: Sighting) -> Reading:
    """Return the numbers of one frame; none where it has no face."""
    faces = sighting.observation.faces
    if not faces or faces[0].pose is None:
        return ()
    face, pose, shift = faces[0], faces[0].pose, sighting.shift
    seen = [pose.yaw_deg, pose.pitch_deg, face.eyes_px, face.mean_luma]
    seen += [] if shift is None else [shift.right, shift.down, shift.noise]
    return tuple(round(value, 4) for value in seen)
