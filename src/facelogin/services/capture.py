"""From the images of one request to one probe: look, judge the quality, embed, fuse."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from facelogin.domain import matching, moments
from facelogin.domain.calibration import Calibration, Occasion
from facelogin.domain.errors import ImageRefused, InvalidRequest
from facelogin.domain.matching import Glimpse
from facelogin.domain.models import Embedding, EngineRef, Template
from facelogin.domain.observation import Face, Observation
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import FaceEngine, Recogniser
from facelogin.domain.requester import Requester
from facelogin.services.face_work import FaceJob, FaceWork

_KEPT_BYTES = 6_000_000
"""Pixels that may stay in memory between two turns of a job: two megapixels."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A face as one request showed it: the fused embedding and how many images went into it.

    ``engine`` made the embeddings, ``spread`` is how the images were taken, ``parts`` the embedding
    of each. ``others`` are the same images as further engines embedded them.
    """

    embedding: Embedding = field(repr=False)
    image_count: int
    engine: EngineRef
    parts: tuple[Embedding, ...] = field(repr=False)
    spread: Occasion = Occasion.DAYS
    others: tuple[Probe, ...] = field(default=(), repr=False)

    @classmethod
    def fused(
        cls,
        embedded: Mapping[EngineRef, Sequence[Embedding]],
        *,
        spread: Occasion = Occasion.DAYS,
    ) -> Probe:
        """Return the probe of images that each of these engines embedded, the default one first."""
        first, *others = (
            cls(
                embedding=matching.fuse(embeddings),
                image_count=len(embeddings),
                engine=engine,
                spread=spread,
                parts=tuple(embeddings),
            )
            for engine, embeddings in embedded.items()
        )
        return replace(first, others=tuple(others))

    def of(self, engine: EngineRef) -> Probe | None:
        """Return the same capture as that engine embedded it; None if it did not."""
        if engine == self.engine:
            return self
        return next((one for one in self.others if one.engine == engine), None)

    def of_first(self, images: int) -> Probe:
        """Return the probe that the first so many of its images make."""
        parts = self.parts[:images]
        return replace(self, embedding=matching.fuse(parts), image_count=len(parts), parts=parts)

    def counted(self, calibration: Calibration) -> int:
        """Return how many images of different days these count as, by that engine's table."""
        return calibration.independent(self.parts, self.spread)

    @property
    def glimpse(self) -> None:
        """There is nothing left to save."""

    def whole(self) -> Probe:
        """Return this very probe: nothing of it is missing."""
        return self

    def as_template(self, *, calibration: Calibration, created_at: datetime) -> Template:
        """Return the template, under a new id, that this face becomes at enrolment.

        Its number of images is what they count as for the engine of ``calibration``.
        """
        count = self.counted(calibration)
        return Template(
            template_id=secrets.token_hex(16),
            engine=calibration.engine,
            embedding=self.embedding if count > 1 else moments.as_one_image(self.parts),
            image_count=count,
            created_at=created_at,
        )


class FirstLook:
    """One image, embedded in part: enough where that part decides, and made whole where not."""

    def __init__(self, glimpse: Glimpse, complete: Callable[[], Probe]) -> None:
        self._glimpse = glimpse
        self._complete = complete
        self._whole: Probe | None = None

    @property
    def glimpse(self) -> Glimpse:
        """The part that was embedded first."""
        return self._glimpse

    def whole(self) -> Probe:
        """Return the probe that the image makes; the rest of its embedding is made once."""
        if self._whole is None:
            self._whole = self._complete()
        return self._whole


Shown = Probe | FirstLook
"""What a request showed, embedded no further than a decision may need."""


class CaptureReader:
    """Turns encoded images into a probe, refusing what is not good enough to decide on."""

    def __init__(self, engine: FaceEngine, policy: CapturePolicy, work: FaceWork) -> None:
        self._engine = engine
        self._policy = policy
        self._work = work

    def read(self, images: Sequence[bytes], requester: Requester) -> Probe:
        """Return the probe that one or more images of one person make.

        Each is embedded before the next one is decoded, so that the pixels of one are in memory.

        Raises an ImageRefused, saying which ``picture`` it is, for the first image that can't be
        used, InvalidRequest, naming ``images``, where they show different people, Busy where too
        many others are being looked at, and TooManyAttempts where the requester's network has had
        all the work that it may have.
        """
        _refuse_none(images)
        with self._work.turn(requester) as job:
            return self._read(images, job)

    @contextmanager
    def look(self, images: Sequence[bytes], requester: Requester) -> Iterator[Shown]:
        """Give what the images show to the block that compares it, which may not need it whole.

        Several images are always embedded whole: they also have to show one person.
        Raises what ``read`` raises, but nothing once the block has begun.
        """
        _refuse_none(images)
        with self._work.job(requester) as job:
            with job.turn():
                several = len(images) > 1
                shown = self._read(images, job) if several else self._glance(images[0], job)
            yield shown

    def _glance(self, image: bytes, job: FaceJob) -> Shown:
        with naming_picture(0):
            observation, face = self._subject(image)
        # With several engines all is embedded whole: no time may tell whose template is whose.
        # A large picture is, too: what is left for later keeps its pixels while it waits.
        at_once = bool(self._engine.others) or observation.pixels.nbytes > _KEPT_BYTES
        glimpse = None if at_once else self._engine.glimpse(observation, face)
        if glimpse is None:
            return Probe.fused(embed_with_all(self._engine, [(observation, face)]))

        def complete() -> Probe:
            with job.turn(), naming_picture(0):
                embedding = self._engine.embed(observation, face, begun=glimpse)
            return Probe.fused({self._engine.ref: [embedding]})

        return FirstLook(glimpse, complete)

    def _subject(self, image: bytes) -> tuple[Observation, Face]:
        observation = self._engine.observe(image)
        return observation, self._policy.subject(
            observation, min_sharpness=self._engine.min_sharpness
        )

    def _read(self, images: Sequence[bytes], job: FaceJob) -> Probe:
        embedded: dict[EngineRef, list[Embedding]] = {}
        for number, image in enumerate(images):
            with naming_picture(number):
                for engine, made in embed_with_all(self._engine, [self._subject(image)]).items():
                    embedded.setdefault(engine, []).extend(made)
            job.give_way()
        if matching.spread(embedded[self._engine.ref]) > self._engine.calibration.one_person:
            raise InvalidRequest(fields={"images": "These images do not show one person."})
        return Probe.fused(embedded)


def embed_with_all(
    engine: FaceEngine, subjects: Sequence[tuple[Observation, Face]]
) -> dict[EngineRef, tuple[Embedding, ...]]:
    """Return the embeddings of these faces by every recogniser that runs, the default one first."""
    recognisers: tuple[Recogniser, ...] = (engine, *engine.others)
    return {one.ref: tuple(_embedded(one, subjects)) for one in recognisers}


def _embedded(
    recogniser: Recogniser, subjects: Sequence[tuple[Observation, Face]]
) -> Iterator[Embedding]:
    for number, (observation, face) in enumerate(subjects):
        with naming_picture(number):
            yield recogniser.embed(observation, face)


@contextmanager
def naming_picture(number: int) -> Iterator[None]:
    """Have an ImageRefused of the block say which picture of several it is, counted from 0."""
    try:
        yield
    except ImageRefused as refusal:
        refusal.picture = number
        raise


def _refuse_none(images: Sequence[bytes]) -> None:
    if not images:
        raise InvalidRequest(fields={"image": "Send at least one image."})
