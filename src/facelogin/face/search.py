"""Searches a picture for faces, coarsely first, and more finely while somebody could be missed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from facelogin.domain.models import Rgb
from facelogin.domain.observation import Box, Face
from facelogin.domain.policy import CapturePolicy
from facelogin.face.chip import cut_chip
from facelogin.face.detector import (
    COARSE_PX,
    FINE_PX,
    FINEST_PX,
    SEEN_FROM_PX,
    BlazeFace,
    Detection,
)
from facelogin.face.flow import eyes_px
from facelogin.face.mesh import FaceMesh, Mesh, five_points
from facelogin.face.overlap import corners, overlap
from facelogin.face.pose import head_pose
from facelogin.face.quality import exposure, extent, mean_luma, share_outside, sharpness
from facelogin.face.second_look import Opinion, SecondLook

_MAX_SHARE_OUTSIDE = 0.02
"""Share of the mesh beyond the border from which a face counts as cut off. 0 for every face of
Labeled Faces in the Wild; .10 and .18 for two portraits cut in half."""
_SECOND_PERSON = CapturePolicy().second_face_ratio
"""The least relative width of a face that must not be missed beside another one."""
_LOOKS_PX = (COARSE_PX, FINE_PX, FINEST_PX)
_MAX_CANDIDATES = 16
"""Detections examined in one look, so that a crowd can't keep a worker busy."""
_SAME_PLACE_IOU = 0.5
"""From which a finer look has found again what is known to be no face."""


@dataclass(frozen=True, slots=True)
class Networks:
    """What faces are found and confirmed with."""

    detector: BlazeFace
    mesh: FaceMesh
    second: SecondLook


@dataclass(slots=True)
class Search:
    """One search of one picture.

    Only faces that the second look confirms say how finely to look, hide what lies within them and
    make narrower ones background: a dog or a pattern must not keep a person from being found.

    Without ``focus`` no chip is cut, and the second look is asked only once there is something
    beside the first face; till then that counts as confirmed. ``min_relative_width`` is the least
    width of a face, in widths of the widest one.
    """

    networks: Networks
    pixels: Rgb
    focus: bool
    min_relative_width: float
    _faces: list[Face] = field(default_factory=list)
    _unasked: bool = False
    """Whether the only face is one of which no second look was taken."""
    _no_faces: list[Box] = field(default_factory=list)

    def faces(self) -> tuple[Face, ...]:
        """Return every face, ``human`` or not, the widest first."""
        for long_side in _LOOKS_PX:
            self._look(long_side)
            if long_side >= self._sufficient_px():
                break
        return tuple(sorted(self._faces, key=_width, reverse=True))

    def _look(self, long_side: int) -> None:
        """Add what a look finds beside the faces that are known."""
        known = tuple(self._faces)
        found = self.networks.detector.detect(self.pixels, long_side_px=long_side)
        new = [one for one in found if not self._is_known(one, known)]
        for detection in new[:_MAX_CANDIDATES]:
            if self._unasked:
                self._ask()
            if detection.box.width < self.min_relative_width * self._widest():
                break
            mesh = self.networks.mesh.confirm(self.pixels, detection)
            if mesh is not None:
                self._add(detection, mesh)

    def _add(self, detection: Detection, mesh: Mesh) -> None:
        first = not self.focus and not self._faces
        second = None if first else self.networks.second
        face = describe(self.pixels, detection.score, mesh, second=second, focus=self.focus)
        self._faces.append(face)
        self._unasked = first
        if not face.human:
            self._no_faces.append(detection.box)

    def _ask(self) -> None:
        """Take the second look at the only face, since it may not stay the only one."""
        (face,) = self._faces
        self._unasked = False
        if face.mesh is not None:
            opinion = self.networks.second.opinion(self.pixels, face.mesh)
            self._faces = [replace(face, human=opinion.human, covered=opinion.covered)]

    def _is_known(self, detection: Detection, faces: Sequence[Face]) -> bool:
        """Return whether an earlier look has described what a detection shows."""
        if self._no_faces:
            places = np.stack([corners(box) for box in self._no_faces])
            if overlap(places, corners(detection.box)).max() > _SAME_PLACE_IOU:
                return True
        return any(face.human and _centred_in(detection, face) for face in faces)

    def _widest(self) -> float:
        """Return the width of the widest person, 0 if there is none yet."""
        return max((face.box.width for face in self._faces if face.human), default=0.0)

    def _sufficient_px(self) -> float:
        """Return the look (its long side) that shows a second person beside the widest."""
        widest = self._widest()
        if not widest:
            return FINE_PX
        long_side: int = max(self.pixels.shape[:2])
        return SEEN_FROM_PX * long_side / max(_SECOND_PERSON * widest, 1e-9)


def describe(
    pixels: Rgb, score: float, mesh: Mesh, *, second: SecondLook | None, focus: bool
) -> Face:
    """Describe a face: without ``second`` it isn't confirmed, without ``focus`` not cut out."""
    height, width = pixels.shape[:2]
    box = extent(mesh.points)
    exposed = exposure(pixels, box)
    landmarks = five_points(mesh.points)
    outside = share_outside(mesh.points, width_px=width, height_px=height)
    chip = cut_chip(pixels, landmarks) if focus else None
    opinion = Opinion(human=True) if second is None else second.opinion(pixels, mesh.points)
    return Face(
        box=box,
        score=score,
        landmarks=landmarks,
        mesh=mesh.points,
        pose=head_pose(mesh.points),
        mean_luma=mean_luma(pixels, box),
        sharpness=math.nan if chip is None else sharpness(chip),
        cut_off=outside > _MAX_SHARE_OUTSIDE,
        eyes_px=eyes_px(mesh.points),
        contrast_to_noise=exposed.contrast_to_noise,
        clipped=exposed.clipped,
        chip=chip,
        human=opinion.human,
        covered=opinion.covered,
    )


def _width(face: Face) -> float:
    return face.box.width


def _centred_in(detection: Detection, face: Face) -> bool:
    """Return whether a detection is of a face that another look has described already."""
    box, seen = detection.box, face.box
    right_of_left = box.x + box.width / 2 - seen.x
    below_top = box.y + box.height / 2 - seen.y
    return 0 <= right_of_left <= seen.width and 0 <= below_top <= seen.height
