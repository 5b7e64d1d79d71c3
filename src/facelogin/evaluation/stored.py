"""The operator's own store as one side: what people are compared with when they sign in.

Every probe is compared with every template. One image shows each probe, so that the templates'
numbers of images decide which threshold is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import EvaluationRefused, SealError
from facelogin.domain.models import Embedding, EngineRef
from facelogin.domain.names import fold
from facelogin.domain.ports import Sealer, UserStore
from facelogin.evaluation.comparisons import Comparison, Side
from facelogin.evaluation.datasets import some
from facelogin.evaluation.embedding import Embedded
from facelogin.evaluation.intervals import MIN_HITS
from facelogin.evaluation.rates import Crowd, tars
from facelogin.evaluation.verification import (
    Evaluation,
    Fused,
    names_of,
    not_themselves,
    rates_at,
    strangers,
)

_PAGE = 500


@dataclass(frozen=True, slots=True)
class StoredFace:
    """One account's template, opened."""

    username: str
    embedding: Embedding = field(repr=False)
    image_count: int


@dataclass(frozen=True, slots=True)
class Stored:
    """The templates of one engine in a store.

    ``foreign`` people have none of it, those of ``sealed`` can't be opened.
    """

    faces: tuple[StoredFace, ...]
    foreign: int
    sealed: int


def open_templates(users: UserStore, sealer: Sealer, engine: EngineRef) -> Stored:
    """Open everybody's template of this engine. Raises StoreUnavailable."""
    faces: list[StoredFace] = []
    foreign = closed = 0
    after: str | None = None
    while page := users.page(after=after, limit=_PAGE):
        after = page[-1].user_id
        for user in page:
            sealed = user.template_by([engine])
            if sealed is None:
                foreign += 1
                continue
            try:
                template = sealer.unseal(sealed, user_id=user.user_id)
            except SealError:
                closed += 1
                continue
            faces.append(StoredFace(user.username, template.embedding, template.image_count))
    return Stored(tuple(faces), foreign, closed)


def of_accounts(embedded: Embedded, faces: Iterable[StoredFace]) -> tuple[Embedded, Sequence[str]]:
    """Return the probes whose folder is named like an account, and the folders that are not."""
    known = {fold(face.username) for face in faces}
    rows = [row for row, one in enumerate(embedded.images) if fold(one.person) in known]
    lost = sorted({one.person for one in embedded.images if fold(one.person) not in known})
    if not rows:
        raise EvaluationRefused(
            f"None of {len(lost)} folders is named like an account with a template of this engine "
            f"({len(known)} accounts): {some(lost)}."
        )
    images = tuple(embedded.images[row] for row in rows)
    return replace(embedded, images=images, embeddings=embedded.embeddings[rows]), lost


def evaluate_stored(
    embedded: Embedded, faces: Sequence[StoredFace], *, calibration: Calibration, target_fmr: float
) -> Evaluation:
    """Compare every probe with every template. Raises EvaluationRefused."""
    number = {fold(face.username): row for row, face in enumerate(faces)}
    templates = Side(np.stack([face.embedding for face in faces]), np.arange(len(faces)))
    people = np.array([number[fold(image.person)] for image in embedded.images])
    probes = Side(embedded.embeddings, people)
    comparison = Comparison()
    comparison.add(templates, probes)
    comparison.refuse_one_sided()
    named = [(face.username, f"template of {face.username}") for face in faces]
    shown = names_of(embedded)
    counts = sorted({face.image_count for face in faces})
    return Evaluation(
        embedded=embedded,
        people=len(np.unique(people)),
        comparison=comparison,
        tar_at_fmr=tars(comparison, Crowd(templates.people, people, itself=False)),
        shipped_threshold=calibration.threshold(target_fmr=target_fmr, enrolled=1, probe=1),
        shipped=None,
        fused={
            f"{count}+1": _with_images(faces, probes, count, calibration, target_fmr)
            for count in counts
        },
        columns={},
        strangers=strangers(comparison, named, shown),
        not_themselves=not_themselves(comparison, named, shown),
        side=probes,
    )


def _with_images(
    faces: Sequence[StoredFace],
    probes: Side,
    count: int,
    calibration: Calibration,
    target_fmr: float,
) -> Fused:
    """Return the rates of the templates of so many images, at their own threshold."""
    rows = np.array([row for row, face in enumerate(faces) if face.image_count == count])
    templates = Side(np.stack([faces[row].embedding for row in rows]), rows)
    comparison = Comparison()
    comparison.add(templates, probes)
    people = len(np.intersect1d(rows, probes.people))
    limit = calibration.threshold(target_fmr=target_fmr, enrolled=count, probe=1)
    enough = people >= MIN_HITS
    crowd = Crowd(rows, probes.people, itself=False)
    return Fused(
        people=people,
        splits=1,
        genuine_pairs=len(comparison.genuine),
        impostor_pairs=comparison.impostors.total,
        tar_at_fmr=tars(comparison, crowd) if enough else (),
        shipped=rates_at(comparison, limit) if enough else None,
        too_few_people=not enough,
    )
