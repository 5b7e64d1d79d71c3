"""Turns a face into 128 numbers with dlib's residual network."""

from __future__ import annotations

import numpy as np

from facelogin.domain.matching import fuse
from facelogin.domain.models import Embedding, FloatArray, Rgb
from facelogin.face.chip import cut_chip
from facelogin.face.networks import Network


class Embedder:
    """The network with the chip and its mirror image as one batch; no state between calls."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def embed(self, pixels: Rgb, landmarks: FloatArray) -> Embedding:
        """Return the embedding of the face with these five points: shape (128,), L2 norm 1.

        Both outputs are normalised before they are averaged, so neither weighs more.
        """
        chip = cut_chip(pixels, landmarks)
        both = np.stack([chip, chip[:, ::-1]])
        return fuse(list(self._network.run(both)["embeddings"]))
