"""From light to JPEG: exposure, sensor noise, and what a screen adds to a picture."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.errors import ImageUnreadable
from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.geometry import HEIGHT_PX, WIDTH_PX
from facelogin.evaluation.pad.renderer import clipped
from facelogin.evaluation.pad.stance import Colour

_BANK_SIGMA = 32.0
_BANK_SPARE_PX = 64


@dataclass(frozen=True, slots=True)
class Webcam:
    """``gain`` multiplies red, green and blue; ``noise`` is the deviation of a channel (0-255)."""

    gain: Colour = (1.0, 1.0, 1.0)
    noise: float = 2.0
    quality: int = 85

    def shoot(self, picture: Rgb, rng: np.random.Generator) -> bytes:
        """Return a frame as JPEG."""
        lit = cv2.LUT(np.ascontiguousarray(picture), self._curve())
        down, right = rng.integers(0, _BANK_SPARE_PX, 2)
        grain = _noise_bank()[down : down + HEIGHT_PX, right : right + WIDTH_PX]
        amount = self.noise / _BANK_SIGMA
        noisy = cv2.addWeighted(lit, 1.0, np.ascontiguousarray(grain), amount, -128 * amount)
        return encoded(np.asarray(noisy, np.uint8), self.quality)

    def _curve(self) -> NDArray[np.uint8]:
        levels = np.arange(256)[:, None] * np.array(self.gain)
        return clipped(np.round(levels))[None]


@dataclass(frozen=True, slots=True)
class Screen:
    """A display that is filmed: its pixel grid beats with the sensor's, and it shines back.

    ``beat_px`` is the moire's period, ``beat`` its depth, ``glare`` the share of the white that is
    reflected at one corner, ``keystone`` how much shorter its upper edge is seen.
    """

    beat_px: float = 5.0
    beat: float = 0.06
    angle_deg: float = 12.0
    contrast: float = 0.9
    glare: float = 0.08
    keystone: float = 0.01

    def filmed(self, picture: Rgb) -> Rgb:
        """Return what a camera sees of the picture on this screen."""
        inset = self.keystone * WIDTH_PX
        corners = np.array([(0, 0), (WIDTH_PX, 0), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX)])
        seen = corners + np.array([(inset, 0), (-inset, 0), (0, 0), (0, 0)])
        warp = cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))
        size = (WIDTH_PX, HEIGHT_PX)
        flat = cv2.warpPerspective(picture, warp, size, borderMode=cv2.BORDER_REPLICATE)
        soft = cv2.GaussianBlur(flat, (0, 0), 0.7).astype(np.float32)
        beat, glare = _beat(self.beat_px, self.angle_deg), _glare()
        shown = (128 + (soft - 128) * self.contrast) * (1 + self.beat * beat)
        return clipped(shown + 255 * self.glare * glare)


def encoded(picture: Rgb, quality: int) -> bytes:
    """Return a picture as JPEG."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def decoded(jpeg: bytes) -> Rgb:
    """Return the picture in a JPEG."""
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ImageUnreadable
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


@functools.lru_cache(maxsize=1)
def _noise_bank() -> NDArray[np.uint8]:
    """Noise about 128, a little larger than a frame: each frame takes another part of it."""
    shape = (HEIGHT_PX + _BANK_SPARE_PX, WIDTH_PX + _BANK_SPARE_PX, 3)
    noise = np.random.default_rng(0).normal(128, _BANK_SIGMA, shape)
    return clipped(np.round(noise))


@functools.lru_cache(maxsize=4)
def _beat(period_px: float, angle_deg: float) -> NDArray[np.float32]:
    """Stripes of -1 to 1, shifted by a third of their period from colour to colour."""
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    angle = math.radians(angle_deg)
    phase = (x * math.cos(angle) + y * math.sin(angle)) * (2 * math.pi / period_px)
    shifts = np.array((0, 2 * math.pi / 3, 4 * math.pi / 3), np.float32)
    return np.asarray(np.sin(phase[:, :, None] + shifts), np.float32)


@functools.lru_cache(maxsize=1)
def _glare() -> NDArray[np.float32]:
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    distance = np.hypot(x - 0.8 * WIDTH_PX, y - 0.15 * HEIGHT_PX) / WIDTH_PX
    return np.asarray(np.exp(-8 * distance**2)[:, :, None], np.float32)
