"""The peer: face_recognition as its own documentation and most projects on it use it.

Decode, locate, encode, and compare with every stored encoding in a Python loop at the customary
tolerance of 0.6: the login of the student system that many start from.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import face_recognition
import numpy as np
from numpy.typing import NDArray

from benchmarks.stages import DECIDE, DECODE, EMBED, FIND, Stages, timed


class Peer:
    """Knows people by their encodings, kept as lists, as a database returns them."""

    def __init__(self, stored: Sequence[NDArray[np.float64]]) -> None:
        self._stored = [encoding.tolist() for encoding in stored]

    def login(self, jpeg: bytes) -> tuple[bool, Stages]:
        """Return whether anybody matches, and the time of each stage."""
        stages: Stages = {}
        with timed(stages, DECODE):
            pixels = face_recognition.load_image_file(io.BytesIO(jpeg))
        with timed(stages, FIND):
            locations = face_recognition.face_locations(pixels)
        with timed(stages, EMBED):
            probe = face_recognition.face_encodings(pixels, locations)[0]
        with timed(stages, DECIDE):
            found = any(
                face_recognition.compare_faces([np.array(stored)], probe)[0]
                for stored in self._stored
            )
        return found, stages


def encode(jpeg: bytes) -> NDArray[np.float64]:
    """Return the encoding, shape (128,), that the peer would store for a picture."""
    pixels = face_recognition.load_image_file(io.BytesIO(jpeg))
    encoding: NDArray[np.float64] = face_recognition.face_encodings(pixels)[0]
    return encoding
