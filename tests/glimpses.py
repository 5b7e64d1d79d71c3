"""Whether what is decided from half of an embedding is what the whole one decides."""

from __future__ import annotations

import numpy as np

from facelogin.domain.matching import fuse
from facelogin.face.engines import DLIB_MARGINS
from lfw import Embedded

DRAWS = 20


def decided_at_a_glimpse(lfw: Embedded, *, enrolled: int, limit: float) -> tuple[int, int, int]:
    """How many comparisons a glimpse accepts, how many it leaves in doubt, and how many of those
    that it decides the whole embedding decides otherwise.

    Every image against every template of ``enrolled`` images of one person, itself left out: all
    of one image, twenty draws of several.
    """
    whole = lfw.side.embeddings.astype(np.float64)
    glimpses = lfw.glimpses.astype(np.float64)
    accepted, doubtful, differing = 0, 0, 0
    for members in _templates_of(lfw.side.people, enrolled):
        template = fuse([lfw.side.embeddings[i] for i in members]).astype(np.float64)
        others = np.ones(len(whole), dtype=bool)
        others[members] = False
        part, all_of_it = _gaps_to(glimpses, template), _gaps_to(whole, template)
        near, far = part <= limit - DLIB_MARGINS.below, part > limit + DLIB_MARGINS.beyond
        wrongly = (near & (all_of_it > limit)) | (far & (all_of_it <= limit))
        accepted += int(np.sum(others & near))
        doubtful += int(np.sum(others & ~near & ~far))
        differing += int(np.sum(others & wrongly))
    return accepted, doubtful, differing


def strangers_let_in_at_a_glimpse(lfw: Embedded, *, limit: float) -> float:
    """The share of ordered pairs of two people whose glimpse lies within ``limit``."""
    people = lfw.side.people
    strangers = people[:, None] != people[None, :]
    near = lfw.glimpses @ lfw.side.embeddings.T >= 1 - limit**2 / 2
    return float(np.sum(strangers & near) / np.sum(strangers))


def _templates_of(people: np.ndarray, images: int) -> list[np.ndarray]:
    if images == 1:
        return [np.array([i]) for i in range(len(people))]
    random = np.random.default_rng(images)
    of_one = [np.flatnonzero(people == person) for person in np.unique(people)]
    many = [one for one in of_one if len(one) > images]
    return [random.choice(one, images, replace=False) for one in many for _ in range(DRAWS)]


def _gaps_to(embeddings: np.ndarray, template: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.maximum(2 - 2 * (embeddings @ template), 0)))
