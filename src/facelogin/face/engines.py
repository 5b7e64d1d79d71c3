"""The table of engines: everything in which one recogniser differs from another, in one place.

An engine is a network that turns an aligned face chip into an embedding. Detector, mesh and quality
measures are the same for all of them. ``FACELOGIN_ENGINE`` names a row; an operator's own network
(``custom``) brings a row of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.calibration import Continuity
from facelogin.domain.models import EngineRef, Rgb
from facelogin.face.model_files import ModelFiles

SFACE, DLIB, CUSTOM, REFERENCE = "sface", "dlib", "custom", "reference"
"""The names in ``FACELOGIN_ENGINE``."""

MIN_SHARPNESS = 0.55
"""On the scale of ``quality.sharpness``, where the match rates of the default engine fall: press
photos under a Gaussian that come to .54 to .56 miss 7 % of their genuine pairs (as they were, 2 %),
at .44 to .48 19 %; moved during the exposure, 23 % and 44 % (docs/accuracy.md). 99.7 % of 2,302
press photos with one face are sharper."""


class Alignment(StrEnum):
    """How a face is cut out for a network."""

    ARCFACE112 = "arcface112"
    """112 by 112 pixels, five points on those of ArcFace (Deng et al., 2019)."""
    DLIB150 = "dlib150"
    """150 by 150 pixels, as dlib cuts its chips."""

    @property
    def chip_px(self) -> int:
        """The side of the chip in pixels."""
        return {Alignment.ARCFACE112: 112, Alignment.DLIB150: 150}[self]


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """What a network wants of chips, shape (n, side, side, 3), uint8, red first.

    By default just that. With ``scale`` or ``mean`` set (of the value range 0-255, in the order of
    ``colours``) they become float32: ``(value - mean) * scale``.
    """

    colours: str = "rgb"
    layout: str = "nhwc"
    scale: float | None = None
    mean: tuple[float, float, float] | None = None

    def of(self, chips: NDArray[np.uint8]) -> NDArray[np.uint8] | NDArray[np.float32]:
        """Return the batch as the network wants it."""
        ordered = chips[..., ::-1] if self.colours == "bgr" else chips
        placed = ordered.transpose(0, 3, 1, 2) if self.layout == "nchw" else ordered
        if self.scale is None and self.mean is None:
            return np.ascontiguousarray(placed)
        mean = np.asarray(self.mean or (0.0, 0.0, 0.0), np.float32)
        shape = (1, 3, 1, 1) if self.layout == "nchw" else (1, 1, 1, 3)
        values = placed.astype(np.float32) - mean.reshape(shape)
        return np.ascontiguousarray(values * np.float32(self.scale or 1.0))


@dataclass(frozen=True, slots=True)
class PartialMargins:
    """How far from the threshold the chip alone, its mirror image unseen, decides.

    ``below``: how far below the threshold it must be to match, ``beyond``: how far beyond it not
    to.
    """

    below: float
    beyond: float


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine.

    ``pipeline`` is raised when a change to alignment or input moves embeddings by more than
    rounding; templates carry it, with the version of the weights. ``dimension`` None: the network
    tells. ``unit_norm``: its outputs have norm 1, and anything else is an error. ``centre`` names
    the file with the mean embedding that is taken from each. ``mirror``: an embedding is the mean
    of those of the chip and of its mirror image; ``margins`` belong to that. ``continuity`` None:
    it follows from the thresholds.
    """

    name: str
    id: str
    pipeline: int
    dimension: int | None
    alignment: Alignment
    weights: str | None = None
    centre: str | None = None
    mirror: bool = False
    margins: PartialMargins | None = None
    input: NetworkInput = field(default_factory=NetworkInput)
    unit_norm: bool = False
    min_sharpness: float = MIN_SHARPNESS
    continuity: Continuity | None = None

    def ref(self, version: str) -> EngineRef:
        """Return the name that goes with every embedding, for weights of that version."""
        return EngineRef(self.id, f"{self.pipeline}+{version}")

    def ref_in(self, files: ModelFiles) -> EngineRef:
        """Return that name for the weights of a folder."""
        if self.weights is None:
            raise ValueError(f"the engine {self.name} has no file in a weights folder")
        return self.ref(files.version_of(self.weights))


SFACE_ROW = EngineRow(
    name=SFACE,
    id="sface",
    pipeline=1,
    dimension=128,
    alignment=Alignment.ARCFACE112,
    weights="sface.onnx",
    centre="sface.json",
    # Frames of one real clip lie at most .89 apart, those of two people's clips at least 1.23.
    continuity=Continuity(frontal=1.0, turned=1.08),
)
DLIB_MARGINS = PartialMargins(below=0.03, beyond=0.06)
"""On Labeled Faces in the Wild, folds 1-3, .0146 and .0414 would have been enough for the whole
embedding to say the same (templates of 1 to 5 images, 37 million pairs)."""
DLIB_DIMENSION = 128
DLIB_ROW = EngineRow(
    name=DLIB,
    id="resnet128-mirror",
    pipeline=1,
    dimension=DLIB_DIMENSION,
    alignment=Alignment.DLIB150,
    weights="resnet.onnx",
    mirror=True,
    margins=DLIB_MARGINS,
    # Rendered heads and a few real clips, in one sitting, reach 0.30 up to 40 degrees; two people
    # have a median of 0.56, and 1 % of them come below 0.42.
    continuity=Continuity(frontal=0.30, turned=0.38),
)
REFERENCE_ROW = EngineRow(
    name=REFERENCE,
    id="face-recognition",
    pipeline=1,
    dimension=DLIB_DIMENSION,
    alignment=Alignment.DLIB150,
    continuity=DLIB_ROW.continuity,
)

BUILT_IN: Mapping[str, EngineRow] = {row.name: row for row in (SFACE_ROW, DLIB_ROW)}
"""The engines whose weights come with facelogin, the default first."""


def engine_id(name: str) -> str:
    """Return the id on templates for a name of ``FACELOGIN_ENGINE``; an id is one itself."""
    rows = {**BUILT_IN, REFERENCE: REFERENCE_ROW}
    return rows[name].id if name in rows else name


def mirrored(chip: Rgb) -> Rgb:
    """Return the mirror image of a chip, contiguous."""
    return np.ascontiguousarray(chip[:, ::-1])
