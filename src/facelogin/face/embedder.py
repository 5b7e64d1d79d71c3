"""Turns the chip of a face into 128 numbers with dlib's residual network."""

from __future__ import annotations

import numpy as np

from facelogin.domain.matching import fuse, normalise
from facelogin.domain.models import Embedding, Rgb
from facelogin.face.networks import Network


class Embedder:
    """The network over a chip and its mirror image; no state between calls.

    A chip is what ``chip.cut_chip`` cuts, shape (150, 150, 3).
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def embed_unmirrored(self, chip: Rgb) -> Embedding:
        """Return the embedding of the chip alone: shape (128,), L2 norm 1."""
        return normalise(self._network.run(chip[None])["embeddings"][0])

    def embed(self, chip: Rgb, *, unmirrored: Embedding | None = None) -> Embedding:
        """Return the embedding of chip and mirror image: shape (128,), L2 norm 1.

        Both outputs are normalised before they are averaged, so neither weighs more. As one batch
        they cost less than one by one; ``unmirrored``, where it is given, is not made again.
        """
        mirrored = chip[:, ::-1]
        if unmirrored is not None:
            return fuse([unmirrored, self.embed_unmirrored(np.ascontiguousarray(mirrored))])
        return fuse(list(self._network.run(np.stack([chip, mirrored]))["embeddings"]))
