"""Conditions of taking and sending a photo: rolled, dark, bright, blurred, small, compressed.

Sizes are given in widths of the face or in pixels of its box (the extent of its mesh), so that one
condition is the same for every size of picture. Angles, directions and noise are drawn from the
generator that the caller passes in.
"""

from __future__ import annotations

import math
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from facelogin.domain.models import FloatArray, Rgb
from facelogin.evaluation.conditions.condition import Condition
from facelogin.face.quality import extent

_ROLLS_DEG = (15, 30, 45, 90, 130, 180)
_DARK_STOPS = (1, 2, 3, 4)
_GAIN_STOPS = (3, 5)
_BRIGHT_STOPS = (1, 2)
_SOFT_WIDTHS = (0.01, 0.02, 0.04)
"""Standard deviation of a Gaussian blur, in widths of the face."""
_SMEAR_WIDTHS = (0.05, 0.10, 0.20)
"""Length of a straight movement during the exposure, in widths of the face."""
_SMALL_PX = (100, 80, 48, 32)
_JPEG_QUALITIES = (20, 10)

_FULL_SCALE_ELECTRONS = 4000.0
"""What a pixel of a small webcam's sensor (1.4 micrometres) collects up to white."""
_READ_NOISE_ELECTRONS = 5.0
_GAMMA = 2.2
"""Of sRGB, near enough to tell how many electrons a value stands for."""


def rolled(pixels: Rgb, mesh: FloatArray, rng: np.random.Generator, *, degrees: float) -> Rgb:
    """Turn the picture about the middle of the face, to either side; the border is stretched."""
    height, width = pixels.shape[:2]
    side = 1 if rng.random() < 0.5 else -1
    turn = cv2.getRotationMatrix2D(_middle(mesh), side * degrees, 1.0)
    turned = cv2.warpAffine(
        pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8)


def exposed(
    pixels: Rgb, mesh: FloatArray, rng: np.random.Generator, *, stops: float, gain_stops: float = 0
) -> Rgb:
    """Expose by so many stops more (fewer: negative), amplify, and add the sensor's noise.

    Photon noise and read-out noise of a webcam; whatever exceeds white is cut off.
    """
    del mesh
    light = (pixels.astype(np.float64) / 255) ** _GAMMA * _FULL_SCALE_ELECTRONS * 2.0**stops
    caught = rng.poisson(light) + rng.normal(0, _READ_NOISE_ELECTRONS, light.shape)
    return _encoded(caught / _FULL_SCALE_ELECTRONS * 2.0**gain_stops)


def lit_from_one_side(
    pixels: Rgb, mesh: FloatArray, rng: np.random.Generator, *, stops: float
) -> Rgb:
    """Darken one half of the face by so many stops, with a soft edge along its middle."""
    width = extent(mesh).width
    across = (np.arange(pixels.shape[1]) - _middle(mesh)[0]) / (0.1 * width)
    side = 1 if rng.random() < 0.5 else -1
    shade = 2.0 ** (-stops / (1 + np.exp(np.clip(side * across, -50, 50))))
    return _encoded((pixels.astype(np.float64) / 255) ** _GAMMA * shade[None, :, None])


def soft(pixels: Rgb, mesh: FloatArray, rng: np.random.Generator, *, widths: float) -> Rgb:
    """Blur as a lens out of focus does, by a Gaussian of that deviation in widths of the face."""
    del rng
    sigma = widths * extent(mesh).width
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def smeared(pixels: Rgb, mesh: FloatArray, rng: np.random.Generator, *, widths: float) -> Rgb:
    """Blur as a straight movement of that length, in widths of the face, in any direction."""
    kernel = _streak(widths * extent(mesh).width, float(rng.uniform(0, math.pi)))
    return np.asarray(cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)


def small(pixels: Rgb, mesh: FloatArray, rng: np.random.Generator, *, face_px: float) -> Rgb:
    """Shrink until the face's box is so many pixels wide, and enlarge to the former size again.

    A face that is no wider stays as it is: what was never there can't be lost.
    """
    del rng
    height, width = pixels.shape[:2]
    scale = face_px / extent(mesh).width
    if scale >= 1:
        return pixels
    reduced = (max(1, round(width * scale)), max(1, round(height * scale)))
    few = cv2.resize(pixels, reduced, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def compressed(pixels: Rgb, mesh: FloatArray, rng: np.random.Generator, *, quality: int) -> Rgb:
    """Encode as JPEG of that quality (libjpeg's scale, 1-100), and decode."""
    del mesh, rng
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    if decoded is None:
        raise ValueError("a JPEG that was just made can't be read")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


CONDITIONS: tuple[Condition, ...] = (
    *(Condition(f"rolled {angle} degrees", partial(rolled, degrees=angle)) for angle in _ROLLS_DEG),
    *(Condition(f"dark {stops} stops", partial(exposed, stops=-stops)) for stops in _DARK_STOPS),
    *(
        Condition(f"amplified {stops} stops", partial(exposed, stops=-stops, gain_stops=stops))
        for stops in _GAIN_STOPS
    ),
    *(Condition(f"bright {stops} stops", partial(exposed, stops=stops)) for stops in _BRIGHT_STOPS),
    Condition("lit from one side", partial(lit_from_one_side, stops=3)),
    *(Condition(f"soft {widths:.0%}", partial(soft, widths=widths)) for widths in _SOFT_WIDTHS),
    *(
        Condition(f"smeared {widths:.0%}", partial(smeared, widths=widths))
        for widths in _SMEAR_WIDTHS
    ),
    *(Condition(f"small {px} px", partial(small, face_px=px)) for px in _SMALL_PX),
    *(
        Condition(f"jpeg {quality}", partial(compressed, quality=quality))
        for quality in _JPEG_QUALITIES
    ),
)
"""What photos of a sign-in are like when somebody is careless, from hardly to hopelessly so."""


def _middle(mesh: FloatArray) -> tuple[float, float]:
    """Return the middle of a face's box, (x, y) in image pixels."""
    box = extent(mesh)
    return box.x + box.width / 2, box.y + box.height / 2


def _encoded(light: NDArray[np.float64]) -> Rgb:
    """Return pixels from linear light, 0 to 1, cut off at both ends."""
    encoded = np.clip(light, 0, 1) ** (1 / _GAMMA) * 255
    return np.round(encoded).astype(np.uint8)


def _streak(length_px: float, angle: float) -> NDArray[np.float32]:
    """Return the kernel of a straight movement; ``angle`` in radians."""
    reach = max(1, math.ceil(length_px / 2))
    places = np.linspace(-length_px / 2, length_px / 2, 64)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    x, y = reach + places * math.cos(angle), reach + places * math.sin(angle)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for right, down in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = np.abs(1 - right - (x - left)) * np.abs(1 - down - (y - top))
        column, row = (np.minimum(at, 2 * reach) for at in (left + right, top + down))
        np.add.at(kernel, (row, column), share.astype(np.float32))
    return np.asarray(kernel / kernel.sum(), np.float32)
