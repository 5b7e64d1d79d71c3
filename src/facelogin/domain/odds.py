"""What a sign-in without a name is worth among so many people: rates, and where they end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from facelogin.domain.calibration import Calibration
from facelogin.domain.errors import BeyondCalibration
from facelogin.domain.identification import (
    Census,
    Enrolled,
    IdentificationPolicy,
    largest_gallery,
    search_fpir,
)

SHOWN_IMAGES = ((1, 1), (3, 1), (2, 2))
"""Photos of different days: one enrolled and one shown; three enrolled and one shown; two and two.
Frames of one moment, as those of a live capture, are hardly better than one photo."""

_ENROLLED_IMAGES = range(1, 6)


@dataclass(frozen=True, slots=True)
class Group:
    """The people who are searched under one engine (at least one), and its thresholds.

    ``policy`` says which of these a search may use.
    """

    calibration: Calibration
    enrolled: Enrolled
    policy: IdentificationPolicy = field(default_factory=IdentificationPolicy)

    @property
    def people(self) -> int:
        """How many they are."""
        return sum(self.enrolled.values())

    @property
    def lowest_fmr(self) -> float:
        """The lowest rate that may be used for all of them, against one image."""
        return max(
            self.policy.lowest_fmr(self.calibration, enrolled=one, probe=1) for one in self.enrolled
        )


def groups_of(
    calibrations: Sequence[Calibration], census: Census, policy: IdentificationPolicy
) -> tuple[Group, ...]:
    """Return the people of a census by engine.

    Nobody yet: one person of the first engine, with one image.
    """
    found = [
        Group(one, census[one.engine], policy) for one in calibrations if census.get(one.engine)
    ]
    return tuple(found) or (Group(calibrations[0], {1: 1}, policy),)


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


def limiting(groups: Sequence[Group]) -> Group:
    """Return the group whose rates were measured least far down."""
    return max(groups, key=lambda group: group.lowest_fmr)


def lowest_rate(groups: Sequence[Group]) -> float:
    """Return the lowest rate that was measured for all of these, against one image.

    A search falls back on one image where the rates of several end earlier.
    """
    return limiting(groups).lowest_fmr


def odds(policy: IdentificationPolicy, groups: Sequence[Group], people: int) -> Odds:
    """Return what a search of ``people`` (at least one) is worth.

    ``groups`` are those who are enrolled; so many people are taken to be like them, by engines and
    numbers of images.
    """
    fmr = policy.fmr_among(people)
    return Odds(
        people=people,
        fmr=fmr,
        fpir=search_fpir(fmr=fmr, people=people),
        reachable=fmr >= lowest_rate(groups),
        fnir={images: _fnir_of_all(groups, fmr, *images) for images in SHOWN_IMAGES},
    )


def most_people(policy: IdentificationPolicy, groups: Sequence[Group]) -> int:
    """Return how many people like these can be searched at the policy's rate."""
    return largest_gallery(fpir=policy.target_fpir, lowest_fmr=lowest_rate(groups))


def most_at_best(policy: IdentificationPolicy, calibrations: Sequence[Calibration]) -> int:
    """Return how many people can be searched at the policy's rate if they suit it best.

    That is, with whatever engine and number of images each; nothing has to be known of them.
    """
    return max(
        most_people(policy, (Group(one, {images: 1}, policy),))
        for one in calibrations
        for images in _ENROLLED_IMAGES
    )


def least_fpir(groups: Sequence[Group], people: int) -> float:
    """Return the lowest rate, rounded up to two digits, at which so many can be searched."""
    fpir = search_fpir(fmr=lowest_rate(groups), people=people)
    step = 10.0 ** (math.floor(math.log10(fpir)) - 1)
    return math.ceil(fpir / step - 1e-9) * step


def _fnir_of_all(groups: Sequence[Group], fmr: float, enrolled: int, probe: int) -> float | None:
    """Return the share of all, each engine's people counted; None where one was not measured."""
    missed = 0.0
    for one in groups:
        rate = _fnir(one.calibration, fmr, enrolled, probe)
        if rate is None:
            return None
        missed += rate * one.people
    return missed / sum(one.people for one in groups)


def _fnir(calibration: Calibration, fmr: float, enrolled: int, probe: int) -> float | None:
    try:
        return calibration.fnmr(target_fmr=fmr, enrolled=enrolled, probe=probe)
    except BeyondCalibration:
        return None
