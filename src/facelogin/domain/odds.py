"""What a sign-in without a name is worth among so many people: rates, and where they end."""

from __future__ import annotations

import math
from dataclasses import dataclass

from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import BeyondCalibration
from facelogin.domain.identification import (
    IdentificationPolicy,
    comparison_fmr,
    largest_gallery,
    search_fpir,
)


@dataclass(frozen=True, slots=True)
class Odds:
    """The rates of a search of ``people``.

    ``fmr`` is the false-match rate that each comparison may have, ``fpir`` the share of strangers
    who are taken for somebody at it: the target or, where few are searched, less.
    ``fnir`` is the share of enrolled people who are not found, by the numbers of images (enrolled,
    shown), None where nobody measured it. ``reachable``: whether thresholds were measured that far.
    """

    people: int
    fmr: float
    fpir: float
    reachable: bool
    fnir: dict[tuple[int, int], float | None]


SHOWN_IMAGES = ((1, 1), (3, 1), (3, 3))
"""A photo against a photo, a photo against a live enrolment, live against live."""


def odds(policy: IdentificationPolicy, calibration: Calibration, people: int) -> Odds:
    """Return what a search of ``people`` (at least one) is worth."""
    fmr = min(comparison_fmr(fpir=policy.target_fpir, people=people), policy.target_fmr)
    return Odds(
        people=people,
        fmr=fmr,
        fpir=search_fpir(fmr=fmr, people=people),
        reachable=fmr >= calibration.lowest_for_all,
        fnir={images: _fnir(calibration, fmr, *images) for images in SHOWN_IMAGES},
    )


def most_people(policy: IdentificationPolicy, calibration: Calibration) -> int:
    """Return how many people can be searched at the policy's rate."""
    return largest_gallery(fpir=policy.target_fpir, lowest_fmr=calibration.lowest_for_all)


def least_fpir(calibration: Calibration, people: int) -> float:
    """Return the lowest rate, rounded up to two digits, at which so many can be searched."""
    fpir = search_fpir(fmr=calibration.lowest_for_all, people=people)
    step = 10.0 ** (math.floor(math.log10(fpir)) - 1)
    return math.ceil(fpir / step - 1e-9) * step


def _fnir(calibration: Calibration, fmr: float, enrolled: int, probe: int) -> float | None:
    try:
        return calibration.fnmr(target_fmr=fmr, enrolled=enrolled, probe=probe)
    except BeyondCalibration:
        return None
