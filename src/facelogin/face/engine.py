"""The face engine: BlazeFace, FaceMesh and a recogniser of the table, in ONNX Runtime."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2

from facelogin.domain.calibration import Calibration, Continuity
from facelogin.domain.errors import ImageTooLarge
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, EngineRef, FloatArray, Rgb
from facelogin.domain.observation import Face, Glow, Observation, Sighting
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import Recogniser
from facelogin.face.chip import cut_chip
from facelogin.face.covering import read_coverings
from facelogin.face.decoding import Decoder, InlineDecoder
from facelogin.face.detector import (
    COARSE_PX,
    FINE_PX,
    FINEST_PX,
    SEEN_FROM_PX,
    BlazeFace,
    Detection,
)
from facelogin.face.engines import SFACE_ROW
from facelogin.face.flow import eyes_px
from facelogin.face.following import follow
from facelogin.face.glow import glow
from facelogin.face.mesh import MIN_PRESENCE, FaceMesh, Mesh, five_points
from facelogin.face.model_files import ModelFiles, open_model_files
from facelogin.face.networks import Network, OncePerProcess, give_back_memory
from facelogin.face.pose import head_pose
from facelogin.face.quality import exposure, extent, mean_luma, share_outside, sharpness
from facelogin.face.recogniser import DefaultRecogniser, recogniser_in
from facelogin.face.region import region_around, region_within
from facelogin.face.second_look import Opinion, SecondLook
from facelogin.face.turning import observe_upright
from facelogin.face.yunet import YuNet

_MAX_SHARE_OUTSIDE = 0.02
"""Share of the mesh beyond the border from which a face counts as cut off. 0 for every face of
Labeled Faces in the Wild; .10 and .18 for two portraits cut in half."""
_MIN_RELATIVE_WIDTH = 0.4
"""Faces narrower than this, in widths of the widest, are background. Below the policy's own ratio
for a second person, since the two are taken from different boxes."""
_SECOND_PERSON = CapturePolicy().second_face_ratio
"""The least relative width of a face that must not be missed beside another one."""
_LOOKS_PX = (COARSE_PX, FINE_PX, FINEST_PX)
MAX_FRAME_PIXELS = 1_310_720
"""Of a frame of a live capture: 1280 by 1024. Several are looked at for one step."""
_MAX_CANDIDATES = 16
"""Detections examined in one look, so that a crowd can't keep a worker busy."""


@dataclass(frozen=True, slots=True)
class _Networks:
    detector: BlazeFace
    mesh: FaceMesh
    second: SecondLook


