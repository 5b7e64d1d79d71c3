"""Open-set identification on a data set: who is found, and how many strangers are somebody.

Over many random draws some people are enrolled and all others are strangers, as in ISO/IEC 19795-1:
the false-positive identification rate (FPIR) is the share of strangers' searches that return
somebody, the false-negative one (FNIR) the share of enrolled people's that do not return them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import BeyondCalibration, EvaluationRefused
from facelogin.domain.identification import IdentificationPolicy
from facelogin.evaluation.embedding import Embedded
from facelogin.evaluation.intervals import Interval
from facelogin.evaluation.splits import mean_of

DRAWS = 200
IMAGES = ((1, 1), (3, 1), (2, 2))
"""Images enrolled and shown."""
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
_MIN_PEOPLE = 20
_RESAMPLED = 500
_SEED = 20_260_301

Distances = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of searches, with the middle 95 % of it where people are drawn anew."""

    hits: int
    searches: int
    ci: Interval

    @property
    def rate(self) -> float:
        """The share itself."""
        return self.hits / self.searches


@dataclass(frozen=True, slots=True)
class AtTarget:
    """What the shipped decision does: threshold and margin at the rate that the policy wants.

    ``doubtful`` of the enrolled people are asked for a name; they count as not found.
    """

    fmr: float
    threshold: float
    fpir: Share
    fnir: Share
    doubtful: int


@dataclass(frozen=True, slots=True)
class Searches:
    """All searches of one gallery size and numbers of images, over all draws.

    ``strangers`` and ``own`` are distances: of the nearest person to each stranger, and of an
    enrolled person to themselves, infinite where another was nearer. ``at_target`` is None where
    thresholds end above the rate.
    """

    people: int
    enrolled: int
    shown: int
    draws: int
    strangers: Distances = field(repr=False)
    own: Distances = field(repr=False)
    at_target: AtTarget | None


@dataclass(frozen=True, slots=True)
class _Draw:
    """One draw: who searched, whom they were nearest to, and how near first and second were."""

    who: Numbers
    nearest: Numbers
    first: Distances
    second: Distances

    @classmethod
    def of(cls, probes: NDArray[np.float32], who: Numbers, gallery: _Gallery) -> _Draw:
        """Search for every probe."""
        gaps = np.sqrt(np.maximum(2 - 2 * (probes @ gallery.faces.T), 0))
        rows, nearest = np.arange(len(gaps)), np.argmin(gaps, axis=1)
        first = gaps[rows, nearest]
        gaps[rows, nearest] = np.inf
        return cls(who, gallery.people[nearest], first, gaps.min(axis=1))


@dataclass(frozen=True, slots=True)
class _Gallery:
    faces: NDArray[np.float32]
    people: Numbers


