"""What a sign-in without a name is worth among so many people: rates, and where they end."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import BeyondCalibration
from facelogin.domain.identification import (
    IdentificationPolicy,
    largest_gallery,
    search_fpir,
)

SHOWN_IMAGES = ((1, 1), (3, 1), (2, 2))
"""One photo enrolled and one shown; three photos enrolled and one shown; live captures, of which
each counts as two images, on both sides."""


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


def reaches(calibration: Calibration, fmr: float, *, enrolled: Iterable[int], probe: int) -> bool:
    """Return whether that rate was measured for all of these numbers of enrolled images."""
    return all(fmr >= calibration.lowest_fmr(enrolled=one, probe=probe) for one in enrolled)


def lowest_rate(calibration: Calibration, enrolled: Iterable[int]) -> float:
    """Return the lowest rate that was measured for all of these, against one image.

    A search falls back on one image where the rates of several end earlier.
    """
    return max(calibration.lowest_fmr(enrolled=one, probe=1) for one in enrolled)


def odds(
    policy: IdentificationPolicy,
    calibration: Calibration,
    people: int,
    *,
    enrolled: Iterable[int] = (1,),
) -> Odds:
    """Return what a search of ``people`` (at least one) is worth.

    ``enrolled`` are the numbers of images that they enrolled with.
    """
    fmr = policy.fmr_among(people)
    return Odds(
        people=people,
        fmr=fmr,
        fpir=search_fpir(fmr=fmr, people=people),
        reachable=reaches(calibration, fmr, enrolled=enrolled, probe=1),
        fnir={images: _fnir(calibration, fmr, *images) for images in SHOWN_IMAGES},
    )


def most_people(
    policy: IdentificationPolicy, calibration: Calibration, enrolled: Iterable[int] = (1,)
) -> int:
    """Return how many people can be searched at the policy's rate."""
    lowest = lowest_rate(calibration, enrolled)
    return largest_gallery(fpir=policy.target_fpir, lowest_fmr=lowest)


def least_fpir(calibration: Calibration, people: int, enrolled: Iterable[int] = (1,)) -> float:
    """Return the lowest rate, rounded up to two digits, at which so many can be searched."""
    fpir = search_fpir(fmr=lowest_rate(calibration, enrolled), people=people)
    step = 10.0 ** (math.floor(math.log10(fpir)) - 1)
    return math.ceil(fpir / step - 1e-9) * step


def _fnir(calibration: Calibration, fmr: float, enrolled: int, probe: int) -> float | None:
    try:
        return calibration.fnmr(target_fmr=fmr, enrolled=enrolled, probe=probe)
    except BeyondCalibration:
        return None
