"""A face in the light of a coloured screen: simulated on linear light, encoded as a camera does."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from face.pictures import Rgb, encoded
from facelogin.domain.observation import Box

_EXPOSURE = 0.8


@dataclass(frozen=True)
class Room:
    """A portrait's light, and what a screen of full brightness adds to it, in shares of it.

    ``face`` is what it adds to the face (an ellipse around ``box``), ``wall`` to the rest.
    """

    portrait: Rgb
    box: Box
    face: float
    wall: float
    white_balance: float = 0.01

    def frames(self, colours: tuple[str, ...], *, seed: int = 0) -> list[bytes]:
        """Return a JPEG for each colour: moved by a pixel or two, noisy, its white unsteady."""
        random = np.random.default_rng(seed)
        return [self._frame(colour, random) for colour in colours]

    def _frame(self, colour: str, random: np.random.Generator) -> bytes:
        screen = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        near = self._near()
        light = 1 + (near * self.face + (1 - near) * self.wall) * screen
        balance = 1 + self.white_balance * random.standard_normal(3)
        pixels = _encoded(_linear(self.portrait) * light * balance * _EXPOSURE)
        pixels = np.roll(pixels, int(random.integers(-2, 3)), axis=1)
        noisy = pixels + random.normal(0, 2, pixels.shape)
        return encoded(np.clip(noisy, 0, 255).astype(np.uint8), "JPEG", quality=85)

    def _near(self) -> NDArray[np.float64]:
        height, width = self.portrait.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float64)
        across = (x - self.box.x - self.box.width / 2) / (0.6 * self.box.width)
        down = (y - self.box.y - self.box.height / 2) / (0.75 * self.box.height)
        inside = (across**2 + down**2 < 1).astype(np.float64)
        return np.asarray(cv2.GaussianBlur(inside, (0, 0), 3), np.float64)[:, :, np.newaxis]


def _linear(pixels: Rgb) -> NDArray[np.float64]:
    """Return linear light (IEC 61966-2-1)."""
    share = pixels / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    light = np.clip(light, 0, 1)
    share = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(share * 255, np.float64)
