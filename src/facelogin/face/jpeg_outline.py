"""What the markers of a JPEG tell before a pixel is decoded: its passes, memory and end.

No library here tells any of it: a few kilobytes of progressive passes can keep a decoder busy for
minutes, and a progressive picture lies in memory whole, however small it is wanted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
"""A marker (ITU-T T.81, B.1.1.2) other than the stuffed, TEM and restart ones that stand alone."""
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_FIRST_RESTART, _RESTARTS = 0xD0, 8
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_BLOCK_BYTES = 64 * 2
_BLOCK_SIDE = 8
_ALL_COEFFICIENTS = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class JpegOutline:
    """The first picture of a file, as its markers describe it.

    ``passes`` is the number of its scans, ``segments`` that of its markers with a length.
    ``kind`` is the marker of its frame header (0xC0 baseline, 0xC2 progressive), ``bits`` are per
    sample; both None, and ``width`` and ``height`` 0, if no frame was found.
    ``coefficient_bytes`` is what a decoder must hold beside the pixels; 0 if it can go row by row.
    ``complete`` tells whether the scans hold every coefficient of every component in full, and
    ``ended`` whether the end marker was found.
    """

    passes: int
    segments: int
    kind: int | None
    bits: int | None
    width: int
    height: int
    lossless: bool
    coefficient_bytes: int
    complete: bool
    ended: bool


@dataclass(slots=True)
class _Frame:
    """A frame header, and which coefficients of each component its scans have given in full."""

    kind: int
    bits: int
    width: int
    height: int
    coefficient_bytes: int
    full: dict[int, int] = field(default_factory=dict)


def outline(data: bytes, *, most_segments: int) -> JpegOutline:
    """Return the outline of the first picture in ``data``. What follows its end doesn't matter.

    It reads ``most_segments`` and one more, and then no further.
    """
    passes, segments, position, ended, together = 0, 0, 0, False, True
    frame: _Frame | None = None
    while not ended and segments <= most_segments and (match := _MARKER.search(data, position)):
        marker, position = data[match.end() - 1], match.end()
        ended = marker == _END_OF_IMAGE
        if ended or marker == _START_OF_IMAGE:
            continue
        segments += 1
        length = int.from_bytes(data[position : position + 2], "big")
        segment, position = data[position + 2 : position + length], position + length
        if marker in _FRAMES and frame is None:
            frame = _frame(marker, segment)
        elif marker == _START_OF_SCAN:
            passes += 1
            if frame is not None:
                together &= _note_scan(frame, segment)
    return JpegOutline(
        passes=passes,
        segments=segments,
        kind=frame.kind if frame else None,
        bits=frame.bits if frame else None,
        width=frame.width if frame else 0,
        height=frame.height if frame else 0,
        lossless=frame is not None and frame.kind in _LOSSLESS,
        coefficient_bytes=0 if frame is None or together else frame.coefficient_bytes,
        complete=frame is not None and all(one == _ALL_COEFFICIENTS for one in frame.full.values()),
        ended=ended,
    )


def next_restart(data: bytes) -> bytes:
    """Return the restart marker that follows the last one in ``data``. They go round (E.1.4)."""
    number = -1
    for found in _RESTART.finditer(data):
        number = data[found.end() - 1] - _FIRST_RESTART
    return bytes((0xFF, _FIRST_RESTART + (number + 1) % _RESTARTS))


def _frame(kind: int, segment: bytes) -> _Frame | None:
    """Read a frame header (B.2.2); None if it is cut short."""
    components = [segment[at : at + 3] for at in range(6, len(segment) - 2, 3)]
    if not components or len(components) < segment[5]:
        return None
    height, width = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    factors = [(one[1] & 0xF, one[1] >> 4) for one in components]
    tallest, widest = (max(1, *side) for side in zip(*factors, (1, 1), strict=True))
    rows, columns = (
        -(-side // (_BLOCK_SIDE * most)) for side, most in ((height, tallest), (width, widest))
    )
    blocks = rows * columns * sum(high * wide for high, wide in factors)
    return _Frame(
        kind=kind,
        bits=segment[0],
        width=width,
        height=height,
        coefficient_bytes=blocks * _BLOCK_BYTES,
        full={one[0]: 0 for one in components},
    )


def _note_scan(frame: _Frame, segment: bytes) -> bool:
    """Note what a scan header (B.2.3) gives in full; tell whether rows can be decoded as they come.

    They can if one pass holds every component. A progressive one never does.
    """
    count = segment[0] if segment else 0
    names, rest = segment[1 : 1 + 2 * count : 2], segment[1 + 2 * count : 4 + 2 * count]
    if frame.kind in _PROGRESSIVE:
        first, last, shifts = rest if len(rest) == len("SeA") else (0, -1, 0)
        band = sum(1 << one for one in range(first, last + 1)) if shifts & 0xF == 0 else 0
    else:
        band = _ALL_COEFFICIENTS
    for name in names:
        if name in frame.full:
            frame.full[name] |= band
    return frame.kind not in _PROGRESSIVE and count >= len(frame.full)
