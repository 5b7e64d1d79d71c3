"""Error rates of each condition at the threshold in use, and whether one lets strangers in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from facelogin.domain.errors import EvaluationRefused
from facelogin.evaluation.conditions.condition import Condition
from facelogin.evaluation.conditions.taking import Outcome, Taken
from facelogin.evaluation.intervals import MIN_HITS, Interval, rate_interval
from facelogin.evaluation.rates import pairs_of_people

CLEAN = "as it is"
MOST_TIMES_TARGET = 2.0
"""How many times the target a condition may let strangers in, before it counts as a fault."""
_RESAMPLED = 500
_SEED = 20_261_201
_BLOCK_ROWS = 512


@dataclass(frozen=True, slots=True)
class FalseMatches:
    """How often strangers match: ``hits`` of ``pairs``, and how many different pairs of people.

    ``ci`` is the middle 95 % of what comes out when people, not pairs, are drawn anew: a picture
    that is like everybody's is one person's, however many it matches.
    """

    hits: int
    pairs: int
    people: int
    ci: Interval

    @property
    def fmr(self) -> float:
        """The false-match rate."""
        return self.hits / self.pairs

    def exceeds(self, fmr: float) -> bool:
        """Return whether the rate is above that beyond doubt, more than a few people behind it."""
        return self.people >= MIN_HITS and self.ci[0] > fmr


@dataclass(frozen=True, slots=True)
class ConditionRates:
    """What one condition does.

    ``passed`` of ``images`` went through the gates; ``refused`` counts the codes of the rest.
    ``against_clean``: strangers whose enrolled picture is as it is; ``among_themselves``: both
    under the condition; None if there is no pair. ``fnmr`` is of those that passed, against other,
    clean pictures of the person; None without a pair.
    """

    name: str
    images: int
    passed: int
    refused: Mapping[str, int]
    against_clean: FalseMatches | None
    among_themselves: FalseMatches | None
    genuine: int
    fnmr: float | None
    fnmr_ci: Interval | None

    def exceeds(self, fmr: float) -> bool:
        """Return whether strangers match more often than that beyond doubt, either way."""
        both = (self.against_clean, self.among_themselves)
        return any(one is not None and one.exceeds(fmr) for one in both)


@dataclass(frozen=True, slots=True)
class _Passed:
    """The embeddings of pictures that passed, the number of each one's person and picture."""

    embeddings: NDArray[np.float32] = field(repr=False)
    people: NDArray[np.int64] = field(repr=False)
    pictures: NDArray[np.int64] = field(repr=False)


def measure(
    taken: Sequence[Taken], conditions: Sequence[Condition], *, threshold: float
) -> tuple[ConditionRates, ...]:
    """Return the rates of each condition, those of the pictures as they are first.

    Raises EvaluationRefused if the pictures of fewer than two people pass as they are.
    """
    _, numbers = np.unique([one.image.person for one in taken], return_inverse=True)
    people = numbers.astype(np.int64)
    clean = _passed([one.clean for one in taken], people)
    if len(np.unique(clean.people)) < 2:
        raise EvaluationRefused(
            f"Of {len(taken)} pictures {len(clean.people)} pass as they are, and not of two people."
        )
    whole = [(row, one) for row, one in enumerate(taken) if one.under]
    rows = np.array([row for row, _ in whole])
    rates = [_rates(CLEAN, [one.clean for one in taken], people, clean, threshold)]
    for number, condition in enumerate(conditions):
        outcomes = [one.under[number] for _, one in whole]
        rates.append(_rates(condition.name, outcomes, people[rows], clean, threshold, rows))
    return tuple(rates)


def _passed(
    outcomes: Sequence[Outcome],
    people: NDArray[np.int64],
    pictures: NDArray[np.int64] | None = None,
) -> _Passed:
    rows = [row for row, outcome in enumerate(outcomes) if not isinstance(outcome, str)]
    kept = [one for one in outcomes if not isinstance(one, str)]
    pictures = np.arange(len(outcomes)) if pictures is None else pictures
    stacked = np.stack(kept) if kept else np.zeros((0, 1), np.float32)
    return _Passed(stacked, people[rows], pictures[rows])


