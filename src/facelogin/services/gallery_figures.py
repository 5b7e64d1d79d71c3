"""Tells how many people are searched, and how many of them are expected not to be found."""

from __future__ import annotations

from facelogin.domain.calibration import Calibration
from facelogin.domain.identification import Census, IdentificationPolicy
from facelogin.domain.measures import EXPECTED_FNIR, GALLERY_PEOPLE
from facelogin.domain.odds import odds
from facelogin.domain.ports import Measures


class GalleryFigures:
    """Tells the measures what follows from the size of the gallery, whenever that changes."""

    def __init__(
        self, *, policy: IdentificationPolicy, calibration: Calibration, measures: Measures
    ) -> None:
        self._policy = policy
        self._calibration = calibration
        self._measures = measures
        self._told: int | None = None

    def tell(self, census: Census) -> None:
        """Tell that these people are searched now. A rate that nobody measured is left out."""
        people = sum(census.values())
        if people == self._told:
            return
        self._told = people
        self._measures.tell(GALLERY_PEOPLE, people)
        if not people:
            return
        for (enrolled, shown), rate in odds(self._policy, self._calibration, people).fnir.items():
            if rate is not None:
                self._measures.tell(EXPECTED_FNIR, rate, str(enrolled), str(shown))
