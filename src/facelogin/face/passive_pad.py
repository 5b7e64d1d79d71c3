"""Passive PAD by ONNX models that the operator supplies, in MiniFASNet's published layout.

A model looks at a face and what is around it, 80x80 pixels, blue first, as they are (0-255), and
gives three probabilities, of which the second is that of a live face (Silent-Face-Anti-Spoofing,
Minivision; crops as its ``CropImage`` cuts them). Several models are averaged, as published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.errors import ConfigurationError
from facelogin.domain.models import Rgb
from facelogin.domain.observation import Box, Face, Observation
from facelogin.domain.pad import PadModel
from facelogin.face.networks import Network, OncePerProcess
from facelogin.face.pad_files import SETTING, check_pad_model

_SIDE_PX = 80
_CLASSES, _LIVE = 3, 1
_LEAST_SCALE = 1.5
"""Face boxes around a face below which nothing is said: models judge by what is around it."""
_ROUNDING = 1e-3
_LAYOUT = (
    f"one float32 input of shape (n, 3, {_SIDE_PX}, {_SIDE_PX}) and one output of shape "
    f"(n, {_CLASSES}), probabilities that add up to 1"
)


@dataclass(frozen=True, slots=True)
class _Loaded:
    network: Network
    scale: float


class PassivePad:
    """The port PresentationAttackDetector over model files; loaded once in each process."""

    def __init__(self, models: Sequence[PadModel]) -> None:
        """Name the models; nothing is read yet."""
        self._networks = OncePerProcess(lambda: tuple(_load(model) for model in models))

    def load(self) -> None:
        """Load the models. Raises ConfigurationError for one that can't be used."""
        self._networks.get()

    def score(self, observation: Observation, face: Face) -> float | None:
        """Return the probability that ``face`` is live, None where too little is around it."""
        loaded = self._networks.get()
        if _room(observation.pixels, face.box) < _LEAST_SCALE:
            return None
        crops = [cut_crop(observation.pixels, face.box, scale=one.scale) for one in loaded]
        scores = [_live(one.network, crop) for one, crop in zip(loaded, crops, strict=True)]
        return float(np.mean(scores))


def cut_crop(pixels: Rgb, box: Box, *, scale: float) -> Rgb:
    """Return ``scale`` times the box as (80, 80, 3): made smaller, then moved, to fit the image."""
    height, width = pixels.shape[:2]
    scale = min(scale, _room(pixels, box))
    across, down = box.width * scale, box.height * scale
    left = _inside(box.x + box.width / 2 - across / 2, across, width)
    top = _inside(box.y + box.height / 2 - down / 2, down, height)
    cut = pixels[int(top) : int(top + down) + 1, int(left) : int(left + across) + 1]
    return np.asarray(cv2.resize(cut, (_SIDE_PX, _SIDE_PX)), np.uint8)


def _room(pixels: Rgb, box: Box) -> float:
    """Return how many times the box goes into the image."""
    height, width = pixels.shape[:2]
    return float(min((height - 1) / max(box.height, 1.0), (width - 1) / max(box.width, 1.0)))


def _inside(start: float, length: float, side: int) -> float:
    return max(0.0, min(start, side - 1 - length))


def _live(network: Network, crop: Rgb) -> float:
    blue_first = crop[:, :, ::-1].transpose(2, 0, 1)[np.newaxis]
    return float(_probabilities(network, blue_first.astype(np.float32))[0, _LIVE])


def _probabilities(network: Network, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    (found,) = network.run(np.ascontiguousarray(batch)).values()
    return found


def _load(model: PadModel) -> _Loaded:
    problem = check_pad_model(model).problem
    if problem is not None:
        raise ConfigurationError(problem)
    try:
        network = Network(model.path)
        found = _probabilities(network, np.zeros((1, 3, _SIDE_PX, _SIDE_PX), np.float32))
    except Exception as error:  # onnxruntime's errors share no other base
        raise ConfigurationError(_wrong(model, "can't be run that way")) from error
    fits = found.shape == (1, _CLASSES) and found.dtype == np.float32
    if not fits or found.min() < 0 or abs(float(found.sum()) - 1) > _ROUNDING:
        raise ConfigurationError(_wrong(model, "gives something else"))
    return _Loaded(network, model.scale)


def _wrong(model: PadModel, how: str) -> str:
    return f"{SETTING}: {model.path} {how}; allowed: {_LAYOUT}."
