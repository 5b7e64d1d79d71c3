"""From the images of one request to one probe: look, judge the quality, embed, fuse."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from facelogin.domain import matching
from facelogin.domain.calibration import Calibration, Occasion
from facelogin.domain.errors import InvalidRequest
from facelogin.domain.models import Embedding, Template
from facelogin.domain.policy import CapturePolicy
from facelogin.domain.ports import FaceEngine
from facelogin.services.face_work import FaceWork


@dataclass(frozen=True, slots=True)
class Probe:
    """A face as one request showed it: the fused embedding and how many images went into it.

    ``spread`` is how these were taken, ``parts`` the embedding of each.
    """

    embedding: Embedding = field(repr=False)
    image_count: int
    spread: Occasion = Occasion.DAYS
    parts: tuple[Embedding, ...] = field(default=(), repr=False)

    def of_first(self, images: int) -> Probe:
        """Return the probe that the first so many of its images make."""
        parts = self.parts[:images]
        return replace(self, embedding=matching.fuse(parts), image_count=len(parts), parts=parts)

    def as_template(self, *, calibration: Calibration, created_at: datetime) -> Template:
        """Return the template, under a new id, that this face becomes at enrolment.

        Its number of images is what they count as for the engine of ``calibration``.
        """
        return Template(
            template_id=secrets.token_hex(16),
            engine=calibration.engine,
            embedding=self.embedding,
            image_count=calibration.counted(self.image_count, self.spread),
            created_at=created_at,
        )


class CaptureReader:
    """Turns encoded images into a probe, refusing what is not good enough to decide on."""

    def __init__(self, engine: FaceEngine, policy: CapturePolicy, work: FaceWork) -> None:
        self._engine = engine
        self._policy = policy
        self._work = work

    def read(self, images: Sequence[bytes]) -> Probe:
        """Return the probe that one or more images of one person make.

        Raises an ImageRefused for the first image that can't be used (no image is embedded before
        all were judged), InvalidRequest, naming ``images``, where they show different people, and
        Busy where too many others are being looked at.
        """
        if not images:
            raise InvalidRequest(fields={"image": "Send at least one image."})
        with self._work.turn():
            return self._read(images)

    def _read(self, images: Sequence[bytes]) -> Probe:
        subjects = []
        for image in images:
            observation = self._engine.observe(image)
            face = self._policy.subject(observation, min_sharpness=self._engine.min_sharpness)
            subjects.append((observation, face))
        embeddings = [self._engine.embed(observation, face) for observation, face in subjects]
        if matching.spread(embeddings) > self._engine.calibration.one_person:
            raise InvalidRequest(fields={"images": "These images do not show one person."})
        return Probe(
            embedding=matching.fuse(embeddings),
            image_count=len(embeddings),
            parts=tuple(embeddings),
        )
