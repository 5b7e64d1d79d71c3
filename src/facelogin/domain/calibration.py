"""From a target false-match rate to the distance up to which two faces match.

A calibration belongs to one engine (id and version) and was fitted on one data set. It knows, for
every number of images on either side, the thresholds at a few false-match rates; between them it
interpolates on the logarithm of the rate, and beyond them it refuses to guess.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from facelogin.domain import moments
from facelogin.domain.errors import BeyondCalibration
from facelogin.domain.models import Embedding, EngineRef

TARGET_FMR = 1e-4
"""How many strangers in each that a comparison may let in: NIST SP 800-63B asks for no more."""


class Occasion(StrEnum):
    """How several images of one side were taken: in one go, or on different days."""

    BURST = "burst"
    """Frames of one sitting, like those of a live capture. They share light, camera and mood, and
    averaging them gains little: strangers' distances shrink by less than half of what two images of
    different days make of it."""
    DAYS = "days"
    """Nobody knows, or on different days: the stricter of the two."""


@dataclass(frozen=True, slots=True)
class Point:
    """One calibrated rate.

    Up to ``threshold`` (a distance of L2-normalised embeddings) a stranger matches with a
    probability of ``fmr``, and the person fails to with ``fnmr``, None where nobody measured that.
    ``provisional``: carried over from other numbers of images, too few pairs having been at hand.
    """

    fmr: float
    threshold: float
    fnmr: float | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Continuity:
    """How far apart the embeddings of one person may lie within one live capture.

    ``frontal`` is between frames of looking straight, ``turned`` from those to that frame of a
    turn that is turned least of those that are turned enough. Distances of L2-normalised
    embeddings, of one engine.
    """

    frontal: float
    turned: float


Cells = Mapping[tuple[int, int], tuple[Point, ...]]
"""Points by number of images (more, fewer), the highest rate first."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The thresholds of one engine.

    ``one_person`` is the distance beyond which two pictures of one enrolment are taken to show
    different people. ``days_apart`` is the root-mean-square distance of two pictures of one person
    that were taken on different days: images that lie nearer to one another count as fewer; None:
    each counts. ``burst_counts_as`` is the most images that those of one live capture count as;
    None: no limit. Rates below ``checked_down_to`` were measured for everybody together and on
    no other people: a search uses them only if the operator says so.

    Raises ValueError where pairs of numbers are missing between 1+1 and the largest, or where a
    higher rate or fewer images have a smaller threshold.
    """

    engine: EngineRef
    cells: Cells
    one_person: float
    data_set: str
    fitted_on: date
    burst_counts_as: int | None = None
    days_apart: float | None = None
    checked_down_to: float | None = None

    def __post_init__(self) -> None:
        most = self.most_images
        if not self.cells or set(self.cells) != {
            (a, b) for a in range(1, most + 1) for b in range(1, a + 1)
        }:
            raise ValueError("a calibration has every pair of numbers up to the largest, once")
        for points in self.cells.values():
            _refuse_disorder(points)
        for (more, fewer), points in self.cells.items():
            for fewer_images in ((more - 1, fewer), (more, fewer - 1)):
                _refuse_looser(points, self.cells.get(fewer_images, ()))

    @property
    def most_images(self) -> int:
        """The largest number of images on one side; more count as that many."""
        return max((more for more, _ in self.cells), default=0)

    @property
    def provisional(self) -> bool:
        """Whether any of its thresholds is carried over rather than measured."""
        return any(point.provisional for points in self.cells.values() for point in points)

    def threshold(
        self,
        *,
        target_fmr: float,
        enrolled: int,
        probe: int,
        spread: Occasion = Occasion.DAYS,
    ) -> float:
        """Return the distance up to which ``probe`` images match a template of ``enrolled``.

        The order of the two numbers does not matter; those beyond the table count as its largest.
        ``spread`` is how the probe's images were taken; ``enrolled`` is what a template's counted
        as when it was made.

        Raises BeyondCalibration for a rate that was not calibrated for these numbers, ValueError
        for less than one image on either side.
        """
        points = self._points(enrolled, self.counted(probe, spread), target_fmr)
        return _between(points, target_fmr).threshold

    def counted(self, images: int, spread: Occasion) -> int:
        """Return how many images of different days so many count as at most."""
        if spread is Occasion.BURST and self.burst_counts_as is not None:
            return min(images, self.burst_counts_as)
        return images

    def independent(self, embeddings: Sequence[Embedding], spread: Occasion) -> int:
        """Return how many images of different days those of one side count as.

        ``embeddings`` are of this engine, one for each image. Whatever ``spread`` says, images that
        are nearly one picture count as one.
        """
        most = self.counted(len(embeddings), spread)
        if self.days_apart is None:
            return most
        return min(most, moments.counted(embeddings, days_apart=self.days_apart))

    def threshold_of(
        self,
        embeddings: Sequence[Embedding],
        *,
        target_fmr: float,
        enrolled: int,
        spread: Occasion = Occasion.DAYS,
    ) -> float:
        """Return the distance up to which the mean of these images matches a template.

        The larger of two, either of which keeps to the rate: that of as many images of different
        days as they count as, and that of one image, less most of what averaging brings strangers
        nearer. The more alike the images, the less that is: further frames of one moment never
        make it harder. Where the rate was not calibrated for several images, that of one decides.

        Raises as ``threshold`` does.
        """
        alone = self.threshold(target_fmr=target_fmr, enrolled=enrolled, probe=1)
        if len(embeddings) == 1:
            return alone
        alike = moments.threshold_of_mean(alone, embeddings)
        together = max(self.counted(2, spread), self.independent(embeddings, spread))
        if target_fmr < self.lowest_fmr(enrolled=enrolled, probe=together):
            return alike
        of_days = self.threshold(target_fmr=target_fmr, enrolled=enrolled, probe=together)
        return max(alike, of_days)

    def fnmr(self, *, target_fmr: float, enrolled: int, probe: int) -> float | None:
        """Return how often a person is refused at that threshold, None where nobody measured it.

        With images of different days. Numbers beyond the table were not measured.

        Raises as ``threshold`` does.
        """
        points = self._points(enrolled, probe, target_fmr)
        if max(enrolled, probe) > self.most_images:
            return None
        return _between(points, target_fmr).fnmr

    def lowest_fmr(self, *, enrolled: int, probe: int) -> float:
        """Return the lowest false-match rate that was calibrated for these numbers of images."""
        return self._cell(enrolled, probe)[-1].fmr

    @property
    def lowest_for_all(self) -> float:
        """The lowest false-match rate that was calibrated for every number of images."""
        return max(points[-1].fmr for points in self.cells.values())

    @property
    def highest_for_all(self) -> float:
        """The highest false-match rate that was calibrated for every number of images."""
        return min(points[0].fmr for points in self.cells.values())

    def check(self, target_fmr: float) -> None:
        """Raise BeyondCalibration unless every number of images has a threshold for that rate."""
        for enrolled, probe in self.cells:
            self._points(enrolled, probe, target_fmr)

    def _cell(self, enrolled: int, probe: int) -> tuple[Point, ...]:
        if enrolled < 1 or probe < 1:
            raise ValueError("a template and a probe have at least one image each")
        fewer, more = sorted(min(count, self.most_images) for count in (enrolled, probe))
        return self.cells[more, fewer]

    def _points(self, enrolled: int, probe: int, target_fmr: float) -> tuple[Point, ...]:
        points = self._cell(enrolled, probe)
        if not points[-1].fmr <= target_fmr <= points[0].fmr:  # not a number is beyond, too
            raise BeyondCalibration(
                target_fmr=target_fmr,
                lowest_fmr=points[-1].fmr,
                highest_fmr=points[0].fmr,
                images=f"{enrolled}+{probe}",
                data_set=self.data_set,
            )
        return points


def _between(points: tuple[Point, ...], fmr: float) -> Point:
    """Return the point at that rate, linear in its logarithm between the two nearest."""
    for point in points:
        if point.fmr == fmr:
            return point
    above, below = next((a, b) for a, b in pairwise(points) if b.fmr < fmr < a.fmr)
    share = math.log(fmr / below.fmr) / math.log(above.fmr / below.fmr)
    fnmr = None
    if above.fnmr is not None and below.fnmr is not None:
        fnmr = below.fnmr + share * (above.fnmr - below.fnmr)
    return Point(
        fmr=fmr,
        threshold=below.threshold + share * (above.threshold - below.threshold),
        fnmr=fnmr,
        provisional=above.provisional or below.provisional,
    )


def _refuse_disorder(points: tuple[Point, ...]) -> None:
    if not points or not all(0 < p.fmr < 1 and 0 < p.threshold < 2 for p in points):
        raise ValueError("a calibrated rate is between 0 and 1, a threshold between 0 and 2")
    if not all(b.fmr < a.fmr and b.threshold <= a.threshold for a, b in pairwise(points)):
        raise ValueError("the highest rate comes first, and has the largest threshold")


def _refuse_looser(points: tuple[Point, ...], of_fewer_images: tuple[Point, ...]) -> None:
    """At the rates that both have."""
    least = {point.fmr: point.threshold for point in of_fewer_images}
    if any(point.threshold > least.get(point.fmr, math.inf) for point in points):
        raise ValueError("more images never have a larger threshold")
