"""Attacks with a head that does turn, filmed beforehand or rendered.

P6 wrong order, P7 one prepared clip, P7b a bank of clips, P8 wrong flash, P9 filmed from a screen,
P13 an avatar that does as it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from facelogin.domain.challenge import orders
from facelogin.evaluation.pad.cast import Cast
from facelogin.evaluation.pad.genuine import (
    drawn_head,
    drawn_lighting,
    drawn_manner,
    drawn_webcam,
    rendered_person,
)
from facelogin.evaluation.pad.heads import Head
from facelogin.evaluation.pad.motions import DIRECTIONS, Manner, Moment, centre, shake, turn
from facelogin.evaluation.pad.paper import tilted_print
from facelogin.evaluation.pad.performances import (
    Actor,
    Flash,
    Moves,
    Performer,
    Step,
    always,
    obedient,
)
from facelogin.evaluation.pad.stance import Colour
from facelogin.evaluation.pad.webcam import Screen

_TURNS = 3
_SEEN_GAIN = (0.15, 0.3)
"""How much of a screen's light comes back from a face that a flash is seen on."""
_COLOURS: tuple[Colour, ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1))


def wrong_order(cast: Cast) -> Performer:
    """P6: one of the three turns goes elsewhere, or each goes to both sides."""
    shakes = cast.rng.random() < 0.3

    def moving(manner: Manner, rng: np.random.Generator) -> Moves:
        return _Shaking(manner, rng).moves if shakes else erring(manner, rng)

    return _filmed_head(cast, moving)


def prepared_clip(cast: Cast) -> Performer:
    """P7: one clip of a head that turns in some order, on a screen, in time with the steps."""
    screen = drawn_screen(cast.rng)
    return replace(_filmed_head(cast, prepared), filmed=screen, deaf_to_flash=True)


def clip_bank(cast: Cast) -> Performer:
    """P7b: clips of each turn, played on a screen as the steps are shown."""
    screen = drawn_screen(cast.rng)
    return replace(_filmed_head(cast, obedient), filmed=screen, deaf_to_flash=True)


def wrong_flash(cast: Cast) -> Performer:
    """P8: clips of each turn with a flash to be seen in them, but not that of this challenge.

    Clips whose flash is too weak to be seen are a bank like any other: P7b.
    """
    colours = tuple(_COLOURS[pick] for pick in cast.rng.integers(0, len(_COLOURS), 16))
    rng = cast.rng
    manner = drawn_manner(rng)
    skin = float(rng.uniform(*_SEEN_GAIN))
    lighting = replace(drawn_lighting(rng), skin_gain=skin, background_gain=0.3 * skin)
    head = Head(cast.portrait, manner.stance0, lighting)
    webcam = drawn_webcam(cast.portrait, rng)
    actor = Actor(always(head), obedient(manner, rng), webcam, rng)
    return replace(actor, deaf_to_flash=True, own_flash=Flash(colours))


def recaptured(cast: Cast) -> Performer:
    """P9: a tilted print, or one prepared clip, filmed from a screen with strong moire."""
    screen = replace(drawn_screen(cast.rng), beat=float(cast.rng.uniform(0.1, 0.3)))
    actor = tilted_print(cast) if cast.rng.random() < 0.5 else _filmed_head(cast, prepared)
    return replace(actor, filmed=screen, deaf_to_flash=True)


def avatar(cast: Cast) -> Performer:
    """P13: a head rendered from a photo of the owner, put in the camera's place."""
    return rendered_person(cast.portrait, cast.rng)


def drawn_screen(rng: np.random.Generator) -> Screen:
    """Return a screen that is filmed, from a clean one to one with some moire."""
    return Screen(
        beat_px=float(rng.uniform(2.5, 14)),
        beat=float(rng.uniform(0.0, 0.1)),
        angle_deg=float(rng.uniform(0, 180)),
        contrast=float(rng.uniform(0.8, 1.0)),
        glare=float(rng.uniform(0, 0.15)),
        keystone=float(rng.uniform(0, 0.03)),
    )


def prepared(manner: Manner, rng: np.random.Generator) -> Moves:
    """Return the moves of a clip that was filmed before anybody knew the steps."""
    every = orders()
    order = [str(direction) for direction in every[int(rng.integers(len(every)))]]
    return _Counting(manner, rng, lambda turn_no, _asked: order[turn_no]).moves


def erring(manner: Manner, rng: np.random.Generator) -> Moves:
    """Return the moves of somebody who turns elsewhere in one of the three turns."""
    wrong = int(rng.integers(_TURNS))

    def chosen(turn_no: int, asked: str) -> str:
        others = [direction for direction in DIRECTIONS if direction != asked]
        return others[int(rng.integers(len(others)))] if turn_no == wrong else asked

    return _Counting(manner, rng, chosen).moves


@dataclass(slots=True)
class _Counting:
    """Moves that depend on which turn of the challenge it is; a repeated one counts once."""

    manner: Manner
    rng: np.random.Generator
    chosen: Callable[[int, str], str]
    turn_no: int = field(default=-1, init=False)
    last: str | None = field(default=None, init=False)

    def moves(self, step: Step, flash: Flash | None) -> Sequence[Moment]:
        if step.direction is None:
            return centre(self.manner, self.rng, flashed=flash is not None)
        if step.direction != self.last:
            self.turn_no, self.last = self.turn_no + 1, step.direction
        return turn(self.manner, self.chosen(self.turn_no, step.direction), self.rng)


@dataclass(frozen=True, slots=True)
class _Shaking:
    """Moves of a head that is shaken in every turn."""

    manner: Manner
    rng: np.random.Generator

    def moves(self, step: Step, flash: Flash | None) -> Sequence[Moment]:
        if step.direction is None:
            return centre(self.manner, self.rng, flashed=flash is not None)
        return shake(self.manner, self.rng)


def _filmed_head(cast: Cast, moving: Callable[[Manner, np.random.Generator], Moves]) -> Actor:
    rng = cast.rng
    manner = drawn_manner(rng)
    head = drawn_head(cast.portrait, manner, rng)
    return Actor(always(head), moving(manner, rng), drawn_webcam(cast.portrait, rng), rng)
