"""Says what kind of image some bytes are, and how large, without decoding a single pixel.

Everything that a decoder could be hurt by is judged here, from headers alone: the container, the
dimensions, whether the file is whole, whether it moves, and how many passes it asks for.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from facelogin.domain.errors import ImageAnimated, ImageTypeUnsupported, ImageUnreadable

MAX_SCANS = 50
"""Passes over the picture that a JPEG may ask for. Encoders write about ten; each one costs the
decoder a walk over the whole picture, however few bytes it takes in the file."""

_MARKER = re.compile(rb"\xff+[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA

_KNOWN_BUT_UNSUPPORTED = (
    *(b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    *(b"\x00\x00\x01\x00", b"\x00\x00\x02\x00", b"8BPS", b"DDS ", b"qoif", b"icns"),
    *(b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cJXL ", b"\xff\x0a"),
    *(
        b"%PDF",
        b"<svg",
        b"<?xml",
        b"#define ",
        b"P1\n",
        b"P2\n",
        b"P3\n",
        b"P4\n",
        b"P5\n",
        b"P6\n",
    ),
)


class ImageKind(StrEnum):
    """The containers that are read."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The container and the size of the stored picture, before any orientation is applied."""

    kind: ImageKind
    width_px: int
    height_px: int


def read_header(data: bytes) -> ImageHeader:
    """Return the kind and size of an image by its content; its name is never asked.

    Raises ImageTypeUnsupported for an image (or document) of another well-known type,
    ImageAnimated for a moving WebP, and ImageUnreadable for everything else that can't be a whole
    JPEG, PNG or WebP. (Whether a PNG moves, or is cut short, shows when it is opened.)
    """
    if data.startswith(b"\xff\xd8\xff"):
        header = _jpeg(data)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        header = _png(data)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        header = _webp(data)
    elif data.startswith(_KNOWN_BUT_UNSUPPORTED) or data[4:8] == b"ftyp":
        raise ImageTypeUnsupported
    else:
        raise ImageUnreadable
    if header.width_px < 1 or header.height_px < 1:
        raise ImageUnreadable
    return header


def webp_chunk(data: bytes, name: bytes) -> bytes | None:
    """Return the payload of the first chunk of a WebP file that is called ``name`` (4 bytes)."""
    position = 12
    while position + 8 <= len(data):
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if data[position : position + 4] == name:
            return data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    return None


def _jpeg(data: bytes) -> ImageHeader:
    """Walk the markers up to the end of the first picture; what follows it doesn't matter."""
    width = height = scans = 0
    position = 2
    while match := _MARKER.search(data, position):
        marker, position = data[match.end() - 1], match.end()
        if marker == _END_OF_IMAGE:
            break
        if marker == _START_OF_IMAGE:
            continue
        if marker in _START_OF_FRAME:
            height, width = _unpack(">HH", data, position + 3)
        scans += marker == _START_OF_SCAN
        position += _unpack(">H", data, position)[0]
    else:
        raise ImageUnreadable  # cut short: the picture never ends
    if not 0 < scans <= MAX_SCANS:
        raise ImageUnreadable
    return ImageHeader(ImageKind.JPEG, width, height)


def _png(data: bytes) -> ImageHeader:
    if data[12:16] != b"IHDR":
        raise ImageUnreadable
    width, height = _unpack(">II", data, 16)
    return ImageHeader(ImageKind.PNG, width, height)


def _webp(data: bytes) -> ImageHeader:
    """Read the three kinds of first chunk (RFC 9649)."""
    (riff_size,) = _unpack("<I", data, 4)
    if riff_size + 8 > len(data):
        raise ImageUnreadable
    first, body = data[12:16], data[20:30]
    if first == b"VP8X" and len(body) >= 10:
        if body[0] & 0x02:
            raise ImageAnimated
        width, height = (int.from_bytes(body[a:b], "little") + 1 for a, b in pairwise((4, 7, 10)))
    elif first == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    elif first == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (size & 0x3FFF for size in _unpack("<HH", body, 6))
    else:
        raise ImageUnreadable
    return ImageHeader(ImageKind.WEBP, width, height)


def _unpack(layout: str, data: bytes, offset: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, offset)
    except struct.error as error:
        raise ImageUnreadable from error
