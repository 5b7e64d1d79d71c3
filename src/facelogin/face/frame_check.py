"""Frames of a live capture are judged by their headers before any of them is decoded.

A page sends small baseline JPEGs. Whatever else a JPEG may be, as a photo or at all, can keep a
decoder and a detector busy for far longer than the person who sends it.
"""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.errors import FrameRefused, ImageTooLarge, ImageUnreadable
from facelogin.face.jpeg_outline import outline

MAX_PIXELS = 1_310_720
"""1280 by 1024. Several frames are looked at for one step."""
MIN_SIDE_PX, MAX_SIDE_PX = 96, 2048
"""A face of the least size that is asked for is larger than that; no camera's picture is longer."""
MAX_PASSES = 12
"""Encoders of progressive JPEGs write ten."""
MAX_SEGMENTS = 200
_ORDINARY = frozenset({0xC0, 0xC1, 0xC2})
_BITS = 8
_TOO_LARGE = "Frames may have at most 1.3 megapixels. Please send smaller ones."


def check_frames(images: Sequence[bytes]) -> None:
    """Return if the headers of all frames of a step are those of small, ordinary JPEGs.

    Raises ImageTooLarge, ImageUnreadable for what has no header, or FrameRefused.
    """
    sizes = {_size_of(image) for image in images}
    if len(sizes) > 1:
        raise FrameRefused(detail=FrameRefused.SIZES_DIFFER)


def check_size(width: int, height: int) -> None:
    """Return if a frame may have these sides, pixels. Raises ImageTooLarge or FrameRefused."""
    if min(width, height) < MIN_SIDE_PX:
        raise FrameRefused(detail=FrameRefused.TOO_SMALL)
    if width * height > MAX_PIXELS:
        raise ImageTooLarge(_TOO_LARGE)
    if max(width, height) > MAX_SIDE_PX:
        raise FrameRefused(detail=FrameRefused.TOO_LONG)


def _size_of(image: bytes) -> tuple[int, int]:
    outlined = outline(image, most_segments=MAX_SEGMENTS)
    if outlined.passes > MAX_PASSES or outlined.segments > MAX_SEGMENTS:
        raise FrameRefused(detail=FrameRefused.TOO_COMPLEX)
    if outlined.kind is None or not outlined.passes:
        raise ImageUnreadable
    if outlined.kind not in _ORDINARY or outlined.bits != _BITS:
        raise FrameRefused(detail=FrameRefused.NOT_ORDINARY)
    check_size(outlined.width, outlined.height)
    return outlined.width, outlined.height
