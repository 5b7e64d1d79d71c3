"""Whether a face answers the colours that the screen in front of it shows, in their order.

A face reflects the light of the screen; a replayed one reflects what it was filmed under. The order
is drawn anew and shown once. Light that is too weak to be seen proves nothing either way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean

from facelogin.domain.errors import FaceTurnedAway, LivenessFailed
from facelogin.domain.liveness import distance, unfit
from facelogin.domain.liveness_policy import (
    FRAMES_MISSING,
    Judgement,
    LivenessPolicy,
    Outcome,
    Rule,
    Sight,
)
from facelogin.domain.observation import Glow, Hue, Pose

PALETTE = ("#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff", "#ff00ff")
"""Every channel full or dark: the ratios of light that they add are as far apart as can be."""

DrawColour = Callable[[Sequence[str]], str]
"""Chooses one of several colours; unpredictably, outside of tests."""


@dataclass(frozen=True, slots=True)
class FlashPolicy:
    """Every threshold of a flash. Gains are changes of log ratios for a change from dark to full.

    Two changes a second stay under the three flashes of WCAG 2.3.1. Where the light is clearly seen
    there is little noise in it, and more has to fit. Values: simulated skin and rendered heads.
    """

    slots: int = 8
    slot_ms: int = 500
    settle_ms: int = 150
    min_frames: int = 8
    max_gap_ms: int = 600
    most_unseen: int = 1
    max_away_deg: float = 15.0
    min_correlation: float = 0.85
    clear_strength: float = 0.12
    min_clear_correlation: float = 0.93
    min_gain: float = 0.02
    min_strength: float = 0.03
    max_background: float = 0.6


@dataclass(frozen=True, slots=True)
class Response:
    """How a face changed with the colours shown.

    ``correlation`` is that of all changes between neighbouring slots, expected and seen, ``gain``
    the part of them that follows the colours, ``strength`` how large they are whatever they follow.
    ``background`` is the gain beside the face, None where that is not in the picture.
    """

    correlation: float
    gain: float
    strength: float
    background: float | None

    def flat(self, most: float) -> bool:
        """Return whether what is beside the face answers like the face, as paper around it does."""
        return self.background is not None and self.background > most * self.gain


def draw_colours(draw: DrawColour, policy: FlashPolicy) -> tuple[str, ...]:
    """Return a new order of colours, none twice in a row."""
    colours: list[str] = []
    while len(colours) < policy.slots:
        last = colours[-1:]
        colours.append(draw([one for one in PALETTE if one not in last]))
    return tuple(colours)


def judge_flash(
    sights: Sequence[Sight],
    glows: Sequence[Glow | None],
    colours: Sequence[str],
    *,
    baseline: Pose,
    flash: FlashPolicy,
    policy: LivenessPolicy,
) -> Judgement:
    """Judge the step in which a person looks straight while the screen changes its colour.

    Light alone is no reason to refuse (``notes`` tell of a weak answer); the wrong colours are.
    """
    wrong = unfit(
        [replace(sight, light=None) for sight in sights],
        policy,
        min_eyes_px=policy.min_turned_eyes_px,
    )
    if wrong is not None:
        rule, code = wrong
        return _failed(rule) if code == LivenessFailed.code else _again(rule, code)
    gaps = [later.t_ms - sooner.t_ms for sooner, later in pairwise(sights)]
    if max(gaps) > flash.max_gap_ms:
        return _again(Rule.TIMING, FRAMES_MISSING)
    away = [distance(sight.pose, baseline) for sight in sights if sight.pose is not None]
    if max(away) > flash.max_away_deg:
        return _again(Rule.FRONTAL, FaceTurnedAway.code)
    slots = _slots([sight.t_ms for sight in sights], glows, flash)
    if len(slots) < flash.slots - flash.most_unseen:
        return _again(Rule.TIMING, FRAMES_MISSING)
    response = respond(slots, colours)
    clear = response.strength >= flash.clear_strength
    least = flash.min_clear_correlation if clear else flash.min_correlation
    follows = response.correlation >= least and response.gain >= flash.min_gain
    if not follows and response.strength >= flash.min_strength:
        return _failed(Rule.FLASH)
    notes = () if follows else (Rule.FLASH_WEAK,)
    if follows and response.flat(flash.max_background):
        notes = (Rule.FLASH_PAPER,)
    straightest = min(range(len(away)), key=lambda i: away[i])
    return Judgement(Outcome.PASSED, chosen=(straightest,), notes=notes)


def respond(slots: Sequence[tuple[int, Glow]], colours: Sequence[str]) -> Response:
    """Return how faces changed between the slots (number and look) that were seen, in order."""
    light = [_hue_of(colours[number]) for number, _ in slots]
    expected = _changes(light)
    seen = _changes([glow.skin for _, glow in slots])
    around = [glow.background for _, glow in slots]
    beside = [one for one in around if one is not None]
    power = _dot(expected, expected)
    both = math.sqrt(power * _dot(seen, seen))
    return Response(
        correlation=_dot(expected, seen) / both if both else 0.0,
        gain=_dot(expected, seen) / power if power else 0.0,
        strength=math.sqrt(_dot(seen, seen) / power) if power else 0.0,
        background=_dot(expected, _changes(beside)) / power
        if power and len(beside) == len(around)
        else None,
    )


def _slots(
    times_ms: Sequence[int], glows: Sequence[Glow | None], flash: FlashPolicy
) -> list[tuple[int, Glow]]:
    """Return the look of each slot that was seen: the mean of its frames once it had settled.

    Where none is from so late, the last one of the slot has to do.
    """
    found: list[tuple[int, Glow]] = []
    for number in range(flash.slots):
        start = number * flash.slot_ms
        inside = [
            (t_ms - start, glow)
            for t_ms, glow in zip(times_ms, glows, strict=True)
            if start <= t_ms < start + flash.slot_ms and glow is not None
        ]
        settled = [glow for t_ms, glow in inside if t_ms >= flash.settle_ms]
        looks = settled or [glow for _, glow in inside[-1:]]
        if looks:
            found.append((number, _mean(looks)))
    return found


def _mean(glows: Sequence[Glow]) -> Glow:
    beside = [glow.background for glow in glows if glow.background is not None]
    return Glow(
        skin=_mean_hue([glow.skin for glow in glows]),
        background=_mean_hue(beside) if beside else None,
    )


def _mean_hue(hues: Sequence[Hue]) -> Hue:
    return Hue(fmean(hue.red for hue in hues), fmean(hue.blue for hue in hues))


def _hue_of(colour: str) -> Hue:
    """Return what a screen's colour does to the ratios of red and blue to green, of full light."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return Hue(red - green, blue - green)


def _changes(hues: Sequence[Hue]) -> list[float]:
    return [
        change
        for sooner, later in pairwise(hues)
        for change in (later.red - sooner.red, later.blue - sooner.blue)
    ]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def _failed(rule: Rule) -> Judgement:
    return Judgement(Outcome.FAILED, rule=rule, code=LivenessFailed.code)


def _again(rule: Rule, code: str) -> Judgement:
    return Judgement(Outcome.REPEAT, rule=rule, code=code)
