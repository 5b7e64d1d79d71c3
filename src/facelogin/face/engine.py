"""The default face engine: BlazeFace, FaceMesh and dlib's network, mirrored, in ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2

from facelogin.domain.matching import ThresholdTable
from facelogin.domain.models import Embedding, EngineRef, Rgb
from facelogin.domain.observation import Face, Observation
from facelogin.face.calibration import MIN_SHARPNESS, MIRROR_THRESHOLDS
from facelogin.face.chip import cut_chip
from facelogin.face.detector import COARSE_PX, FINE_PX, BlazeFace, Detection
from facelogin.face.embedder import Embedder
from facelogin.face.images import MAX_PIXELS, decode
from facelogin.face.mesh import FaceMesh, Mesh, five_points
from facelogin.face.model_files import ModelFiles, open_model_files
from facelogin.face.networks import Network, OncePerProcess, give_back_memory
from facelogin.face.pose import head_pose
from facelogin.face.quality import extent, mean_luma, share_outside, sharpness

ENGINE_ID = "resnet128-mirror"
PIPELINE_VERSION = 1
"""Raised when a change to the pipeline moves embeddings by more than rounding; templates carry it,
together with the version of the weights."""

_MAX_SHARE_OUTSIDE = 0.02
"""Share of the mesh beyond the border from which a face counts as cut off. 0 for every face of
Labeled Faces in the Wild; .10 and .18 for two portraits cut in half."""
_MIN_RELATIVE_WIDTH = 0.4
"""Faces narrower than this, in widths of the widest, are background. Below the policy's own ratio
for a second person, since the two are taken from different boxes."""
_MAX_CANDIDATES = 16
"""Detections looked at in one picture, so that a crowd can't keep a worker busy."""


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
        max_pixels: int = MAX_PIXELS,
        min_relative_width: float = _MIN_RELATIVE_WIDTH,
    ) -> None:
        """Read the manifest of ``weights_folder`` (default: the one in the package).

        Images of more than ``max_pixels`` are refused; ``min_relative_width`` 0 keeps every face.

        Raises ConfigurationError where there is no valid manifest.
        """
        self._files = open_model_files(weights_folder)
        self._max_pixels = max_pixels
        self._min_relative_width = min_relative_width
        self._networks = OncePerProcess(lambda: _load(self._files))

    @property
    def ref(self) -> EngineRef:
        """The engine's name, and the versions of its pipeline and its weights."""
        return EngineRef(ENGINE_ID, f"{PIPELINE_VERSION}+{self._files.version}")

    @property
    def thresholds(self) -> ThresholdTable:
        """The provisional table of the mirrored pipeline."""
        return MIRROR_THRESHOLDS

    @property
    def min_sharpness(self) -> float:
        """The limit on the scale of ``quality.sharpness``."""
        return MIN_SHARPNESS

    def load(self) -> None:
        """Check and load the networks now. Raises ConfigurationError for a damaged file."""
        self._networks.get()

    def observe(self, image: bytes) -> Observation:
        """Decode one image and describe its faces, the widest first.

        A coarse look finds faces from about a tenth of the longer side; where it finds none, a
        finer one is taken. Raises the four image errors of ``images.decode``.
        """
        networks = self._networks.get()
        pixels = decode(image, max_pixels=self._max_pixels)
        for long_side in (COARSE_PX, FINE_PX):
            if faces := self._faces(networks, pixels, long_side):
                return Observation(pixels, faces)
        return Observation(pixels, ())

    def embed(self, observation: Observation, face: Face) -> Embedding:
        """Return the embedding of one face: shape (128,), float32, L2 norm 1."""
        return self._networks.get().embedder.embed(observation.pixels, face.landmarks)

    def _faces(self, networks: _Networks, pixels: Rgb, long_side: int) -> tuple[Face, ...]:
        faces: list[Face] = []
        least = 0.0
        for detection in networks.detector.detect(pixels, long_side_px=long_side)[:_MAX_CANDIDATES]:
            if detection.box.width < least:
                break
            mesh = networks.mesh.confirm(pixels, detection)
            if mesh is None:
                continue
            least = least or self._min_relative_width * detection.box.width
            faces.append(_describe(pixels, detection, mesh))
        return tuple(sorted(faces, key=lambda face: face.box.width, reverse=True))


def _describe(pixels: Rgb, detection: Detection, mesh: Mesh) -> Face:
    height, width = pixels.shape[:2]
    box = extent(mesh.points)
    landmarks = five_points(mesh.points)
    outside = share_outside(mesh.points, width_px=width, height_px=height)
    return Face(
        box=box,
        score=detection.score,
        landmarks=landmarks,
        mesh=mesh.points,
        pose=head_pose(mesh.points),
        mean_luma=mean_luma(pixels, box),
        sharpness=sharpness(cut_chip(pixels, landmarks)),
        cut_off=outside > _MAX_SHARE_OUTSIDE,
    )


def _load(files: ModelFiles) -> _Networks:
    cv2.setNumThreads(1)  # its pool would compete with the workers and doesn't survive a fork
    networks = _Networks(
        detector=BlazeFace(Network(files.checked("blazeface.onnx"))),
        mesh=FaceMesh(Network(files.checked("facemesh.onnx"))),
        embedder=Embedder(Network(files.checked("resnet.onnx"))),
    )
    give_back_memory()
    return networks
