"""Tells how many people are searched, and how many of them are expected not to be found."""

from __future__ import annotations

from collections.abc import Sequence

from facelogin.domain.calibration import Calibration
from facelogin.domain.identification import Census, IdentificationPolicy, people_in
from facelogin.domain.measures import EXPECTED_FNIR, GALLERY_PEOPLE
from facelogin.domain.odds import groups_of, odds
from facelogin.domain.ports import Measures


class GalleryFigures:
    """Tells the measures what follows from the size of the gallery, whenever that changes."""

    def __init__(
        self,
        *,
        policy: IdentificationPolicy,
        calibrations: Sequence[Calibration],
        measures: Measures,
    ) -> None:
        """``calibrations`` are those of all engines that run, the default one first."""
        self._policy = policy
        self._calibrations = calibrations
        self._measures = measures
        self._told: Census | None = None

    def tell(self, census: Census) -> None:
        """Tell that these people are searched now. A rate that nobody measured is left out."""
        if census == self._told:
            return
        self._told, people = census, people_in(census)
        self._measures.tell(GALLERY_PEOPLE, people)
        if not people:
            return
        rates = odds(self._policy, groups_of(self._calibrations, census, self._policy), people).fnir
        for (enrolled, shown), rate in rates.items():
            if rate is not None:
                self._measures.tell(EXPECTED_FNIR, rate, str(enrolled), str(shown))
