"""The ``face_recognition`` library as an engine: for comparison and for templates made with it."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
from PIL import ImageFile

from facelogin.domain.calibration import Calibration, Continuity
from facelogin.domain.errors import ConfigurationError
from facelogin.domain.matching import Glimpse, normalise
from facelogin.domain.models import Embedding, EngineRef, FloatArray, Rgb
from facelogin.domain.observation import Box, Face, Glow, Observation, Sighting
from facelogin.domain.ports import Recogniser, no_pause
from facelogin.face.calibration import load_calibration
from facelogin.face.chip import cut_chip
from facelogin.face.decoding import Decoder, InlineDecoder
from facelogin.face.engine import OnnxFaceEngine
from facelogin.face.engines import DLIB_DIMENSION, REFERENCE_ROW
from facelogin.face.networks import OncePerProcess
from facelogin.face.quality import exposure, mean_luma, sharpness
from facelogin.face.recogniser import continuity_of
from facelogin.face.refs import INSTALL_REFERENCE, reference_ref
from facelogin.face.turning import observe_upright

_Location = tuple[int, int, int, int]
"""Top, right, bottom, left: the library's order."""


@dataclass(frozen=True, slots=True)
class _Library:
    """The imported module, and the lock that serialises its calls: it shares dlib objects."""

    module: ModuleType
    lock: threading.Lock


class ReferenceRecogniser:
    """The port Recogniser over face_recognition's defaults: five points, one chip.

    One call at a time.
    """

    def __init__(self, *, calibration_file: Path | None = None) -> None:
        """Find the library without importing it.

        Thresholds are read from ``calibration_file`` (default: the one in the package) when first
        needed. Raises ConfigurationError, with the lines that install it, if the library is
        missing.
        """
        self._ref = reference_ref()
        self._calibration = OncePerProcess(lambda: load_calibration(self._ref, calibration_file))
        self._library = OncePerProcess(_open_library)

    @property
    def ref(self) -> EngineRef:
        """The engine's name, and the versions of this adapter and of the library."""
        return self._ref

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has."""
        return DLIB_DIMENSION

    @property
    def calibration(self) -> Calibration:
        """The table for this version of the library. Raises ConfigurationError without one."""
        return self._calibration.get()

    @property
    def continuity(self) -> Continuity:
        """How far apart embeddings of one live capture may lie."""
        return REFERENCE_ROW.continuity or continuity_of(self.calibration)

    @property
    def min_sharpness(self) -> float:
        """The limit on the scale of ``quality.sharpness``, which is every engine's."""
        return REFERENCE_ROW.min_sharpness

    def load(self) -> None:
        """Import the library and its models. Raises ConfigurationError."""
        self._library.get()

    def find(self, pixels: Rgb) -> list[tuple[_Location, FloatArray]]:
        """Return where the library sees faces, and the five points of each in dlib's order."""
        library = self._library.get()
        with library.lock:
            locations = library.module.face_locations(pixels)
            found = library.module.face_landmarks(pixels, locations, model="small")
        return [(at, _in_order(points)) for at, points in zip(locations, found, strict=True)]

    def glimpse(self, observation: Observation, face: Face) -> None:
        """Return None: the library embeds a face whole or not at all."""

    def embed(
        self,
        observation: Observation,
        face: Face,
        *,
        begun: Glimpse | None = None,  # noqa: ARG002 - there is none
    ) -> Embedding:
        """Return the embedding of one face: shape (128,), float32, L2 norm 1.

        The library places its points within the box that it is given, be it its own detector's
        (tighter) or the extent of a mesh.
        """
        library = self._library.get()
        box = face.box
        edges = (box.y, box.x + box.width, box.y + box.height, box.x)
        location = tuple(round(edge) for edge in edges)
        with library.lock:
            (encoding,) = library.module.face_encodings(
                observation.pixels, [location], model="small"
            )
        return normalise(np.asarray(encoding))


