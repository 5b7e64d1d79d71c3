"""Image bytes -> a fresh RGB array, decoded once, within limits. No metadata survives."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from facelogin.domain.errors import (
    ImageAnimated,
    ImageTooLarge,
    ImageTypeUnsupported,
    ImageUnreadable,
)
from facelogin.domain.models import Rgb
from facelogin.face.jpeg_passes import count_passes

MAX_PIXELS = 16_000_000
MAX_PASSES = 50
"""Passes over the picture that a JPEG may ask for. Encoders write about ten; each one costs the
decoder a walk over the whole picture, however few bytes it takes in the file."""

_FORMATS = ("JPEG", "PNG", "WEBP")
_MAGIC_BYTES = 16
_STRIP_PIXELS = 1_000_000
_16_BIT_GREY = ("I;16", "I;16B", "I;16L", "I;16N", "I")

_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError),
    *(struct.error, zlib.error, cv2.error),
    Warning,  # where the process turns warnings into errors, Pillow's are refusals too
)
"""What decoders raise for damaged files (Pillow's parsers don't wrap what they stumble over)."""


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Rgb:
    """Return the pixels of a still JPEG, PNG or WebP image as the viewer would see them.

    Shape (height, width, 3), uint8, red first, C-contiguous, owned by the caller. The orientation
    of EXIF is applied; every colour mode becomes 8-bit RGB (16 bit: the high byte; transparency:
    over white; CMYK: without profiles). Of an MPO the first picture is taken. Bytes after the end
    of an image are ignored.

    Pillow judges the header, and reads PNG. OpenCV decodes JPEG and WebP, where Pillow would take
    twice the memory or more.

    Raises ImageTypeUnsupported, ImageAnimated, ImageTooLarge (more than ``max_pixels``, judged
    from the header before anything is decoded) or ImageUnreadable (damaged, cut short, no image).
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check_size(picture.height, picture.width, max_pixels)
            still = picture.format in {"JPEG", "MPO"} or not getattr(picture, "is_animated", False)
            if not still:
                raise ImageAnimated
            pixels = _READERS[picture.format or ""](picture, data, max_pixels)
            orientation = _orientation(picture)
    except UnidentifiedImageError as error:
        raise (ImageTypeUnsupported if _is_another_type(data) else ImageUnreadable) from error
    except _BOMB as error:
        raise ImageTooLarge from error
    except _BROKEN as error:
        raise ImageUnreadable from error
    return _upright(pixels, orientation)


def _read_jpeg(_: Image.Image, data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    passes = count_passes(data)
    if passes is None or not 0 < passes <= MAX_PASSES:
        raise ImageUnreadable  # OpenCV would fill what is missing with grey
    return _decoded(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION, max_pixels)


def _read_png(picture: Image.Image, _: bytes, __: int) -> NDArray[np.uint8]:
    picture.load()
    return _to_rgb(picture)


def _read_webp(_: Image.Image, data: bytes, max_pixels: int) -> NDArray[np.uint8]:
    pixels = _decoded(data, cv2.IMREAD_UNCHANGED, max_pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    opaque = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in _strips(pixels.shape[1], pixels.shape[0]):
        opaque[rows] = _over_white(cv2.cvtColor(pixels[rows], cv2.COLOR_BGRA2RGBA))
    return opaque


_READERS = {"JPEG": _read_jpeg, "MPO": _read_jpeg, "PNG": _read_png, "WEBP": _read_webp}


def _is_another_type(data: bytes) -> bool:
    """Tell whether Pillow knows these bytes as an image of a type that isn't taken here.

    HEIC, which phones write and Pillow doesn't know, shows as an ISO base media file.
    """
    Image.init()
    prefix = data[:_MAGIC_BYTES].ljust(_MAGIC_BYTES, b"\0")
    knows = (
        accept(prefix)
        for name, (_, accept) in Image.OPEN.items()
        if accept and name not in _FORMATS
    )
    return data[4:8] == b"ftyp" or any(known is True for known in knows)


def _decoded(data: bytes, flags: int, max_pixels: int) -> NDArray[np.uint8]:
    """Decode with OpenCV. Its answer to broken data is None or an exception."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None or pixels.dtype != np.uint8:
        raise ImageUnreadable
    _check_size(pixels.shape[0], pixels.shape[1], max_pixels)
    return np.asarray(pixels, dtype=np.uint8)


def _check_size(height: int, width: int, max_pixels: int) -> None:
    """Judge again whoever claims a size: a file may hold two headers that differ."""
    if height * width > max_pixels:
        raise ImageTooLarge


def _to_rgb(picture: Image.Image) -> Rgb:
    """Convert strip by strip, so that a large picture is never held a third time."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for rows in _strips(width, height):
        whole = rows.stop - rows.start == height
        strip = picture if whole else picture.crop((0, rows.start, width, rows.stop))
        pixels[rows] = _strip_to_rgb(strip)
    return pixels


def _strip_to_rgb(strip: Image.Image) -> NDArray[np.uint8]:
    """Return shape (rows, width, 3), or (rows, width, 1) for grey."""
    if strip.mode in _16_BIT_GREY:
        grey16 = np.clip(np.asarray(strip), 0, 0xFFFF)
        return np.asarray(grey16 >> 8, dtype=np.uint8)[:, :, None]
    if strip.has_transparency_data:
        return _over_white(np.asarray(strip.convert("RGBA")))
    if strip.mode == "L":
        return np.asarray(strip)[:, :, None]
    return np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"))


def _over_white(rgba: NDArray[Any]) -> NDArray[np.uint8]:
    colour, alpha = rgba[:, :, :3].astype(np.uint16), rgba[:, :, 3:].astype(np.uint16)
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _strips(width: int, height: int) -> Iterator[slice]:
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def _orientation(picture: Image.Image) -> int:
    """Return EXIF's orientation; viewers show a picture whose EXIF is broken as it is stored."""
    try:
        value = picture.getexif().get(ExifTags.Base.Orientation, 1)
    except _BROKEN:
        return 1
    return value if isinstance(value, int) else 1


def _upright(pixels: NDArray[np.uint8], orientation: int) -> Rgb:
    """Apply EXIF orientation 1-8 (CIPA DC-008, tag 0x0112); anything else counts as 1."""
    mirrored = {2: pixels[:, ::-1], 4: pixels[::-1], 5: pixels.transpose(1, 0, 2)}
    turned = {3: pixels[::-1, ::-1], 6: np.rot90(pixels, -1), 8: np.rot90(pixels, 1)}
    transversed = {7: pixels[::-1, ::-1].transpose(1, 0, 2)}
    view = (mirrored | turned | transversed).get(orientation, pixels)
    return np.ascontiguousarray(view)