def evaluate(
    embedded: Embedded,
    *,
    calibration: Calibration,
    policy: IdentificationPolicy,
    sizes: Sequence[int] = SIZES,
    draws: int = DRAWS,
    seed: int = _SEED,
) -> list[Searches]:
    """Return the searches of every gallery size that leaves strangers, and numbers of images.

    The largest size is half of the people; of those with images enough. Raises EvaluationRefused
    where there are too few.
    """
    _, numbers = embedded.people()
    rows_of = [np.flatnonzero(numbers == person) for person in np.unique(numbers)]
    found = []
    for enrolled, shown in IMAGES:
        able = np.array([len(rows) >= enrolled + shown for rows in rows_of])
        most = min(len(rows_of) // 2, int(able.sum()))
        for size in sorted({one for one in sizes if one < most} | {most}):
            if most < _MIN_PEOPLE:
                continue
            first, others = _drawn(
                embedded.embeddings, rows_of, able, (enrolled, shown, size, draws, seed)
            )
            found.append(
                Searches(
                    people=size,
                    enrolled=enrolled,
                    shown=shown,
                    draws=draws,
                    strangers=others.first,
                    own=np.where(first.nearest == first.who, first.first, np.inf).astype(
                        np.float32
                    ),
                    at_target=_at_target(
                        first, others, calibration, policy, (size, enrolled, shown)
                    ),
                )
            )
    if not found:
        raise EvaluationRefused(
            f"Too few people have 2 images ({len(rows_of)} people): {_MIN_PEOPLE} have to be "
            "enrolled, and as many others to be strangers."
        )
    return found


def _drawn(
    embeddings: NDArray[np.float32],
    rows_of: Sequence[Numbers],
    able: NDArray[np.bool_],
    what: tuple[int, int, int, int, int],
) -> tuple[_Draw, _Draw]:
    """Return the searches of enrolled people and of strangers, over all draws."""
    enrolled, shown, size, draws, seed = what
    rng = np.random.default_rng([seed, enrolled, shown, size])
    candidates = np.flatnonzero(able)
    enough = np.array([len(rows) >= shown for rows in rows_of])
    own: list[_Draw] = []
    strange: list[_Draw] = []
    for _ in range(draws):
        mixed = [rng.permutation(rows) for rows in rows_of]
        inside = rng.permutation(candidates)[:size]
        outside = np.setdiff1d(np.flatnonzero(enough), inside)
        faces = mean_of(embeddings[np.stack([mixed[one][:enrolled] for one in inside])])
        gallery = _Gallery(faces, inside)
        for people, into in ((inside, own), (outside, strange)):
            probes = mean_of(embeddings[np.stack([mixed[one][-shown:] for one in people])])
            into.append(_Draw.of(probes, people, gallery))
    return _joined(own), _joined(strange)


def _joined(draws: Sequence[_Draw]) -> _Draw:
    return _Draw(
        who=np.concatenate([one.who for one in draws]),
        nearest=np.concatenate([one.nearest for one in draws]),
        first=np.concatenate([one.first for one in draws]),
        second=np.concatenate([one.second for one in draws]),
    )


def _at_target(
    own: _Draw,
    strange: _Draw,
    calibration: Calibration,
    policy: IdentificationPolicy,
    what: tuple[int, int, int],
) -> AtTarget | None:
    people, enrolled, shown = what
    fmr = policy.fmr_among(people)
    try:
        threshold = calibration.threshold(target_fmr=fmr, enrolled=enrolled, probe=shown)
    except BeyondCalibration:
        return None
    margin = policy.margin_of(calibration)
    clear = own.second >= own.first + margin
    near = own.first <= threshold
    missed = ~(near & clear & (own.nearest == own.who))
    taken = (strange.first <= threshold) & (strange.second >= strange.first + margin)
    return AtTarget(
        fmr=fmr,
        threshold=threshold,
        fpir=_share(strange, taken, both=True),
        fnir=_share(own, missed, both=False),
        doubtful=int(np.sum(near & ~clear)),
    )


def _share(draw: _Draw, hits: NDArray[np.bool_], *, both: bool) -> Share:
    """Return the share; ``both``: a hit is of two people, who are drawn anew independently.

    Without a hit the interval ends at three in as many searches as there were different people.
    """
    count = int(max(draw.who.max(), draw.nearest.max())) + 1
    searches = np.bincount(draw.who, minlength=count).astype(float)
    who, nearest = draw.who[hits], draw.nearest[hits]
    rng, rates = np.random.default_rng(_SEED), []
    for _ in range(_RESAMPLED):
        times = rng.multinomial(count, np.full(count, 1 / count)).astype(float)
        weights = times[who] * times[nearest] if both else times[who]
        rates.append(float(weights.sum() / max((times * searches).sum(), 1)))
    low, high = float(np.quantile(rates, 0.025)), float(np.quantile(rates, 0.975))
    if not hits.any():
        high = min(1.0, 3 / int(np.count_nonzero(searches)))
    return Share(int(hits.sum()), len(draw.who), (low, high))
