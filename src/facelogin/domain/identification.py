"""Identification (1:N): whose of all the enrolled faces a face is, if it is anybody's.

Where one comparison lets a stranger through with the probability FMR, a search of ``n`` people does
with ``FPIR = 1 - (1 - FMR)^n`` (ISO/IEC 19795-1, on the assumption that comparisons are
independent): what is one stranger in ten thousand against one template is two in three against ten
thousand. So the threshold of a search follows from the rate wanted for all of it and from how many
people are searched, and where no figure was measured for it, there is no search.

Each person is searched under one engine, each engine under its own thresholds for the rate that
follows from all people together. No distance of one engine is held against one of another; how near
two people are is compared as a share of what each engine's comparison with a name accepts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from facelogin.domain.calibration import TARGET_FMR, Calibration
from facelogin.domain.errors import IdentificationUnavailable
from facelogin.domain.models import Embedding, EngineRef, User


class IdentificationMode(StrEnum):
    """Whether somebody may sign in without saying who they are."""

    OFF = "off"
    ON = "on"


class SearchRates(StrEnum):
    """How far down the rates of an engine's table a search may go."""

    MEASURED = "measured"
    """Down to those that hold for the worst-off group."""
    PROVISIONAL = "provisional"
    """Also to those that were measured over everybody together, and on no other people."""


@dataclass(frozen=True, slots=True)
class IdentificationPolicy:
    """What a sign-in without a name must keep to.

    ``target_fpir`` is the share of strangers' attempts that may be taken for somebody, whatever the
    number of people. ``margin`` is how much nearer the nearest person must be than the second, as a
    share of ``unit_of``. ``target_fmr`` is the false-match rate of a comparison with a name, which
    no comparison of a search exceeds. ``rates``: how low the rates may be that follow.
    """

    mode: IdentificationMode = IdentificationMode.OFF
    target_fpir: float = 1e-3
    margin: float = 0.0945
    target_fmr: float = TARGET_FMR
    rates: SearchRates = SearchRates.MEASURED

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

    def lowest_fmr(self, calibration: Calibration, *, enrolled: int, probe: int) -> float:
        """Return the lowest rate that a search may use for these numbers of images."""
        lowest = calibration.lowest_fmr(enrolled=enrolled, probe=probe)
        if self.rates is SearchRates.PROVISIONAL:
            return lowest
        return max(lowest, calibration.checked_down_to or 0.0)

    def unit_of(self, calibration: Calibration) -> float:
        """Return the distance by which that engine's nearness is measured.

        It is the threshold of a comparison with a name, one image on either side. Engines differ in
        their distances as in feet and metres; in shares of this one they mean the same.
        """
        return calibration.threshold(target_fmr=self.target_fmr, enrolled=1, probe=1)

    def margin_of(self, calibration: Calibration) -> float:
        """Return the margin as a distance of that engine's embeddings."""
        return self.margin * self.unit_of(calibration)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enrolled face that is near the one searched for, and how near, as its engine sees it."""

    user_id: str
    template_id: str
    engine: EngineRef
    image_count: int
    distance: float

    def stands_for(self, user: User, engines: Iterable[EngineRef]) -> bool:
        """Return whether this is the template by which that user is searched now.

        ``engines`` are those that run, the default one first.
        """
        template = user.template_by(engines)
        return template is not None and template.template_id == self.template_id


Enrolled = Mapping[int, int]
"""How many people there are, by the number of images that each enrolled with."""

Census = Mapping[EngineRef, Enrolled]
"""Who is searched under each engine. Engines without people are left out."""


def people_in(census: Census) -> int:
    """Return how many people there are under all engines together."""
    return sum(sum(enrolled.values()) for enrolled in census.values())


@dataclass(frozen=True, slots=True)
class Search:
    """A face as one engine embedded it, and how far from it people of that engine matter."""

    embedding: Embedding = field(repr=False)
    within: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """What one search found among these people, of each engine the nearest first."""

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

    def nearest(self, searches: Mapping[EngineRef, Search], *, most: int) -> Nearest:  # noqa: ARG002
        """Raise IdentificationUnavailable."""
        raise IdentificationUnavailable

    def pairs(
        self,
        within: Mapping[EngineRef, float],  # noqa: ARG002
    ) -> Iterator[tuple[Candidate, Candidate]]:
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


@dataclass(frozen=True, slots=True)
class Limits:
    """How near a face must be to those of one engine, in distances of its embeddings.

    ``accepts`` is the distance up to which the search takes a face for an enrolled one,
    ``verifies`` that of a comparison with a name (1:1), ``unit`` what ``unit_of`` gives.
    """

    accepts: ByImages
    verifies: ByImages
    unit: float


def decide(
    candidates: Sequence[Candidate], *, limits: Mapping[EngineRef, Limits], margin: float
) -> Decision:
    """Return whose face it is.

    ``candidates`` are the nearest of all people, one for each; ``limits`` those of their engines.
    Of what a search accepts and what a comparison with a name does the stricter counts: leaving the
    name out helps nobody in. Whoever is hardly less near than the nearest makes it doubtful, and so
    does whoever is near enough by another engine, however near: they are two people.
    """

    def share(one: Candidate) -> float:
        return one.distance / limits[one.engine].unit

    def within(one: Candidate, limit: Callable[[Limits], ByImages]) -> bool:
        return one.distance <= limit(limits[one.engine])(one.image_count)

    ordered = sorted(candidates, key=share)
    near = [one for one in ordered if within(one, lambda its: its.verifies)]
    known = [one for one in near if within(one, lambda its: its.accepts)]
    if not known:
        return Decision(Verdict.UNKNOWN, near[0] if near else None)
    best = known[0]
    rivals = [
        one
        for one in ordered
        if one is not best
        and (share(one) < share(best) + margin or (one.engine != best.engine and one in known))
    ]
    return Decision(Verdict.DOUBTFUL if rivals else Verdict.KNOWN, best)