class ReferenceFaceEngine:
    """The port FaceEngine over face_recognition's defaults: HOG detector, five points, one chip.

    No mesh, so no pose; no detection scores (every score is 1.0).
    """

    others: Sequence[Recogniser] = ()

    def __init__(
        self, *, decoder: Decoder | None = None, calibration_file: Path | None = None
    ) -> None:
        """Find the library without importing it; arguments and errors as the recogniser's.

        Pictures are decoded by ``decoder`` (default: in the calling thread).
        """
        self._recogniser = ReferenceRecogniser(calibration_file=calibration_file)
        self._decoder = decoder or InlineDecoder()
        self._follower = OncePerProcess(lambda: OnnxFaceEngine(decoder=self._decoder))

    @property
    def ref(self) -> EngineRef:
        """The engine's name, and the versions of this adapter and of the library."""
        return self._recogniser.ref

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has."""
        return self._recogniser.dimension

    @property
    def calibration(self) -> Calibration:
        """The table for this version of the library. Raises ConfigurationError without one."""
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
        """Import the library and its models, load the decoder. Raises ConfigurationError."""
        self._recogniser.load()
        self._decoder.load()

    def observe(self, image: bytes) -> Observation:
        """Decode one image and describe its faces, the widest first.

        Only those that the default engine's second look confirms; see ``turning``. Raises the four
        image errors of ``images.decode``, or Busy.
        """
        return observe_upright(self._decoder.decode(image), self._look)

    def _look(self, pixels: Rgb) -> tuple[Face, ...]:
        confirmed = self._follower.get().confirmed
        found = [_describe(pixels, *one) for one in self._recogniser.find(pixels)]
        faces = [confirmed(pixels, face) for face in found]
        return tuple(sorted(faces, key=_width, reverse=True))

    def check_frames(self, images: Sequence[bytes]) -> None:
        """As the default engine does, which follows them."""
        self._follower.get().check_frames(images)

    def follow(
        self,
        images: Sequence[bytes],
        *,
        focus: bool = True,
        pause: Callable[[], None] = no_pause,
    ) -> tuple[Sighting, ...]:
        """Describe the frames of one step through the default engine's mesh: this one has none.

        Raises the four image errors of ``images.decode``, or Busy.
        """
        return self._follower.get().follow(images, focus=focus, pause=pause)

    def glow(self, observation: Observation, face: Face) -> Glow | None:
        """Return the colour of a face that ``follow`` described."""
        return self._follower.get().glow(observation, face)

    def glimpse(self, observation: Observation, face: Face) -> None:
        """Return None: the library embeds a face whole or not at all."""

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        """Return the embedding of one face: shape (128,), float32, L2 norm 1."""
        return self._recogniser.embed(observation, face, begun=begun)


def _open_library() -> _Library:
    """Import the models first: without them the library prints advice and ends the process."""
    try:
        importlib.import_module("face_recognition_models")
        module = importlib.import_module("face_recognition")
    except (ImportError, SystemExit) as error:
        raise ConfigurationError(f"{INSTALL_REFERENCE} ({error})") from error
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # the library turns it on for the whole process
    cv2.setNumThreads(1)  # as in the default engine
    return _Library(module, threading.Lock())


def _in_order(points: dict[str, list[tuple[int, int]]]) -> FloatArray:
    """Put the library's named points in dlib's order, shape (5, 2)."""
    return np.array(points["right_eye"] + points["left_eye"] + points["nose_tip"], np.float32)


def _describe(pixels: Rgb, location: _Location, landmarks: FloatArray) -> Face:
    top, right, bottom, left = location
    height, width = pixels.shape[:2]
    box = Box(float(left), float(top), float(right - left), float(bottom - top))
    exposed = exposure(pixels, box)
    return Face(
        box=box,
        score=1.0,
        landmarks=landmarks,
        mesh=None,
        pose=None,
        mean_luma=mean_luma(pixels, box),
        sharpness=sharpness(cut_chip(pixels, landmarks)),
        contrast_to_noise=exposed.contrast_to_noise,
        clipped=exposed.clipped,
        cut_off=left <= 0 or top <= 0 or right >= width or bottom >= height,
    )


def _width(face: Face) -> float:
    return face.box.width
