"""Loads an operator's own network, and tries it before anybody relies on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.matching import distance
from facelogin.domain.models import Embedding
from facelogin.face.custom_files import Custom, read_checked, wrong
from facelogin.face.engines import EngineRow
from facelogin.face.networks import Network
from facelogin.face.recogniser import OnnxRecogniser, embedding_of

_MIN_DIMENSION, _MAX_DIMENSION = 16, 4096
_GREY = 127
_SEED = 1
_MIN_DIFFERENCE = 1e-3
"""The least distance of the embeddings of a grey chip and of noise."""
_MAX_DRIFT = 1e-2
"""The largest distance of a chip's embedding alone and of that as one of two."""
_INPUT_TYPES = {False: "tensor(uint8)", True: "tensor(float)"}
"""What the runtime calls the types of input without and with scale and mean."""


class CustomNetwork(Network):
    """An operator's own network. One with a batch of 1 runs once for each chip."""

    def __init__(self, content: bytes, row: EngineRow) -> None:
        """Load a model from its bytes and try it.

        Raises what the runtime raises, and UnfitNetwork.
        """
        super().__init__(content)
        _refuse_other_layout(self, row)
        self._one_by_one = self.inputs[0].shape[0] == 1
        self._dimension = _tried(self, row)

    @property
    def dimension(self) -> int:
        """How many numbers an output had when the network was tried."""
        return self._dimension

    def run(self, batch: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name, each a fresh float32 array."""
        if not self._one_by_one or len(batch) == 1:
            return super().run(batch)
        singly = [super(CustomNetwork, self).run(one[None]) for one in batch]
        return {name: np.concatenate([one[name] for one in singly]) for name in singly[0]}


class UnfitNetwork(Exception):
    """Why a network can't be used, as the end of a sentence about its file."""


def load_custom(custom: Custom) -> Network:
    """Load and try the network. Raises ConfigurationError, naming file and reason."""
    content = read_checked(custom.model)
    try:
        return CustomNetwork(content, custom.row)
    except UnfitNetwork as unfit:
        raise wrong(custom.model, str(unfit)) from unfit
    except Exception as error:  # onnxruntime's errors share no other base
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise wrong(custom.model, f"can't be run by ONNX Runtime ({reason})") from error


def custom_recogniser(custom: Custom, *, calibration_file: Path | None = None) -> OnnxRecogniser:
    """Return the recogniser of an operator's own model, not loaded yet.

    ``calibration_file`` takes the place of the table that its description names.
    """
    return OnnxRecogniser(
        custom.row,
        custom.ref,
        load_network=lambda: load_custom(custom),
        calibration_file=calibration_file or custom.calibration_file,
    )


def _refuse_other_layout(network: Network, row: EngineRow) -> None:
    """Refuse what the file declares, if chips of this row don't fit in."""
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise UnfitNetwork(
            f"has {len(network.inputs)} inputs and {len(network.outputs)} outputs; allowed: one of "
            "each"
        )
    (declared,) = network.inputs
    wanted = _INPUT_TYPES[row.input.scale is not None]
    if declared.type != wanted:
        raise UnfitNetwork(
            f"takes {declared.type}, and gets {wanted} by its description (whole bytes without "
            "scale and mean, float32 with them)"
        )
    side = row.alignment.chip_px
    shape = (1, 3, side, side) if row.input.layout == "nchw" else (1, side, side, 3)
    fits = len(declared.shape) == len(shape) and all(
        given in {None, needed} for given, needed in zip(declared.shape, shape, strict=True)
    )
    if not fits:
        raise UnfitNetwork(
            f"takes input of shape {_shown(declared.shape)}; allowed: "
            f"{_shown((None, *shape[1:]))}, n open or 1"
        )


def _tried(network: Network, row: EngineRow) -> int:
    """Run two chips that are no faces, and return how many numbers come out for each."""
    side = row.alignment.chip_px
    grey = np.full((side, side, 3), _GREY, np.uint8)
    noise = np.random.default_rng(_SEED).integers(0, 256, (side, side, 3), dtype=np.uint8)
    batch = row.input.of(np.stack([grey, noise]))
    alone = [_embeddings(network, batch[at : at + 1], row)[0] for at in range(2)]
    together = _embeddings(network, batch, row)
    if distance(*alone) < _MIN_DIFFERENCE:
        raise UnfitNetwork("says the same of a grey picture and of noise")
    if max(map(distance, alone, together)) > _MAX_DRIFT:
        raise UnfitNetwork("says something else of a picture alone and beside another, or again")
    return len(alone[0])


def _embeddings(network: Network, batch: NDArray[Any], row: EngineRow) -> list[Embedding]:
    (found,) = network.run(batch).values()
    fits = isinstance(found, np.ndarray) and found.ndim == 2 and len(found) == len(batch)
    if not fits or not _MIN_DIMENSION <= found.shape[1] <= _MAX_DIMENSION:
        shape = _shown(found.shape) if isinstance(found, np.ndarray) else type(found).__name__
        raise UnfitNetwork(
            f"gives output of shape {shape} for {len(batch)} chips; allowed: (n, d) with d from "
            f"{_MIN_DIMENSION} to {_MAX_DIMENSION}"
        )
    if found.dtype != np.float32:
        raise UnfitNetwork(f"gives {found.dtype}; allowed: float32")
    try:
        return [embedding_of(one, unit_norm=row.unit_norm) for one in found]
    except ValueError as error:
        raise UnfitNetwork(f"was tried with two pictures that are no faces: {error}") from error


def _shown(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('n' if side is None else str(side) for side in shape)})"
