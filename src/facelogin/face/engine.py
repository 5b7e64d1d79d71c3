"""The face engine: BlazeFace, FaceMesh and a recogniser of the table, in ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2

from facelogin.domain.calibration import Calibration, Continuity
from facelogin.domain.errors import FrameRefused
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, EngineRef, FloatArray, Rgb
from facelogin.domain.observation import Face, Glow, Observation, Sighting
from facelogin.domain.ports import Recogniser, no_pause
from facelogin.face.covering import read_coverings
from facelogin.face.decoding import Decoder, InlineDecoder
from facelogin.face.detector import BlazeFace
from facelogin.face.engines import SFACE_ROW
from facelogin.face.following import follow
from facelogin.face.frame_check import check_frames, check_size
from facelogin.face.glow import glow
from facelogin.face.mesh import MIN_PRESENCE, FaceMesh
from facelogin.face.model_files import ModelFiles, open_model_files
from facelogin.face.networks import Network, OncePerProcess, give_back_memory
from facelogin.face.recogniser import DefaultRecogniser, recogniser_in
from facelogin.face.region import region_around, region_within
from facelogin.face.search import Networks, Search, describe
from facelogin.face.second_look import SecondLook
from facelogin.face.turning import observe_upright
from facelogin.face.yunet import YuNet

_MIN_RELATIVE_WIDTH = 0.4
"""Faces narrower than this, in widths of the widest, are background. Below the policy's own ratio
for a second person, since the two are taken from different boxes."""


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

    def check_frames(self, images: Sequence[bytes]) -> None:
        """Judge the frames of a step by their headers. See ``frame_check.check_frames``."""
        check_frames(images)

    def follow(
        self,
        images: Sequence[bytes],
        *,
        focus: bool = True,
        pause: Callable[[], None] = no_pause,
    ) -> tuple[Sighting, ...]:
        """Describe the frames of one step, in their order, following one face through them.

        Without ``focus`` no chip is cut and ``sharpness`` is NaN: a twelfth of the work less. The
        second look is then taken only where there is more than one face.

        Raises the four image errors of ``images.decode``, FrameRefused, or Busy.
        """
        networks = self._networks.get()

        def fit(pixels: Rgb, mesh: FloatArray) -> Face | None:
            found = networks.mesh.fit(pixels, region_around(mesh))
            if found.presence <= MIN_PRESENCE:
                return None
            second = networks.second if focus else None
            return describe(pixels, 1.0, found, second=second, focus=focus)

        look = partial(self._look, focus=focus)
        frames = self._decoded(images, pause)
        return tuple(follow(frames, look=look, fit=fit, count=len(images), strict=focus))

    def _decoded(self, images: Sequence[bytes], pause: Callable[[], None]) -> Iterator[Rgb]:
        """Yield the pixels of each frame. What a header said is judged again by what there is."""
        size: tuple[int, ...] | None = None
        for image in images:
            if size is not None:
                pause()
            pixels = self._decoder.decode(image)
            height, width, _ = pixels.shape
            check_size(width, height)
            if size not in {None, pixels.shape}:  # turned as EXIF says, or by a second header
                raise FrameRefused(detail=FrameRefused.SIZES_DIFFER)
            size = pixels.shape
            yield pixels

    def confirmed(self, pixels: Rgb, face: Face) -> Face:
        """Return a face that another detector found upright, with what a second look says of it."""
        networks = self._networks.get()
        mesh = networks.mesh.fit(pixels, region_within(face.box, face.landmarks))
        if mesh.presence <= MIN_PRESENCE:
            return replace(face, human=False)
        opinion = networks.second.opinion(pixels, mesh.points)
        return replace(face, human=opinion.human, covered=opinion.covered)

    def _look(self, pixels: Rgb, *, focus: bool = True) -> tuple[Face, ...]:
        least = self._min_relative_width
        return Search(self._networks.get(), pixels, focus, least).faces()

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


def _load(files: ModelFiles) -> Networks:
    cv2.setNumThreads(1)  # its pool would compete with the workers and doesn't survive a fork
    return Networks(
        detector=BlazeFace(Network(files.checked("blazeface.onnx"))),
        mesh=FaceMesh(Network(files.checked("facemesh.onnx"))),
        second=SecondLook(YuNet(Network(files.checked("yunet.onnx"))), read_coverings()),
    )
