"""Where encoded pictures become pixels: in this process, or in one that holds nothing else."""

from __future__ import annotations

from typing import Protocol

from facelogin.domain.models import Rgb
from facelogin.face.images import MAX_PIXELS, decode


class Decoder(Protocol):
    """Turns encoded images into pixels. Safe to share among threads, and made anew after a fork."""

    def load(self) -> None:
        """Do now what the first picture would wait for. Raises ConfigurationError."""
        ...

    def decode(self, data: bytes) -> Rgb:
        """Return the pixels of one image, as ``images.decode`` does; raises what it raises.

        Raises Busy where there is nobody to decode it.
        """
        ...


class InlineDecoder:
    """Decodes in the calling thread: nothing to start, and nothing between a picture and us."""

    def __init__(self, *, max_pixels: int = MAX_PIXELS) -> None:
        self._max_pixels = max_pixels

    def load(self) -> None:
        """Nothing to do."""

    def decode(self, data: bytes) -> Rgb:
        """Return the pixels of one image. Raises the four image errors of ``images.decode``."""
        return decode(data, max_pixels=self._max_pixels)
