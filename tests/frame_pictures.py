"""JPEGs as frames of a live capture: such as a page sends, and such as it never would."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image

_COLOURS = np.random.default_rng(1)


def jpeg(width: int, height: int, **options: Any) -> bytes:
    """A picture with something in it."""
    pixels = _COLOURS.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).resize((width, height)).save(out, "JPEG", **options)
    return out.getvalue()


def with_size(image: bytes, width: int, height: int) -> bytes:
    """The same JPEG, whose header gives other sides."""
    for kind in (b"\xff\xc0", b"\xff\xc2"):
        at = image.find(kind)
        if at > 0:
            return image[: at + 5] + struct.pack(">HH", height, width) + image[at + 9 :]
    raise AssertionError("no frame header")


def with_passes(image: bytes, passes: int) -> bytes:
    """The same progressive JPEG, its last scan so many times more."""
    at = image.rfind(b"\xff\xda")
    last = image[at:-2]
    return image[:-2] + last * passes + b"\xff\xd9"


def with_segments(image: bytes, count: int) -> bytes:
    """The same JPEG with so many comments of nothing in front."""
    return image[:2] + b"\xff\xfe\x00\x02" * count + image[2:]


def as_kind(image: bytes, kind: int, bits: int = 8) -> bytes:
    """The same JPEG, said to be of another process, and of so many bits."""
    at = image.find(b"\xff\xc0")
    return (
        image[: at + 1] + bytes([kind]) + image[at + 2 : at + 4] + bytes([bits]) + image[at + 5 :]
    )


PLAIN = jpeg(640, 480)
PROGRESSIVE = jpeg(640, 480, progressive=True)
