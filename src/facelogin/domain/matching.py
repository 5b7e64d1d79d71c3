"""Embeddings and a threshold become a decision; several embeddings become one.

Distances are Euclidean distances of L2-normalised embeddings, ``sqrt(2 - 2 cos)``: 0 is the same
picture, about 1.4 two unrelated vectors. A threshold belongs to the engine that made the embeddings
and to the number of images averaged on either side, because averages of more images lie closer:
``facelogin.domain.calibration``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from facelogin.domain.calibration import Calibration, Occasion
from facelogin.domain.models import Embedding, Template


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


def normalise(vector: np.ndarray) -> Embedding:
    """Return ``vector`` (shape (dimension,)) scaled to L2 norm 1, as float32.

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
    """Return the Euclidean distance of two embeddings of one engine, shape (dimension,)."""
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
    calibration: Calibration,
    target_fmr: float,
    probe_images: int,
    spread: Occasion = Occasion.DAYS,
    parts: Sequence[Embedding] = (),
) -> Match:
    """Compare a probe, made by the calibration's engine, with one template (1:1).

    The threshold is the one for their numbers of images at that false-match rate; if ``parts``, the
    embeddings whose mean the probe is, are given, by what these are worth. A template of
    another engine, or another version of it, has none, and never matches.

    Raises BeyondCalibration for a rate that was not calibrated.
    """
    gap = distance(probe, template.embedding)
    comparable = template.engine == calibration.engine
    enrolled = template.image_count
    if parts:
        limit = calibration.threshold_of(
            parts, target_fmr=target_fmr, enrolled=enrolled, spread=spread
        )
    else:
        limit = calibration.threshold(
            target_fmr=target_fmr, enrolled=enrolled, probe=probe_images, spread=spread
        )
    return Match(distance=gap, accepted=comparable and gap <= limit)


def decide_at_a_glimpse(
    glimpse: Glimpse, template: Template, *, calibration: Calibration, target_fmr: float
) -> bool | None:
    """Return whether the face matches (1:1) where a glimpse at one image tells, else None.

    None is the band of doubt around the threshold: there ``verify`` has to decide.

    Raises BeyondCalibration for a rate that was not calibrated.
    """
    if template.engine != calibration.engine:
        return False
    limit = calibration.threshold(target_fmr=target_fmr, enrolled=template.image_count, probe=1)
    gap = distance(glimpse.embedding, template.embedding)
    if gap <= limit - glimpse.margin_below:
        return True
    return False if gap > limit + glimpse.margin_beyond else None
