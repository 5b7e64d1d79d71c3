"""What each quality limit refuses, and whether the network would have matched it as well as others.

A limit is worth what it keeps away: pictures that match worse. One that refuses people whom the
network would match costs and buys nothing; one that refuses some people more than others at the
same match rate is unfair. Both are told here, on pictures as they are and dimmed.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from facelogin.domain.errors import EvaluationRefused, ImageRefused
from facelogin.domain.models import Embedding, Rgb
from facelogin.domain.observation import Face, Observation
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import FaceEngine
from facelogin.evaluation.conditions.photo import exposed
from facelogin.evaluation.datasets import Image
from facelogin.evaluation.embedding import nearest_the_centre

PASSED = "passed"
_BYSTANDERS = "several_faces"
"""Refused for who else is in the picture; the face that is meant may be as good as any."""
_NO_FACE = "face_not_found"
_QUARTERS = 4
_QUALITY = 92
"""Of the JPEG that a dimmed picture becomes."""
_NO_MESH = np.zeros((468, 3), np.float32)
"""Light falls on all of a picture alike."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture: whose, its face by every measure, and what the policy says.

    ``face`` is the one nearest the centre, None if there is none. ``refusal`` is ``passed``, or a
    code with its detail.
    """

    image: Image
    face: Face | None = field(repr=False)
    refusal: str = PASSED
    embedding: Embedding | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Row:
    """So many pictures, which share of them the policy refuses, and FNMR against their mates.

    ``fnmr`` weighs each picture that has mates alike; None if none has.
    """

    name: str
    pictures: int
    refused: float
    fnmr: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a face, and the edges between which pictures are counted together."""

    name: str
    of: Callable[[Face], float]
    edges: tuple[float, ...]


def _degrees(axis: str) -> Callable[[Face], float]:
    def of(face: Face) -> float:
        return 0.0 if face.pose is None else float(getattr(face.pose, f"{axis}_deg"))

    return of


MEASURES = (
    Measure("yaw", _degrees("yaw"), (-90, -40, -35, -30, -25, -15, 15, 25, 30, 35, 40, 90)),
    Measure("pitch", _degrees("pitch"), (-90, -30, -25, -20, -15, 15, 20, 25, 30, 35, 90)),
    Measure("width", lambda face: face.box.width, (0, 50, 60, 70, 80, 90, 110, 150, math.inf)),
    Measure(
        "sharpness", lambda face: face.sharpness, (0, 0.45, 0.55, 0.6, 0.65, 0.7, 0.8, 1, math.inf)
    ),
    Measure("luma", lambda face: face.mean_luma, (0, 20, 40, 80, 100, 120, 140, 160, 200, 256)),
    Measure(
        "contrast_to_noise",
        lambda face: face.contrast_to_noise,
        (0, 2, 3, 3.5, 4, 5, 7, 10, 15, math.inf),
    ),
    Measure("clipped", lambda face: face.clipped, (0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.01)),
)


def look_at(images: Iterable[Image], engine: FaceEngine, policy: CapturePolicy) -> Iterator[Seen]:
    """Yield what each picture shows, embedded whether or not the policy would refuse it."""
    for image in images:
        yield _seen(image, image.path.read_bytes(), engine, policy)


def dimmed(
    pictures: Iterable[Seen], engine: FaceEngine, policy: CapturePolicy, *, stops: int
) -> Iterator[Seen]:
    """Yield the same pictures with so many stops less light, a webcam's noise, and as JPEG.

    The noise of a picture is the same in each run.
    """
    for one in pictures:
        pixels = engine.observe(one.image.path.read_bytes()).pixels
        rng = np.random.default_rng(zlib.crc32(f"{one.image.name} {stops}".encode()))
        dark = exposed(pixels, _NO_MESH, rng, stops=-stops)
        yield _seen(one.image, _encoded(dark), engine, policy)