def _rates(
    name: str,
    outcomes: Sequence[Outcome],
    people: NDArray[np.int64],
    clean: _Passed,
    threshold: float,
    pictures: NDArray[np.int64] | None = None,
) -> ConditionRates:
    probes = _passed(outcomes, people, pictures)
    refused = Counter(one for one in outcomes if isinstance(one, str))
    genuine, kept_out = _genuine(probes, clean, threshold)
    return ConditionRates(
        name=name,
        images=len(outcomes),
        passed=len(probes.people),
        refused=dict(refused.most_common()),
        against_clean=None if name == CLEAN else _strangers(probes, clean, threshold),
        among_themselves=_strangers(probes, probes, threshold),
        genuine=genuine,
        fnmr=kept_out / genuine if genuine else None,
        fnmr_ci=rate_interval(kept_out, genuine) if genuine else None,
    )


def false_matches(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    here: NDArray[np.int64],
    there: NDArray[np.int64],
    *,
    itself: bool = False,
) -> FalseMatches | None:
    """Return how often strangers match; None if there is no pair of strangers.

    ``a`` and ``b`` are the people of each match of two people, ``here`` and ``there`` those of the
    pictures on either side, all of which were compared. ``itself``: both sides are one, and each
    match is there either way round.
    """
    most = int(max((*here, *there), default=0)) + 1
    left, right = (np.bincount(side, minlength=most).astype(float) for side in (here, there))
    pairs = round(left.sum() * right.sum() - (left * right).sum())
    if pairs < 1:
        return None
    twice = 2 if itself else 1
    return FalseMatches(
        hits=len(a) // twice,
        pairs=pairs // twice,
        people=pairs_of_people(a, b),
        ci=_drawn_anew(a, b, left, right) if len(a) else (0.0, min(1.0, 3 * twice / pairs)),
    )


def _strangers(left: _Passed, right: _Passed, threshold: float) -> FalseMatches | None:
    """Compare each of one side with each stranger of the other; once each if both are the same."""
    a, b = _matching(left, right, threshold)
    return false_matches(a, b, left.people, right.people, itself=left is right)


def _matching(
    left: _Passed, right: _Passed, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return who matches whom, of all pairs of two people, either way round."""
    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for start in range(0, len(left.people), _BLOCK_ROWS):
        cosines = left.embeddings[start : start + _BLOCK_ROWS] @ right.embeddings.T
        rows, columns = np.nonzero(cosines >= 1 - threshold**2 / 2)
        found.append((left.people[start + rows], right.people[columns]))
    nobody = np.zeros(0, np.int64)
    a, b = (np.concatenate([nobody, *(pair[side] for pair in found)]) for side in (0, 1))
    return a[a != b], b[a != b]


def _drawn_anew(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    here: NDArray[np.float64],
    there: NDArray[np.float64],
) -> Interval:
    """Return the middle 95 % of the rates of crowds in which each person is drawn by chance.

    ``a`` and ``b`` are the people of the matches, ``here`` and ``there`` how many pictures each
    person has on either side.
    """
    rng, rates = np.random.default_rng(_SEED), []
    count = len(here)
    for _ in range(_RESAMPLED):
        times = rng.multinomial(count, np.full(count, 1 / count)).astype(float)
        left, right = times * here, times * there
        pairs = left.sum() * right.sum() - (left * right).sum()
        if pairs > 0:
            rates.append(float((times[a] * times[b]).sum() / pairs))
    low, high = np.quantile(rates, (0.025, 0.975)) if rates else (0.0, 1.0)
    return float(low), float(high)


def _genuine(probes: _Passed, clean: _Passed, threshold: float) -> tuple[int, int]:
    """Return how many pairs of different pictures of one person there are, and how many fail."""
    if not len(probes.people):
        return 0, 0
    same = probes.people[:, None] == clean.people[None, :]
    a, b = np.nonzero(same & (probes.pictures[:, None] != clean.pictures[None, :]))
    cosines = np.einsum("ij,ij->i", probes.embeddings[a], clean.embeddings[b])
    return len(a), int(np.sum(cosines < 1 - threshold**2 / 2))
