"""Puts each picture of a data set under each condition, and has the product read the result.

What reads is ``CaptureReader``, as in a sign-in: decoder, detector, every gate, network. So a
change of any of them changes the figures.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources

import cv2
import numpy as np

from facelogin.domain.errors import EvaluationRefused, ImageRefused
from facelogin.domain.models import Embedding, FloatArray, Rgb
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import FaceEngine
from facelogin.domain.requester import OPERATOR
from facelogin.evaluation.conditions.condition import Condition
from facelogin.evaluation.datasets import Image
from facelogin.evaluation.embedding_cache import EmbeddingCache
from facelogin.services.capture import CaptureReader
from facelogin.services.face_work import FaceWork

_DECIDING = ("facelogin.face", "facelogin.domain", "facelogin.services", __package__)
"""The packages whose code decides what becomes of a picture."""
_FAST_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1)
Outcome = Embedding | str
"""An embedding, or the code of the refusal, with its detail behind a dot."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one picture as it is, and under each condition, in their order.

    Nothing is rendered from a picture that is refused as it is: ``under`` is empty then.
    """

    image: Image
    clean: Outcome
    under: tuple[Outcome, ...] = ()


class ConditionTaker:
    """Takes pictures under conditions. What a cache knows is neither rendered nor read again."""

    def __init__(
        self, engine: FaceEngine, conditions: Sequence[Condition], cache: EmbeddingCache
    ) -> None:
        self._engine = engine
        self._reader = CaptureReader(
            engine, CapturePolicy(), FaceWork(running=1, waiting=0, cpu_s=time.thread_time)
        )
        self._conditions = tuple(conditions)
        self._cache = cache

    def take_all(self, images: Sequence[Image]) -> Iterator[Taken]:
        """Yield what becomes of each image. Each is kept as soon as it is done."""
        for image in images:
            yield self._take(image)
            self._cache.flush()

    def _take(self, image: Image) -> Taken:
        try:
            content = image.path.read_bytes()
        except OSError as error:
            raise EvaluationRefused(f"{image.path} can't be read ({error.strerror}).") from error
        clean = self._kept(content, "", lambda: content)
        if isinstance(clean, str):
            return Taken(image, clean)
        seen: list[tuple[Rgb, FloatArray]] = []  # looked at only if something is to be rendered

        def rendered(condition: Condition) -> bytes:
            if not seen:
                seen.append(self._look(content, image))
            pixels, mesh = seen[0]
            chance = np.random.default_rng(_seed(content, condition.name))
            return _as_png(condition.render(pixels, mesh, chance))

        under = tuple(
            self._kept(content, one.name, partial(rendered, one)) for one in self._conditions
        )
        return Taken(image, clean, under)

    def _kept(self, content: bytes, condition: str, photo: Callable[[], bytes]) -> Outcome:
        key = content + condition.encode()
        known = self._cache.get(key)
        if known is not None:
            return known
        outcome = self._read(photo())
        self._cache.put(key, outcome)
        return outcome

    def _read(self, photo: bytes) -> Outcome:
        try:
            return self._reader.read([photo], OPERATOR).embedding
        except ImageRefused as refusal:
            return refusal.code if refusal.detail is None else f"{refusal.code}.{refusal.detail}"

    def _look(self, content: bytes, image: Image) -> tuple[Rgb, FloatArray]:
        observation = self._engine.observe(content)
        mesh = observation.faces[0].mesh
        if mesh is None:
            raise EvaluationRefused(
                f"{image.name}: conditions are rendered on a face's mesh, and the engine "
                f"{self._engine.ref.id} has none."
            )
        return observation.pixels, mesh


def pipeline_name(engine: FaceEngine) -> str:
    """Return a name for the engine and all code that decides what becomes of a picture.

    Under it outcomes are cached: after a change to a gate or a condition, none is used again.
    """
    digest = hashlib.sha256(cv2.__version__.encode())
    for package in _DECIDING:
        folder = resources.files(package)
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.name.endswith((".py", ".json")):
                digest.update(file.read_bytes())
    return f"{engine.ref.id} {engine.ref.version}, conditions {digest.hexdigest()[:16]}"


def sampled(images: Sequence[Image], most: int | None) -> tuple[Image, ...]:
    """Return the images of whole people, in the same order each time, until there are ``most``."""
    if most is None:
        return tuple(images)
    of_people: dict[str, list[Image]] = {}
    for image in images:
        of_people.setdefault(image.person, []).append(image)
    order = sorted(of_people, key=lambda name: hashlib.sha256(name.encode()).digest())
    return tuple(image for name in order for image in of_people[name])[:most]


def _seed(content: bytes, condition: str) -> int:
    return int.from_bytes(hashlib.sha256(content + condition.encode()).digest()[:8], "big")


def _as_png(pixels: Rgb) -> bytes:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", bgr, _FAST_PNG)[1].tobytes()