def mates_of(seen: Sequence[Seen]) -> dict[str, tuple[Seen, ...]]:
    """Return by each picture's name the other pictures of its person that the policy lets pass."""
    by_person: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        if one.refusal == PASSED:
            by_person[one.image.person].append(one)
    return {
        one.image.name: tuple(
            mate for mate in by_person[one.image.person] if mate.image.name != one.image.name
        )
        for one in seen
    }


class Gates:
    """Counts a data set by refusal, by measure, and by quarters of luma."""

    def __init__(self, seen: Sequence[Seen], *, threshold: float) -> None:
        """Take what ``look_at`` yields; ``threshold`` is for one image against one.

        Raises EvaluationRefused if no picture with a face has a mate that passes.
        """
        self._seen = seen
        self._threshold = threshold
        self._mates = mates_of(seen)
        if not any(one.face is not None and self._mates[one.image.name] for one in seen):
            raise EvaluationRefused("Nobody has a second picture that passes, to be matched with.")

    def row(self, name: str, some: Sequence[Seen]) -> Row:
        """Return what these pictures come to. Without a picture ``refused`` is 0."""
        rates = [rate for rate in map(self._missed, some) if rate is not None]
        refused = [one.refusal != PASSED for one in some]
        return Row(
            name,
            pictures=len(some),
            refused=float(np.mean(refused)) if refused else 0.0,
            fnmr=float(np.mean(rates)) if rates else None,
        )

    def by_refusal(self) -> list[Row]:
        """Return a row for each answer of the policy, ``passed`` first."""
        found: dict[str, list[Seen]] = {PASSED: []}
        for one in self._seen:
            found.setdefault(one.refusal, []).append(one)
        return [self.row(name, some) for name, some in found.items()]

    def by_measure(self, measure: Measure) -> list[Row]:
        """Return a row for each interval of a measure in which there are pictures."""
        alone = [one for one in self._seen if one.refusal != _BYSTANDERS]
        rows = []
        for low, high in zip(measure.edges, measure.edges[1:], strict=False):
            some = [one for one in alone if one.face and low <= measure.of(one.face) < high]
            if some:
                rows.append(self.row(f"{measure.name} {low:g} to {high:g}", some))
        return rows

    def quarters(self, most: int) -> list[list[Seen]]:
        """Return pictures that pass and have mates in quarters by luma, the darkest first.

        At most ``most`` in all, one of each person, in order of their names.
        """
        chosen: dict[str, Seen] = {}
        for one in self._seen:
            if one.refusal == PASSED and self._mates[one.image.name]:
                chosen.setdefault(one.image.person, one)
        some = list(chosen.values())[:most]
        some.sort(key=lambda one: 0.0 if one.face is None else one.face.mean_luma)
        return [list(part) for part in np.array_split(np.array(some, object), _QUARTERS)]

    def _missed(self, one: Seen) -> float | None:
        """Return the share of its mates that a picture doesn't match, None if it has none."""
        mates = [mate.embedding for mate in self._mates[one.image.name]]
        apart = [e for e in mates if e is not None]
        if not apart:
            return None
        if one.embedding is None:
            return 1.0
        distances = np.linalg.norm(np.stack(apart) - one.embedding, axis=1)
        return float(np.mean(distances > self._threshold))


def _seen(image: Image, content: bytes, engine: FaceEngine, policy: CapturePolicy) -> Seen:
    try:
        observation = engine.observe(content)
    except ImageRefused as refusal:
        return Seen(image, None, refusal.code)
    face = nearest_the_centre(observation)
    if face is None:
        return Seen(image, None, _NO_FACE)
    refusal_code = _refusal(observation, face, engine, policy)
    return Seen(image, face, refusal_code, engine.embed(observation, face))


def _refusal(
    observation: Observation, face: Face, engine: FaceEngine, policy: CapturePolicy
) -> str:
    """Return what the policy says of the picture; of a bystander's face if that is the widest."""
    try:
        subject = policy.subject(observation, min_sharpness=engine.min_sharpness)
    except ImageRefused as refusal:
        return refusal.code if refusal.detail is None else f"{refusal.code}.{refusal.detail}"
    return PASSED if subject is face else _BYSTANDERS


def _encoded(pixels: Rgb) -> bytes:
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes()
