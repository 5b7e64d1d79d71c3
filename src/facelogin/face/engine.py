"""The default face engine: BlazeFace, FaceMesh and dlib's network, mirrored, in ONNX Runtime."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import ImageTooLarge
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, EngineRef, FloatArray, Rgb
from facelogin.domain.observation import Face, Glow, Observation, Sighting
from facelogin.domain.policy import CapturePolicy
from facelogin.face.calibration import (
    MIN_SHARPNESS,
    UNMIRRORED_BELOW,
    UNMIRRORED_BEYOND,
    load_calibration,
)
from facelogin.face.chip import cut_chip
from facelogin.face.decoding import Decoder, InlineDecoder
from facelogin.face.detector import (
    COARSE_PX,
    FINE_PX,
    FINEST_PX,
    SEEN_FROM_PX,
    BlazeFace,
    Detection,
)
from facelogin.face.embedder import Embedder
from facelogin.face.flow import eyes_px
from facelogin.face.following import follow
from facelogin.face.glow import glow
from facelogin.face.mesh import MIN_PRESENCE, FaceMesh, Mesh, five_points
from facelogin.face.model_files import ModelFiles, open_model_files
from facelogin.face.networks import Network, OncePerProcess, give_back_memory
from facelogin.face.pose import head_pose
from facelogin.face.quality import extent, mean_luma, share_outside, sharpness
from facelogin.face.refs import mirror_ref
from facelogin.face.region import region_around

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
    embedder: Embedder


class OnnxFaceEngine:
    """The port FaceEngine over the three networks of a weights folder.

    The box of a face is the extent of its mesh (brow to chin, ear to ear), so widths, light and
    cut-off don't depend on the detector's taste. Networks are loaded on first use, once in each
    process, also after a fork; OpenCV's own threads are turned off then.
    """

    def __init__(
        self,
        *,
        weights_folder: Path | None = None,
        decoder: Decoder | None = None,
        calibration_file: Path | None = None,
        min_relative_width: float = _MIN_RELATIVE_WIDTH,
    ) -> None:
        """Read the manifest of ``weights_folder`` (default: the one in the package).

        Pictures are decoded by ``decoder`` (default: in the calling thread); thresholds are read
        from ``calibration_file`` (default: the one in the package) when they are first needed;
        ``min_relative_width`` 0 keeps every face.

        Raises ConfigurationError where there is no valid manifest.
        """
        self._files = open_model_files(weights_folder)
        self._decoder = decoder or InlineDecoder()
        self._min_relative_width = min_relative_width
        self._calibration = OncePerProcess(lambda: load_calibration(self.ref, calibration_file))
        self._networks = OncePerProcess(lambda: _load(self._files))

    @property
    def ref(self) -> EngineRef:
        """The engine's name, and the versions of its pipeline and its weights."""
        return mirror_ref(self._files)

    @property
    def calibration(self) -> Calibration:
        """The table for these weights. Raises ConfigurationError where there is none."""
        return self._calibration.get()

    @property
    def min_sharpness(self) -> float:
        """The limit on the scale of ``quality.sharpness``."""
        return MIN_SHARPNESS

    def load(self) -> None:
        """Load networks and decoder now. Raises ConfigurationError, as for a damaged file."""
        self._networks.get()
        self._decoder.load()

    def observe(self, image: bytes) -> Observation:
        """Decode one image and describe its faces, the widest first.

        A coarse look is taken first, and finer ones while a second person beside the widest face
        could be too small for it: in most pictures with a face close to the camera, one look is
        all. Where nobody is found, a second look is the last. What a look has found stays found.
        Raises the four image errors of ``images.decode``, or Busy.
        """
        pixels = self._decoder.decode(image)
        return Observation(pixels, self._look(pixels))

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
            return _describe(pixels, 1.0, found, focus=focus)

        look = partial(self._look, focus=focus)
        frames = (self._decode_frame(image) for image in images)
        return tuple(follow(frames, look=look, fit=fit, count=len(images)))

    def _decode_frame(self, image: bytes) -> Rgb:
        pixels = self._decoder.decode(image)
        if pixels.shape[0] * pixels.shape[1] > MAX_FRAME_PIXELS:
            raise ImageTooLarge
        return pixels

    def _look(self, pixels: Rgb, *, focus: bool = True) -> tuple[Face, ...]:
        networks = self._networks.get()
        faces: list[Face] = []
        for long_side in _LOOKS_PX:
            found = self._new_faces(networks, pixels, long_side, known=tuple(faces))
            faces += [_describe(pixels, score, mesh, focus=focus) for score, mesh in found]
            faces.sort(key=lambda face: face.box.width, reverse=True)
            if long_side >= _sufficient_px(faces, pixels):
                break
        return tuple(faces)

    def glimpse(self, observation: Observation, face: Face) -> Glimpse:
        """Return what the face's chip says, its mirror image unseen: half of the work."""
        chip = _chip_of(observation, face)
        return Glimpse(
            self._networks.get().embedder.embed_unmirrored(chip),
            margin_below=UNMIRRORED_BELOW,
            margin_beyond=UNMIRRORED_BEYOND,
        )

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        """Return the embedding of one face: shape (128,), float32, L2 norm 1."""
        unmirrored = None if begun is None else begun.embedding
        chip = _chip_of(observation, face)
        return self._networks.get().embedder.embed(chip, unmirrored=unmirrored)

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


def _describe(pixels: Rgb, score: float, mesh: Mesh, *, focus: bool) -> Face:
    height, width = pixels.shape[:2]
    box = extent(mesh.points)
    landmarks = five_points(mesh.points)
    outside = share_outside(mesh.points, width_px=width, height_px=height)
    chip = cut_chip(pixels, landmarks) if focus else None
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
        chip=chip,
    )


def _chip_of(observation: Observation, face: Face) -> Rgb:
    return cut_chip(observation.pixels, face.landmarks) if face.chip is None else face.chip


def _load(files: ModelFiles) -> _Networks:
    cv2.setNumThreads(1)  # its pool would compete with the workers and doesn't survive a fork
    networks = _Networks(
        detector=BlazeFace(Network(files.checked("blazeface.onnx"))),
        mesh=FaceMesh(Network(files.checked("facemesh.onnx"))),
        embedder=Embedder(Network(files.checked("resnet.onnx"))),
    )
    give_back_memory()
    return networks
