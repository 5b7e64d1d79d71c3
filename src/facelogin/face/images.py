"""Image bytes -> a fresh RGB array, decoded once, within limits. No metadata survives."""

from __future__ import annotations

import hashlib
import io
import mmap
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from facelogin.domain.errors import (
    Busy,
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageTypeUnsupported,
    ImageUnreadable,
)
from facelogin.domain.models import Rgb
from facelogin.face.jpeg_outline import JpegOutline, next_restart, outline
from facelogin.face.picture_refusals import (
    LOSSLESS,
    PROGRESSIVE,
    TWELVE_BITS,
    PictureLimits,
    refusal,
)
from facelogin.face.picture_types import OTHER, type_of

LIMITS = PictureLimits()
MAX_PASSES = 50
"""Passes over a picture of 16 megapixels that a JPEG may ask for, and fewer over a larger one.
Encoders write about ten; each costs the decoder a walk over the whole picture, however few bytes it
takes in the file."""
MAX_SEGMENTS = 10_000
"""Segments that a JPEG may have. Cameras write a few dozen, and a body has room for millions."""

_COEFFICIENT_BYTES_PER_PIXEL = 10
"""Of the pixels that may be in memory: 160 MB, of which a progressive JPEG of 50 megapixels with
halved colour (4:2:0) takes 150. A PNG of 16 megapixels takes as much."""
RETRY_AFTER_S = 2
"""When a picture may be tried again for which there was no memory."""
_SMALL_BYTES = 16 * 1024 * 1024
_REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
"""Flags of the ways in which libjpeg decodes at a part of the size. They go with any colour."""
_START_OF_IMAGE, _END_OF_IMAGE = b"\xff\xd8", b"\xff\xd9"
_FILLINGS = (bytes(64), bytes.fromhex("a55ac33c9669b6db") * 8)
_FORMATS = ("JPEG", "PNG", "WEBP")
_STRIP_PIXELS = 1_000_000
_16_BIT_GREY = ("I;16", "I;16B", "I;16L", "I;16N", "I")

_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError),
    *(struct.error, zlib.error, cv2.error),
    Warning,  # where the process turns warnings into errors, Pillow's are refusals too
)
"""What decoders raise for damaged files (Pillow's parsers don't wrap what they stumble over)."""


class _Refused(Exception):
    """A picture is refused; what it becomes needs the picture's bytes and the limits."""

    def __init__(self, kind: type[ImageRefused], detail: str | None = None) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.detail = detail


def decode(data: bytes, *, limits: PictureLimits = LIMITS) -> Rgb:
    """Return the pixels of a still JPEG, PNG or WebP image as the viewer would see them.

    Shape (height, width, 3), uint8, red first, C-contiguous, owned by the caller. The orientation
    of EXIF is applied; every colour mode becomes 8-bit RGB (16 bit: the high byte; transparency:
    over white; CMYK: without profiles). Of an MPO the first picture is taken. Bytes after the end
    of an image are ignored. A JPEG of more than ``limits.decoded`` pixels is decoded at a half, a
    quarter or an eighth of its width and height, rounded up.

    Pillow judges the header, and reads PNG. OpenCV decodes JPEG and WebP, where Pillow would take
    twice the memory or more.

    Raises ImageTypeUnsupported, ImageAnimated, ImageTooLarge (more pixels than ``limits``, judged
    from the header before anything is decoded, or a progressive JPEG that needs more memory than
    the largest of the other pictures) or ImageUnreadable (damaged, cut short, no image); Busy if
    this process has no memory left for a picture that it would take.
    """
    try:
        return _read(data, limits)
    except _Refused as error:
        # Some decoders call a picture damaged that they have no memory for.
        if error.kind is ImageUnreadable and not _can_be_had(
            _COEFFICIENT_BYTES_PER_PIXEL * limits.decoded
        ):
            raise Busy(retry_after_s=RETRY_AFTER_S) from error
        raise refusal(error.kind, error.detail, data, limits) from error
    except MemoryError as error:
        raise Busy(retry_after_s=RETRY_AFTER_S) from error


def _read(data: bytes, limits: PictureLimits) -> Rgb:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            is_jpeg = picture.format in {"JPEG", "MPO"}
            _check_size(picture.height, picture.width, limits.jpeg if is_jpeg else limits.decoded)
            if not is_jpeg and getattr(picture, "is_animated", False):
                raise _Refused(ImageAnimated)
            pixels = _READERS[picture.format or ""](picture, data, limits)
            orientation = _orientation(picture)
    except UnidentifiedImageError as error:
        raise _unidentified(data) from error
    except _BOMB as error:
        raise _Refused(ImageTooLarge) from error
    except _BROKEN as error:
        if isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        raise _Refused(ImageUnreadable) from error
    return _upright(pixels, orientation)


