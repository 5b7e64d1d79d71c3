"""A recogniser of the table: aligns a face, runs the network, normalises."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.calibration import TARGET_FMR, Calibration, Continuity
from facelogin.domain.errors import ConfigurationError, ImageUnreadable
from facelogin.domain.matching import Glimpse, fuse, normalise
from facelogin.domain.models import Embedding, EngineRef, Rgb
from facelogin.domain.observation import Face, Observation
from facelogin.face.arcface_chip import cut_arcface_chip
from facelogin.face.calibration import load_calibration
from facelogin.face.centres import read_centre
from facelogin.face.chip import cut_chip
from facelogin.face.engines import Alignment, EngineRow, mirrored
from facelogin.face.model_files import ModelFiles
from facelogin.face.networks import Network, OncePerProcess

_TURNED_FMR = 1e-3
_UNIT_NORM_TOLERANCE = 1e-3

_log = logging.getLogger(__name__)


class DefaultRecogniser(Protocol):
    """A recogniser that an engine can be built around; see the port FaceEngine."""

    @property
    def ref(self) -> EngineRef: ...  # noqa: D102 - as in the port
    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def calibration(self) -> Calibration: ...  # noqa: D102
    @property
    def continuity(self) -> Continuity: ...  # noqa: D102
    @property
    def min_sharpness(self) -> float: ...  # noqa: D102
    def load(self) -> None: ...  # noqa: D102
    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None: ...  # noqa: D102
    def embed(  # noqa: D102
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding: ...


class OnnxRecogniser:
    """The port Recogniser over one network of the table. Holds no state between calls."""

    def __init__(
        self,
        row: EngineRow,
        ref: EngineRef,
        *,
        load_network: Callable[[], Network],
        calibration_file: Path | None = None,
    ) -> None:
        """Keep how to load the network, which is done once in each process.

        Thresholds are read from ``calibration_file`` (default: the one in the package) when they
        are first needed.
        """
        self._row = row
        self._ref = ref
        self._network = OncePerProcess(load_network)
        self._centre = None if row.centre is None else read_centre(row.centre)
        self._calibration = OncePerProcess(lambda: load_calibration(ref, calibration_file))

    @property
    def ref(self) -> EngineRef:
        """The engine's name, and the versions of its pipeline and its weights."""
        return self._ref

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has. Loads a network that alone knows it."""
        known = self._row.dimension
        return self._network.get().dimension if known is None else known

    @property
    def calibration(self) -> Calibration:
        """The table for these weights. Raises ConfigurationError if there is none."""
        return self._calibration.get()

    @property
    def continuity(self) -> Continuity:
        """How far apart embeddings of one live capture may lie."""
        return self._row.continuity or continuity_of(self.calibration)

    @property
    def min_sharpness(self) -> float:
        """The limit on the scale of ``quality.sharpness``."""
        return self._row.min_sharpness

    def load(self) -> None:
        """Load the network now. Raises ConfigurationError, as for a damaged file."""
        self._network.get()

    def glimpse(self, observation: Observation, face: Face) -> Glimpse | None:
        """Return what the chip says, its mirror image unseen; None without a mirror image."""
        margins = self._row.margins
        if margins is None:
            return None
        embedding = self._of_chips(self._chip(observation, face)[None])[0]
        return Glimpse(embedding, margin_below=margins.below, margin_beyond=margins.beyond)

    def embed(
        self, observation: Observation, face: Face, *, begun: Glimpse | None = None
    ) -> Embedding:
        """Return the embedding of one face: shape (dimension,), float32, L2 norm 1.

        With a mirror image, both outputs are normalised before they are averaged, so neither weighs
        more. As one batch they cost less than one by one; what ``begun`` holds is not made again.

        Raises ImageUnreadable if the network makes no embedding of this face.
        """
        chip = self._chip(observation, face)
        if not self._row.mirror:
            return self._of_chips(chip[None])[0]
        if begun is not None:
            return self._fused([begun.embedding, *self._of_chips(mirrored(chip)[None])])
        return self._fused(self._of_chips(np.stack([chip, mirrored(chip)])))

    def _of_chips(self, chips: NDArray[np.uint8]) -> list[Embedding]:
        outputs = self._network.get().run(self._row.input.of(chips))
        (found,) = outputs.values()
        with self._refusing():
            units = [embedding_of(one, unit_norm=self._row.unit_norm) for one in found]
            if self._centre is None:
                return units
            return [normalise(one - self._centre) for one in units]

    def _fused(self, embeddings: Sequence[Embedding]) -> Embedding:
        with self._refusing():
            return fuse(embeddings)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn an output that is no embedding into a refusal of the picture, told in the log.

        Another picture may do; that some don't is for the operator to know.
        """
        try:
            yield
        except ValueError as error:
            _log.error(
                "a network made no embedding of a face",
                extra={"engine": self._ref.id, "reason": str(error)},
            )
            raise ImageUnreadable from error

    def _chip(self, observation: Observation, face: Face) -> Rgb:
        if self._row.alignment is Alignment.DLIB150:
            cut = face.chip
            return cut_chip(observation.pixels, face.landmarks) if cut is None else cut
        if face.mesh is None:
            raise ConfigurationError(f"The engine {self._ref.id} needs faces with a mesh.")
        return cut_arcface_chip(observation.pixels, face.mesh)


def embedding_of(output: NDArray[np.float32], *, unit_norm: bool) -> Embedding:
    """Return one output of a network as an embedding.

    Raises ValueError for one that is zero or not finite; with ``unit_norm`` for one that has not
    norm 1.
    """
    embedding = normalise(output)
    norm = float(np.linalg.norm(output.astype(np.float64)))
    if unit_norm and abs(norm - 1) > _UNIT_NORM_TOLERANCE:
        raise ValueError(f"an embedding has norm {norm:.4g}, not 1")
    return embedding


def recogniser_in(
    files: ModelFiles, row: EngineRow, *, calibration_file: Path | None = None
) -> OnnxRecogniser:
    """Return the recogniser of this row with the weights of a folder, not loaded yet."""
    weights = row.weights
    if weights is None:
        raise ValueError(f"the engine {row.name} has no file in a weights folder")
    return OnnxRecogniser(
        row,
        row.ref_in(files),
        load_network=lambda: Network(files.checked(weights)),
        calibration_file=calibration_file,
    )


def continuity_of(calibration: Calibration) -> Continuity:
    """Return limits for an engine of which no clips were measured: single images' thresholds.

    Frames of one sitting lie nearer to one another than pictures of different days, for which
    those hold.
    """
    lowest = calibration.lowest_fmr(enrolled=1, probe=1)
    frontal, turned = (
        calibration.threshold(target_fmr=max(fmr, lowest), enrolled=1, probe=1)
        for fmr in (TARGET_FMR, _TURNED_FMR)
    )
    return Continuity(frontal=frontal, turned=turned)
