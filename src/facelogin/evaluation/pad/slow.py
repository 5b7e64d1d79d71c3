"""Attacks that use what slow turners are given: many frames, pauses, and gaps that are claimed.

When a frame was taken is the client's word: who swaps what is before the camera can say that
nothing was filmed meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from facelogin.evaluation.pad.cast import Cast
from facelogin.evaluation.pad.genuine import (
    drawn_head,
    drawn_lighting,
    drawn_manner,
    drawn_webcam,
)
from facelogin.evaluation.pad.heads import Head
from facelogin.evaluation.pad.motions import Moment
from facelogin.evaluation.pad.paper import bending_print, bent_print, print_with_eyes, tilted_print
from facelogin.evaluation.pad.performances import Actor, Flash, Moves, Performer, Step, obedient
from facelogin.evaluation.pad.stance import Stance, Subject
from facelogin.evaluation.pad.swaps import Album

_PAPER = (tilted_print, bent_print, bending_print, print_with_eyes)
_MOST_FRAMES = 24
_LONGEST_MS = 7500
_GAP_MS = (300, 1900)
_NUMBERS = ("yaw_deg", "pitch_deg", "roll_deg", "x_cm", "y_cm", "away_cm", "bend")


def slow_paper(cast: Cast) -> Performer:
    """P4s: a print of P1 to P4, moved slowly, in many frames, with a pause."""
    actor = _PAPER[int(cast.rng.integers(len(_PAPER)))](cast)
    return replace(actor, moves=_Slow(actor.moves, cast.rng).moves)


def slow_swap(cast: Cast) -> Performer:
    """P5s: one photo fades into another slowly, or takes its place in a gap."""
    rng = cast.rng
    manner, fades = drawn_manner(rng), bool(rng.random() < 0.5)
    head = drawn_head(cast.portrait, manner, rng)
    album, moves = Album(head, manner, rng, blends=fades), obedient(manner, rng)
    changed = _Slow(moves, rng).moves if fades else _Gap(moves, rng, at_rest=False).moves
    return Actor(album.page, changed, drawn_webcam(cast.portrait, rng), rng)


def slow_splice(cast: Cast) -> Performer:
    """P11s: somebody else turns; the owner takes their place while it rests, after a gap."""
    rng = cast.rng
    manner, lighting = drawn_manner(rng), drawn_lighting(rng)
    owner = Head(cast.portrait, manner.stance0, lighting)
    stranger = Head(cast.other, manner.stance0, lighting)
    moves = _Gap(_Slow(obedient(manner, rng), rng).moves, rng, at_rest=True)

    def direct(step: Step, moment: Moment) -> Subject:
        return owner if step.direction is None or moment.t_ms in moves.after else stranger

    return Actor(direct, moves.moves, drawn_webcam(cast.portrait, rng), rng)


@dataclass(frozen=True, slots=True)
class _Slow:
    """Moves that take two to four times as long, and rest where they are farthest."""

    within: Moves
    rng: np.random.Generator

    def moves(self, step: Step, flash: Flash | None) -> Sequence[Moment]:
        """Return a turn in as many frames as there may be; anything else as it was."""
        moments = self.within(step, flash)
        if step.direction is None:
            return moments
        slower, rests_ms = self.rng.uniform(2, 4), self.rng.uniform(0, 1500)
        ways = [moment.way for moment in moments]
        peak = ways.index(max(ways))
        start = moments[0].t_ms
        meant = np.array(
            [
                start + (moment.t_ms - start) * slower + (rests_ms if number > peak else 0)
                for number, moment in enumerate(moments)
            ]
        )
        meant = start + (meant - start) * min(1.0, (_LONGEST_MS - start) / (meant[-1] - start))
        times = np.linspace(meant[0], meant[-1], _MOST_FRAMES)
        return [_between(moments, meant, float(t_ms)) for t_ms in times]


@dataclass(slots=True)
class _Gap:
    """Moves with a gap of time in them: where they rest, or where they are halfway.

    ``after`` are the times of the frames at rest that follow the gap of the last turn.
    """

    within: Moves
    rng: np.random.Generator
    at_rest: bool
    after: frozenset[int] = frozenset()

    def moves(self, step: Step, flash: Flash | None) -> Sequence[Moment]:
        """Return a turn with a gap; anything else as it was."""
        moments = list(self.within(step, flash))
        if step.direction is None:
            return moments
        ways = [moment.way for moment in moments]
        far = [i for i, way in enumerate(ways) if way >= 0.97 * max(ways)]
        half = next(i for i, (one, two) in enumerate(pairwise(ways)) if one <= 0.5 < two)
        at = far[len(far) // 2] if self.at_rest else half + 1
        gap_ms = int(self.rng.integers(*_GAP_MS))
        moved = [
            replace(moment, t_ms=moment.t_ms + (gap_ms if number >= at else 0))
            for number, moment in enumerate(moments)
        ]
        self.after = frozenset(moved[i].t_ms for i in far if i >= at)
        return moved


def _between(moments: Sequence[Moment], times_ms: np.ndarray, t_ms: float) -> Moment:
    """Return the moment at that time, between the two around it."""
    i = int(np.clip(np.searchsorted(times_ms, t_ms) - 1, 0, len(moments) - 2))
    share = float(np.clip((t_ms - times_ms[i]) / (times_ms[i + 1] - times_ms[i]), 0, 1))
    one, other = moments[i], moments[i + 1]
    return Moment(
        round(t_ms),
        _mixed(one.stance, other.stance, share),
        one.way + share * (other.way - one.way),
    )


def _mixed(one: Stance, other: Stance, share: float) -> Stance:
    numbers = {
        name: getattr(one, name) + share * (getattr(other, name) - getattr(one, name))
        for name in _NUMBERS
    }
    return replace(one, **numbers)
