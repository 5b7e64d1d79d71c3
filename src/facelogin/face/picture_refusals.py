"""What a picture can be refused for before anybody looks for a face, each with its sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from facelogin.domain.errors import (
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageTypeUnsupported,
    ImageUnreadable,
)
from facelogin.face.picture_types import OTHER, TYPES

PROGRESSIVE, LOSSLESS, TWELVE_BITS = "progressive", "lossless", "twelve_bits"
KINDS: tuple[tuple[type[ImageRefused], str | None], ...] = (
    (ImageUnreadable, None),
    (ImageAnimated, None),
    (ImageTooLarge, None),
    (ImageTooLarge, PROGRESSIVE),
    (ImageTooLarge, LOSSLESS),
    (ImageTypeUnsupported, None),
    (ImageTypeUnsupported, TWELVE_BITS),
    *((ImageTypeUnsupported, one) for one in sorted(TYPES - {OTHER})),
)
"""Every refusal of a decoder: the error and its ``detail``."""

_JPEG = b"\xff\xd8"
_INSTEAD = "Please send a JPEG, PNG or WebP image."
_NAMES = {
    "avif": "an AVIF picture",
    "bmp": "a BMP picture",
    "gif": "a GIF picture",
    "jpeg2000": "a JPEG 2000 picture",
    "jxl": "a JPEG XL picture",
    "pdf": "a PDF document",
    "svg": "an SVG drawing",
    "tiff": "a TIFF or raw picture",
    "video": "a video",
}
_HEIC = (
    "That is a HEIC picture, which can't be read here. Please send a JPEG: on an iPhone choose "
    "Settings, Camera, Formats, Most Compatible, or export the picture as a JPEG."
)
_TWELVE_BITS = "That JPEG doesn't have 8 bits per sample. Please save it as an ordinary JPEG."


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """How many pixels a picture may have.

    No more than ``decoded`` are ever in memory. A JPEG may have up to ``jpeg``: it is decoded at a
    half, a quarter or an eighth of its width and height, until it fits. The pictures that phones
    call 50 megapixels have up to 50.33 million pixels (8192 x 6144).
    """

    decoded: int = 16_000_000
    jpeg: int = 50_500_000


def refusal(
    kind: type[ImageRefused], detail: str | None, data: bytes, limits: PictureLimits
) -> ImageRefused:
    """Return the error for the picture in ``data``, its sentence naming limit or type."""
    if issubclass(kind, ImageTooLarge):
        return kind(_too_large(detail, data, limits), detail=detail)
    if issubclass(kind, ImageTypeUnsupported):
        return kind(_unsupported(detail), detail=detail)
    return kind(detail=detail)


def _too_large(detail: str | None, data: bytes, limits: PictureLimits) -> str:
    decoded, jpeg = _megapixels(limits.decoded), _megapixels(limits.jpeg)
    if detail == PROGRESSIVE:
        return (
            "That progressive JPEG takes too much memory to decode. Please send a smaller one, or "
            f"save it as a baseline JPEG of at most {jpeg} megapixels."
        )
    if detail == LOSSLESS:
        return (
            f"That lossless JPEG has more than {decoded} megapixels. Please send a smaller one, or "
            f"an ordinary JPEG of at most {jpeg} megapixels."
        )
    if data.startswith(_JPEG):
        return f"That JPEG has more than {jpeg} megapixels. Please send a smaller one."
    return (
        f"That image has more than {decoded} megapixels. Please send a smaller one, or a JPEG of "
        f"at most {jpeg} megapixels."
    )


def _unsupported(detail: str | None) -> str:
    if detail == "heic":
        return _HEIC
    if detail == TWELVE_BITS:
        return _TWELVE_BITS
    return f"That is {_NAMES[detail]}. {_INSTEAD}" if detail in _NAMES else _INSTEAD


def _megapixels(pixels: int) -> str:
    megapixels = pixels / 1_000_000
    return f"{math.floor(megapixels)}" if megapixels >= 10 else f"{megapixels:.4g}"
