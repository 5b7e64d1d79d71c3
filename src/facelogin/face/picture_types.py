"""Names what a file is that is no JPEG, PNG or WebP, by its content."""

from __future__ import annotations

from PIL import Image

_PREFIX_BYTES = 16
_TEXT_BYTES = 1024
_TAKEN = ("JPEG", "PNG", "WEBP")
_PREFIXES = {
    b"GIF8": "gif",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"MM\0+": "tiff",
    b"BM": "bmp",
    b"%PDF-": "pdf",
    b"\xff\x0a": "jxl",
    b"\0\0\0\x0cJXL ": "jxl",
    b"\0\0\0\x0cjP  ": "jpeg2000",
    b"\xff\x4f\xff\x51": "jpeg2000",
    b"\x1aE\xdf\xa3": "video",
}
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "heic"),
    **dict.fromkeys((b"hevm", b"hevs", b"mif1", b"msf1", b"mif2"), "heic"),
}
"""ISO/IEC 23008-12, and the AV1 image format: the first of a file's brands that is known names it,
``avif`` before the brands that it shares with HEIF."""
OTHER = "other"
TYPES = frozenset({*_PREFIXES.values(), *_BRANDS.values(), "svg", OTHER})


def type_of(data: bytes) -> str | None:
    """Return the type of what isn't taken here, ``other`` if it has no name, None if unknown."""
    if data[4:8] == b"ftyp":
        return _brand(data)
    known = next((kind for prefix, kind in _PREFIXES.items() if data.startswith(prefix)), None)
    if known is not None:
        return known
    text = data[:_TEXT_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in text:
        return "svg"
    return OTHER if _pillow_knows(data) else None


def _brand(data: bytes) -> str:
    """Return the type of an ISO base media file; a brand of no picture is a video's."""
    size = int.from_bytes(data[:4], "big")
    box = data[: min(max(size, _PREFIX_BYTES), _TEXT_BYTES)]
    brands = [box[8:12], *(box[at : at + 4] for at in range(16, len(box) - 3, 4))]
    kinds = [_BRANDS[one] for one in brands if one in _BRANDS]
    if not kinds:
        return "video"
    return "avif" if "avif" in kinds else kinds[0]


def _pillow_knows(data: bytes) -> bool:
    Image.init()
    prefix = data[:_PREFIX_BYTES].ljust(_PREFIX_BYTES, b"\0")
    return any(
        accept(prefix) is True
        for name, (_, accept) in Image.OPEN.items()
        if accept and name not in _TAKEN
    )
