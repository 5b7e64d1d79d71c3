"""Every image of a data set is looked at once; the face nearest its centre is the one meant."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import hypot

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.errors import EvaluationRefused, ImageRefused
from facelogin.domain.models import Embedding
from facelogin.domain.observation import Face, Observation
from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.datasets import Image, some
from facelogin.evaluation.embedding_cache import NO_FACE, EmbeddingCache

_FLUSH_EVERY = 32


@dataclass(frozen=True, slots=True)
class Embedded:
    """What became of a data set's images.

    ``embeddings`` (shape (n, dimension)) are of ``images``, in their order. ``undetected`` are
    images without a face, ``unreadable`` files that are no image, ``repeated`` second copies of an
    image of the same person: none of these three is among ``images``.
    """

    images: tuple[Image, ...]
    embeddings: NDArray[np.float32] = field(repr=False)
    undetected: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    def people(self) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """Return the names of the people, and for each image the number of its person."""
        names, numbers = np.unique([image.person for image in self.images], return_inverse=True)
        return tuple(map(str, names)), numbers.astype(np.int64)


def nearest_the_centre(seen: Observation) -> Face | None:
    """Return the face whose box is centred nearest to the middle of the image."""
    height, width = seen.pixels.shape[:2]

    def off_centre(face: Face) -> float:
        box = face.box
        return hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2)

    return min(seen.faces, key=off_centre, default=None)


def embed_all(
    images: Sequence[Image], engine: FaceEngine, cache: EmbeddingCache
) -> Iterator[Embedding | str]:
    """Yield for each image its embedding or the code of what is wrong with it.

    What the cache knows is not looked at again; what is new is kept now and then, and when the
    cache is left, also by an interrupt.
    """
    for number, image in enumerate(images, start=1):
        yield _outcome(image, engine, cache)
        if number % _FLUSH_EVERY == 0:
            cache.flush()


def gather(images: Sequence[Image], outcomes: Sequence[Embedding | str]) -> Embedded:
    """Put together what ``embed_all`` found.

    Raises EvaluationRefused where one picture lies under several people, or none has a face.
    """
    good: list[Image] = []
    embeddings: list[Embedding] = []
    troubles: dict[str, list[str]] = defaultdict(list)
    repeated = _repeated(images)
    for image, outcome in zip(images, outcomes, strict=True):
        if image.name in repeated:
            continue
        if isinstance(outcome, str):
            troubles["undetected" if outcome == NO_FACE else "unreadable"].append(image.name)
        else:
            good.append(image)
            embeddings.append(outcome)
    if not good:
        raise EvaluationRefused(
            f"No face was found in any of {len(images)} images "
            f"({len(troubles['unreadable'])} of them can't be read as images)."
        )
    return Embedded(
        images=tuple(good),
        embeddings=np.stack(embeddings),
        undetected=tuple(troubles["undetected"]),
        unreadable=tuple(troubles["unreadable"]),
        repeated=tuple(sorted(repeated)),
    )


def _outcome(image: Image, engine: FaceEngine, cache: EmbeddingCache) -> Embedding | str:
    try:
        content = image.path.read_bytes()
    except OSError:
        return "unreadable"
    known = cache.get(content)
    if known is not None:
        return known
    outcome = _look(content, engine)
    cache.put(content, outcome)
    return outcome


def _look(content: bytes, engine: FaceEngine) -> Embedding | str:
    try:
        seen = engine.observe(content)
        face = nearest_the_centre(seen)
        return NO_FACE if face is None else engine.embed(seen, face)
    except ImageRefused as refusal:
        return refusal.code


def _repeated(images: Sequence[Image]) -> set[str]:
    """Return the second copies of pictures; refuse those that lie under several people."""
    first: dict[bytes, Image] = {}
    repeated, contradictions = set(), []
    for image in images:
        try:
            digest = hashlib.sha256(image.path.read_bytes()).digest()
        except OSError:
            continue
        other = first.setdefault(digest, image)
        if other is image:
            continue
        repeated.add(image.name)
        if other.person != image.person:
            contradictions.append(f"{other.name} = {image.name}")
    if contradictions:
        raise EvaluationRefused(
            f"{len(contradictions)} pictures lie under more than one person: "
            f"{some(contradictions)}. Leave each where it belongs."
        )
    return repeated
