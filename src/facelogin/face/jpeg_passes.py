"""Counts how often a JPEG asks its decoder to pass over the picture, and whether it is whole.

No library here tells either before decoding: OpenCV fills a picture that was cut short with grey,
and a few kilobytes of progressive passes can keep a decoder busy for minutes.
"""

from __future__ import annotations

import re

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
"""A marker (ITU-T T.81, B.1.1.2) other than the stuffed, TEM and restart ones that stand alone."""
_START_OF_IMAGE, _END_OF_IMAGE, _START_OF_SCAN = 0xD8, 0xD9, 0xDA


def count_passes(data: bytes) -> int | None:
    """Return the number of scans of the first picture in ``data``, or None where it never ends.

    What follows the end of that picture doesn't matter.
    """
    passes, position = 0, 0
    while match := _MARKER.search(data, position):
        marker, position = data[match.end() - 1], match.end()
        if marker == _END_OF_IMAGE:
            return passes
        if marker == _START_OF_IMAGE:
            continue
        passes += marker == _START_OF_SCAN
        position += int.from_bytes(data[position : position + 2], "big")
    return None
