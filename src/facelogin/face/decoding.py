"""Where encoded pictures become pixels: in this process, or in one that holds nothing else."""

from __future__ import annotations

from typing import Protocol

from facelogin.domain.models import Rgb
from facelogin.face.images import LIMITS, decode
from facelogin.face.picture_refusals import PictureLimits


class Decoder(Protocol):
    """Turns encoded images into pixels. Safe to share among threads, and made anew after a fork."""

    def load(self) -> None:
        """Do now what the first picture would wait for. Raises ConfigurationError."""
        ...

    def decode(self, data: bytes) -> Rgb:
        """Return the pixels of one image, as ``images.decode`` does; raises what it raises.

        Raises Busy if there is nobody to decode it, or not soon enough.
        """
        ...


class InlineDecoder:
    """Decodes in the calling thread: nothing to start, and nothing between a picture and us."""

    def __init__(self, *, limits: PictureLimits = LIMITS) -> None:
        self._limits = limits

    def load(self) -> None:
        """Nothing to do."""

    def decode(self, data: bytes) -> Rgb:
        """Return the pixels of one image. Raises the four image errors of ``images.decode``."""
        return decode(data, limits=self._limits)