def _can_be_had(size: int) -> bool:
    """Tell whether this process could have so many bytes now."""
    try:
        mmap.mmap(-1, max(size, 1)).close()
    except (OSError, MemoryError):
        return False
    return True


def _unidentified(data: bytes) -> _Refused:
    kind = type_of(data)
    if kind is not None:
        return _Refused(ImageTypeUnsupported, None if kind == OTHER else kind)
    bits = (
        outline(data, most_segments=MAX_SEGMENTS).bits if data.startswith(_START_OF_IMAGE) else None
    )
    if bits not in {None, 0, 8}:
        return _Refused(ImageTypeUnsupported, TWELVE_BITS)
    return _Refused(ImageUnreadable)


def _read_jpeg(picture: Image.Image, data: bytes, limits: PictureLimits) -> NDArray[np.uint8]:
    outlined = outline(data, most_segments=MAX_SEGMENTS)
    if outlined.segments > MAX_SEGMENTS:
        raise _Refused(ImageUnreadable)
    size = picture.height * picture.width
    if outlined.passes == 0 or outlined.passes * max(1.0, size / LIMITS.decoded) > MAX_PASSES:
        raise _Refused(ImageUnreadable)
    _check_memory(outlined, size, limits)
    part = next((one for one in _REDUCED if _reduced(picture, one) <= limits.decoded), None)
    if part is None:
        raise _Refused(ImageTooLarge)
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION | _REDUCED[part]
    if outlined.ended:
        return _decoded(data, flags, limits.decoded)
    if not outlined.complete:
        raise _Refused(ImageUnreadable)
    return _decoded_without_end(data, flags, limits.decoded)


def _reduced(picture: Image.Image, part: int) -> int:
    """Return how many pixels are left of a JPEG that is decoded at one ``part``-th of its sides."""
    return -(-picture.height // part) * -(-picture.width // part)


def _check_memory(outlined: JpegOutline, size: int, limits: PictureLimits) -> None:
    """Refuse what can't be decoded row by row, or reduced, and is too large to be held whole."""
    if outlined.lossless and size > limits.decoded:
        raise _Refused(ImageTooLarge, LOSSLESS)
    most = max(_SMALL_BYTES, _COEFFICIENT_BYTES_PER_PIXEL * limits.decoded)
    if outlined.coefficient_bytes > most:
        raise _Refused(ImageTooLarge, PROGRESSIVE)


def _decoded_without_end(data: bytes, flags: int, max_pixels: int) -> NDArray[np.uint8]:
    """Decode a JPEG that has no end marker, if nothing else of it is missing.

    Decoders fill what is missing with grey and say nothing. So it is decoded twice, with other
    bytes after its last one each time: the pixels differ if any of them were needed. A picture that
    is cut short where a restart interval ends reads on after the next restart marker only.
    """
    whole = data.rstrip(_END_OF_IMAGE[:1])
    restart = next_restart(whole)
    one, other = (whole + filling + restart + filling + _END_OF_IMAGE for filling in _FILLINGS)
    expected = hashlib.blake2b(
        _decoded(one, flags, max_pixels).data
    ).digest()  # never two in memory
    pixels = _decoded(other, flags, max_pixels)
    if hashlib.blake2b(pixels.data).digest() != expected:
        raise _Refused(ImageUnreadable)
    return pixels


def _read_png(picture: Image.Image, _: bytes, __: PictureLimits) -> NDArray[np.uint8]:
    picture.load()
    return _to_rgb(picture)


def _read_webp(_: Image.Image, data: bytes, limits: PictureLimits) -> NDArray[np.uint8]:
    pixels = _decoded(data, cv2.IMREAD_UNCHANGED, limits.decoded)
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    opaque = np.empty((*pixels.shape[:2], 3), np.uint8)
    for rows in _strips(pixels.shape[1], pixels.shape[0]):
        opaque[rows] = _over_white(cv2.cvtColor(pixels[rows], cv2.COLOR_BGRA2RGBA))
    return opaque


_READERS = {"JPEG": _read_jpeg, "MPO": _read_jpeg, "PNG": _read_png, "WEBP": _read_webp}


def _decoded(data: bytes, flags: int, max_pixels: int) -> NDArray[np.uint8]:
    """Decode with OpenCV. Its answer to broken data is None or an exception."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None or pixels.dtype != np.uint8:
        raise _Refused(ImageUnreadable)
    _check_size(pixels.shape[0], pixels.shape[1], max_pixels)
    return np.asarray(pixels, dtype=np.uint8)


def _check_size(height: int, width: int, max_pixels: int) -> None:
    """Judge again whoever claims a size: a file may hold two headers that differ."""
    if height * width > max_pixels:
        raise _Refused(ImageTooLarge)


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
