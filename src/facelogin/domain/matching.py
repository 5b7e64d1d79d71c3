"""Embeddings and a threshold become a decision; several embeddings become one.

Distances are Euclidean distances of L2-normalised embeddings, ``sqrt(2 - 2 cos)``: 0 is the same
picture, about 1.4 two unrelated vectors. A threshold belongs to the engine that made the embeddings
and to the number of images averaged on either side, because averages of more images lie closer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from facelogin.domain.models import Embedding, EngineRef, Template


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of one verification (1:1): how far apart, and whether that is near enough."""

    distance: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What an engine has of a face at half the cost of its whole embedding.

    It is compared as a whole one is. Where it lies below the threshold by ``margin_below`` or more,
    the whole is taken to match too, and beyond it by more than ``margin_beyond`` not to.
    """

    embedding: Embedding = field(repr=False)
    margin_below: float
    margin_beyond: float


@dataclass(frozen=True, slots=True)
class ThresholdTable:
    """An engine's verification thresholds by number of images (enrolled, probe).

    ``one_person`` is the distance beyond which two pictures of one enrolment are taken to show
    different people. ``provenance`` says where the figures come from.
    """

    by_images: Mapping[tuple[int, int], float]
    one_person: float
    provenance: str
    provisional: bool

    def threshold(self, *, enrolled: int, probe: int) -> float:
        """Return the distance up to which ``probe`` images match a template of ``enrolled``.

        The order of the two numbers does not matter. A pair that is not listed is never guessed
        upwards: it takes the threshold of the nearest listed pair with at least as many images on
        both sides, which is stricter than its own would be, and beyond the table the strictest.

        Raises ValueError for less than one image on either side.
        """
        if enrolled < 1 or probe < 1:
            raise ValueError("a template and a probe have at least one image each")
        low, high = sorted((enrolled, probe))
        at_least_as_many = [
            value
            for (a, b), value in self.by_images.items()
            if min(a, b) >= low and max(a, b) >= high
        ]
        return max(at_least_as_many, default=min(self.by_images.values()))


def normalise(vector: np.ndarray) -> Embedding:
    """Return ``vector`` (shape (128,)) scaled to L2 norm 1, as float32.

    Raises ValueError for a vector without direction (zero or not finite): no face gives one.
    """
    norm = float(np.linalg.norm(vector.astype(np.float64)))
    if not np.isfinite(norm) or norm == 0.0:
        raise ValueError("an embedding must be finite and not zero")
    return np.asarray(vector / norm, dtype=np.float32)


def fuse(embeddings: Sequence[Embedding]) -> Embedding:
    """Return the mean of normalised embeddings, normalised again: several images as one."""
    if not embeddings:
        raise ValueError("nothing to fuse")
    return normalise(np.mean(np.stack([normalise(e) for e in embeddings]), axis=0))


def distance(a: Embedding, b: Embedding) -> float:
    """Return the Euclidean distance of two embeddings of shape (128,)."""
    return float(np.linalg.norm(a.astype(np.float64) - b.astype(np.float64)))


def spread(embeddings: Sequence[Embedding]) -> float:
    """Return the largest distance between any two of the embeddings, 0 for a single one."""
    stacked = np.stack(embeddings).astype(np.float64)
    gaps = np.linalg.norm(stacked[:, None, :] - stacked[None, :, :], axis=2)
    return float(gaps.max())


def verify(
    probe: Embedding,
    template: Template,
    *,
    engine: EngineRef,
    probe_images: int,
    thresholds: ThresholdTable,
) -> Match:
    """Compare a probe with one template (1:1) at the threshold for their numbers of images.

    A template of another engine, or another version of it, is refused whatever the numbers say.
    """
    gap = distance(probe, template.embedding)
    comparable = template.engine == engine
    limit = thresholds.threshold(enrolled=template.image_count, probe=probe_images)
    return Match(distance=gap, accepted=comparable and gap <= limit)


def decide_at_a_glimpse(
    glimpse: Glimpse, template: Template, *, engine: EngineRef, thresholds: ThresholdTable
) -> bool | None:
    """Return whether the face matches (1:1) where a glimpse at one image tells, else None.

    None is the band of doubt around the threshold: there ``verify`` has to decide.
    """
    if template.engine != engine:
        return False
    limit = thresholds.threshold(enrolled=template.image_count, probe=1)
    gap = distance(glimpse.embedding, template.embedding)
    if gap <= limit - glimpse.margin_below:
        return True
    return False if gap > limit + glimpse.margin_beyond else None