class OnnxFaceEngine:
    """The port FaceEngine over the detector and mesh of a weights folder, and a recogniser.

    The box of a face is the extent of its mesh (brow to chin, ear to ear), so widths, light and
    cut-off don't depend on the detector's taste. Networks are loaded on first use, once in each
    process, also after a fork; OpenCV's own threads are turned off then.
    """

    def __init__(
        self,
        *,
        weights_folder: Path | None = None,
        decoder: Decoder | None = None,
        recogniser: DefaultRecogniser | None = None,
        others: Sequence[Recogniser] = (),
        min_relative_width: float = _MIN_RELATIVE_WIDTH,
    ) -> None:
        """Read the manifest of ``weights_folder`` (default: the one in the package).

        Pictures are decoded by ``decoder`` (default: in the calling thread) and embedded by
        ``recogniser`` (default: SFace of that folder); ``others`` run beside it, because templates
        of theirs are in the store. ``min_relative_width`` 0 keeps every face.

        Raises ConfigurationError if there is no valid manifest.
        """
        self._files = open_model_files(weights_folder)
        self._decoder = decoder or InlineDecoder()
        self._recogniser = recogniser or recogniser_in(self._files, SFACE_ROW)
        self._others = tuple(others)
        self._min_relative_width = min_relative_width
        self._networks = OncePerProcess(lambda: _load(self._files))

    @property
    def ref(self) -> EngineRef:
        """The engine's name, and the versions of its pipeline and its weights."""
        return self._recogniser.ref

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has."""
        return self._recogniser.dimension

    @property
    def others(self) -> Sequence[Recogniser]:
        """Further recognisers, because templates of theirs are in the store."""
        return self._others

    @property
    def calibration(self) -> Calibration:
        """The table for these weights. Raises ConfigurationError if there is none."""
        return self._recogniser.calibration

    @property
    def continuity(self) -> Continuity:
        """How far apart embeddings of one live capture may lie."""
        return self._recogniser.continuity

    @property
    def min_sharpness(self) -> float:
        """The limit on the scale of ``quality.sharpness``."""
        return self._recogniser.min_sharpness

    def load(self) -> None:
        """Load networks and decoder now. Raises ConfigurationError, as for a damaged file."""
        self._networks.get()
        for recogniser in (self._recogniser, *self._others):
            recogniser.load()
        self._decoder.load()
        give_back_memory()

    def observe(self, image: bytes) -> Observation:
        """Decode one image and describe its faces, the widest first.

        A coarse look is taken first, and finer ones while a second person beside the widest face
        could be too small for it: in most pictures with a face close to the camera, one look is
        all. Where nobody is found, a second look is the last. What a look has found stays found.

        Faces that a second network doesn't confirm are left out; if none is left, the picture is
        turned (see ``turning``). Raises the four image errors of ``images.decode``, or Busy.
        """
        return observe_upright(self._decoder.decode(image), self._look)

    def follow(self, images: Sequence[bytes], *, focus: bool = True) -> tuple[Sighting, ...]:
        """Describe the frames of one step, in their order, following one face through them.

        Without ``focus`` no chip is cut and ``sharpness`` is NaN: a twelfth of the work less.

        Raises the four image errors of ``images.decode``, or Busy.
        """
        networks = self._networks.get()

        def fit(pixels: Rgb, mesh: FloatArray) -> Face | None:
            found = networks.mesh.fit(pixels, region_around(mesh))
            if found.presence <= MIN_PRESENCE:
                return None
            return _describe(pixels, 1.0, found, second=networks.second if focus else None)

        look = partial(self._look, focus=focus)
        frames = (self._decode_frame(image) for image in images)
        return tuple(follow(frames, look=look, fit=fit, count=len(images)))

    def _decode_frame(self, image: bytes) -> Rgb:
        pixels = self._decoder.decode(image)
        if pixels.shape[0] * pixels.shape[1] > MAX_FRAME_PIXELS:
            raise ImageTooLarge
        return pixels

    def confirmed(self, pixels: Rgb, face: Face) -> Face:
        """Return a face that another detector found upright, with what a second look says of it."""
        networks = self._networks.get()
        mesh = networks.mesh.fit(pixels, region_within(face.box, face.landmarks))
        if mesh.presence <= MIN_PRESENCE:
            return replace(face, human=False)
        opinion = networks.second.opinion(pixels, mesh.points)
        return replace(face, human=opinion.human, covered=opinion.covered)

    def _look(self, pixels: Rgb, *, focus: bool = True) -> tuple[Face, ...]:
        networks = self._networks.get()
        second = networks.second if focus else None
        faces: list[Face] = []
        for long_side in _LOOKS_PX:
            found = self._new_faces(networks, pixels, long_side, known=tuple(faces))
            faces += [_describe(pixels, score, mesh, second=second) for score, mesh in found]
            faces.sort(key=lambda face: face.box.width, reverse=True)
            if long_side >= _sufficient_px(faces, pixels):
                break
        return tuple(faces)

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        """Return a cheaper part of the embedding, if the recogniser has one."""
        return self._recogniser.glimpse(observation, face)

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        """Return the embedding of one face: shape (dimension,), float32, L2 norm 1."""
        return self._recogniser.embed(observation, face, begun=begun)

    def glow(self, observation: Observation, face: Face) -> Glow | None:
        """Return the colour of one face and of what is beside it, None where it can't be told."""
        return None if face.mesh is None else glow(observation.pixels, face.mesh, face.box)

    def _new_faces(
        self, networks: _Networks, pixels: Rgb, long_side: int, *, known: tuple[Face, ...]
    ) -> list[tuple[float, Mesh]]:
        """Return what a look finds beside the faces that are known: scores and meshes."""
        detections = networks.detector.detect(pixels, long_side_px=long_side)
        new = [one for one in detections if not any(_centred_in(one, face) for face in known)]
        found: list[tuple[float, Mesh]] = []
        least = self._min_relative_width * known[0].box.width if known else 0.0
        for detection in new[:_MAX_CANDIDATES]:
            if detection.box.width < least:
                break
            mesh = networks.mesh.confirm(pixels, detection)
            if mesh is None:
                continue
            least = max(least, self._min_relative_width * detection.box.width)
            found.append((detection.score, mesh))
        return found


def _sufficient_px(faces: Sequence[Face], pixels: Rgb) -> float:
    """Return the look (its long side) that shows a second person beside the first of ``faces``."""
    if not faces:
        return FINE_PX
    long_side: int = max(pixels.shape[:2])
    smallest = max(_SECOND_PERSON * faces[0].box.width, 1e-9)
    return SEEN_FROM_PX * long_side / smallest


def _centred_in(detection: Detection, face: Face) -> bool:
    """Return whether a detection is of a face that another look has described already."""
    box, seen = detection.box, face.box
    right_of_left = box.x + box.width / 2 - seen.x
    below_top = box.y + box.height / 2 - seen.y
    return 0 <= right_of_left <= seen.width and 0 <= below_top <= seen.height


def _describe(pixels: Rgb, score: float, mesh: Mesh, *, second: SecondLook | None) -> Face:
    """Describe a face; without ``second`` it is neither cut out nor confirmed."""
    height, width = pixels.shape[:2]
    box = extent(mesh.points)
    exposed = exposure(pixels, box)
    landmarks = five_points(mesh.points)
    outside = share_outside(mesh.points, width_px=width, height_px=height)
    chip = None if second is None else cut_chip(pixels, landmarks)
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


def _load(files: ModelFiles) -> _Networks:
    cv2.setNumThreads(1)  # its pool would compete with the workers and doesn't survive a fork
    return _Networks(
        detector=BlazeFace(Network(files.checked("blazeface.onnx"))),
        mesh=FaceMesh(Network(files.checked("facemesh.onnx"))),
        second=SecondLook(YuNet(Network(files.checked("yunet.onnx"))), read_coverings()),
    )
