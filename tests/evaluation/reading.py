"""What the engine reads of rendered frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facelogin.domain.models import Embedding, Rgb
from facelogin.domain.observation import Face, Pose, Shift
from facelogin.evaluation.pad.motions import SIGNS
from facelogin.evaluation.pad.performances import Shot
from facelogin.evaluation.pad.webcam import decoded, encoded
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.flow import Flow


@dataclass(frozen=True)
class Asked:
    """A step: straight without a direction."""

    direction: str | None = None


STRAIGHT = Asked()


@dataclass(frozen=True)
class Reader:
    engine: OnnxFaceEngine

    def face(self, frame: Rgb | Shot) -> Face:
        jpeg = frame.jpeg if isinstance(frame, Shot) else encoded(frame, 95)
        (only,) = self.engine.observe(jpeg).faces
        return only

    def pose(self, frame: Rgb | Shot) -> Pose:
        pose = self.face(frame).pose
        assert pose is not None
        return pose

    def mesh(self, frame: Rgb | Shot) -> np.ndarray:
        mesh = self.face(frame).mesh
        assert mesh is not None
        return mesh

    def embedding(self, shot: Shot) -> Embedding:
        seen = self.engine.observe(shot.jpeg)
        return self.engine.embed(seen, seen.faces[0])

    def turned(self, shots: Sequence[Shot], direction: str) -> list[float]:
        """How far each frame is turned that way from the first, degrees."""
        yaw, pitch = SIGNS[direction]
        poses = [self.pose(shot) for shot in shots]
        return [
            yaw * (pose.yaw_deg - poses[0].yaw_deg) + pitch * (pose.pitch_deg - poses[0].pitch_deg)
            for pose in poses
        ]

    def nose_shift(self, frames: Sequence[Rgb]) -> Shift:
        """How far the nose has left the plane of the face from the first frame to the last."""
        flow = Flow(frames[0], self.mesh(frames[0]))
        shifts = [flow.follow(frame) for frame in frames[1:]]
        last = shifts[-1]
        assert last is not None
        return last


def pictures(shots: Sequence[Shot]) -> list[Rgb]:
    return [decoded(shot.jpeg) for shot in shots]
