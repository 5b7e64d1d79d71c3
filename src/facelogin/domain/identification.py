"""Identification (1:N): whose of all the enrolled faces a face is, if it is anybody's.

Where one comparison lets a stranger through with the probability FMR, a search of ``n`` people does
with ``FPIR = 1 - (1 - FMR)^n`` (ISO/IEC 19795-1, on the assumption that comparisons are
independent): what is one stranger in ten thousand against one template is two in three against ten
thousand. So the threshold of a search follows from the rate wanted for all of it and from how many
people are searched, and where no figure was measured for it, there is no search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from facelogin.domain.calibration import TARGET_FMR
from facelogin.domain.errors import IdentificationUnavailable
from facelogin.domain.models import Embedding


class IdentificationMode(StrEnum):
    """Whether somebody may sign in without saying who they are."""

    OFF = "off"
    ON = "on"


@dataclass(frozen=True, slots=True)
class IdentificationPolicy:
    """What a sign-in without a name must keep to.

    ``target_fpir`` is the share of strangers' attempts that may be taken for somebody, whatever the
    number of people. ``margin`` is the least distance by which the nearest person must be nearer
    than the second. ``target_fmr`` is the false-match rate of a comparison with a name, which no
    comparison of a search exceeds.
    """

    mode: IdentificationMode = IdentificationMode.OFF
    target_fpir: float = 1e-3
    margin: float = 0.03
    target_fmr: float = TARGET_FMR

    @property
    def on(self) -> bool:
        """Whether a name may be left out."""
        return self.mode is IdentificationMode.ON

    def fmr_among(self, people: int) -> float:
        """Return the false-match rate that each comparison may have among so many people.

        Never more than in a comparison with a name, however few there are: leaving the name out
        helps nobody in.
        """
        return min(comparison_fmr(fpir=self.target_fpir, people=people), self.target_fmr)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enrolled face that is near the one searched for, and how near."""

    user_id: str
    template_id: str
    image_count: int
    distance: float


Census = Mapping[int, int]
"""How many people there are, by the number of images that each enrolled with."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """What one search found among these people, the nearest first."""

    census: Census
    candidates: tuple[Candidate, ...] = ()


class Verdict(StrEnum):
    """What a search comes to."""

    KNOWN = "known"
    DOUBTFUL = "doubtful"
    """Near enough to one person, but hardly less near to another one."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one search.

    ``candidate`` is whom the face is near enough to for a 1:1 comparison, let in or not; None
    where it is near nobody.
    """

    verdict: Verdict
    candidate: Candidate | None = None


class NoGallery:
    """Nobody's faces: what stands at the port where nobody may be found by their face alone."""

    def check(self) -> None:
        """Raise IdentificationUnavailable."""
        raise IdentificationUnavailable

    def census(self) -> Census:
        """Return nobody."""
        return {}

    def nearest(self, probe: Embedding, *, within: float, most: int) -> Nearest:  # noqa: ARG002
        """Raise IdentificationUnavailable."""
        raise IdentificationUnavailable

    def pairs(self, *, within: float) -> Iterator[tuple[Candidate, Candidate]]:  # noqa: ARG002
        """Raise IdentificationUnavailable."""
        raise IdentificationUnavailable

    def read_again(self, user_id: str) -> None:
        """Do nothing."""

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


NO_GALLERY = NoGallery()

ByImages = Callable[[int], float]
"""A distance by the number of images that were enrolled."""


def comparison_fmr(*, fpir: float, people: int) -> float:
    """Return the false-match rate of one comparison at which a search of ``people`` has ``fpir``.

    The inverse of ``FPIR = 1 - (1 - FMR)^n``, without loss for small rates.
    """
    if people < 1:
        raise ValueError("a search of nobody has no rate")
    return -math.expm1(math.log1p(-fpir) / people)


def search_fpir(*, fmr: float, people: int) -> float:
    """Return the share of strangers whom a search of ``people`` takes for somebody."""
    return -math.expm1(people * math.log1p(-fmr))


def largest_gallery(*, fpir: float, lowest_fmr: float) -> int:
    """Return how many people can be searched at ``fpir`` with an FMR that was measured."""
    return math.floor(math.log1p(-fpir) / math.log1p(-lowest_fmr))


def decide(
    candidates: Sequence[Candidate], *, accepts: ByImages, verifies: ByImages, margin: float
) -> Decision:
    """Return whose face it is.

    ``candidates`` are the nearest of all people, one for each. ``accepts`` is the distance up to
    which the search takes a face for an enrolled one, ``verifies`` the distance of a comparison
    with a name (1:1). The stricter of the two counts: leaving the name out helps nobody in.
    """
    ordered = sorted(candidates, key=lambda one: one.distance)
    near = [one for one in ordered if one.distance <= verifies(one.image_count)]
    known = [one for one in near if one.distance <= accepts(one.image_count)]
    if not known:
        return Decision(Verdict.UNKNOWN, near[0] if near else None)
    best = known[0]
    rivals = [one for one in ordered if one is not best and one.distance < best.distance + margin]
    return Decision(Verdict.DOUBTFUL if rivals else Verdict.KNOWN, best)
