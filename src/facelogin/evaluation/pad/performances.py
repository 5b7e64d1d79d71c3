"""Performers: what answers the steps of a live capture with frames, be it a person or an attack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.motions import Manner, Moment, centre, turn
from facelogin.evaluation.pad.stance import DARK, Colour, Subject
from facelogin.evaluation.pad.webcam import Screen, Webcam


class Step(Protocol):
    """What a performer is asked: ``direction`` is None where they look straight."""

    @property
    def direction(self) -> str | None:
        """left, right, up or down: the person's own."""
        ...


@dataclass(frozen=True, slots=True)
class Flash:
    """The colours that the page shows during a step, one after another."""

    colours: tuple[Colour, ...]
    slot_ms: int = 500

    def colour_at(self, t_ms: float) -> Colour:
        """Return the colour that is shown then; none before the first and after the last."""
        slot = int(t_ms // self.slot_ms)
        return self.colours[slot] if 0 <= slot < len(self.colours) else DARK


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame, and when it was taken: milliseconds since the step was shown."""

    t_ms: int
    jpeg: bytes = field(repr=False)


class Performer(Protocol):
    """Somebody, or something, before the camera for one challenge."""

    def perform(self, step: Step, flash: Flash | None = None) -> Sequence[Shot]:
        """Return the frames taken while a step was shown. Steps come in order, each once."""
        ...


Moves = Callable[[Step, Flash | None], Sequence[Moment]]
"""How a performer answers a step, before anything is drawn."""


def obedient(manner: Manner, rng: np.random.Generator) -> Moves:
    """Return the moves of somebody who does what each step asks for."""

    def moves(step: Step, flash: Flash | None) -> Sequence[Moment]:
        if step.direction is None:
            return centre(manner, rng, flashed=flash is not None)
        return turn(manner, step.direction, rng)

    return moves


Director = Callable[[Step, Moment], Subject]
"""Chooses who is before the camera at that moment."""

Lamp = Callable[[float], Colour]
"""The colour of the screen's light on the subject at that millisecond of the step."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A subject before a camera. ``filmed`` is the screen that it is shown on, if on any.

    ``lag_ms`` is how long a flash takes from the page to the sensor. ``deaf_to_flash`` is whether
    the page's light doesn't reach what the camera sees; ``own_flash`` is what reaches it instead.
    """

    direct: Director
    moves: Moves
    webcam: Webcam
    rng: np.random.Generator
    filmed: Screen | None = None
    deaf_to_flash: bool = False
    own_flash: Flash | None = None
    lag_ms: float = 60.0

    def perform(self, step: Step, flash: Flash | None = None) -> Sequence[Shot]:
        """Return the frames of one step."""
        return [
            Shot(moment.t_ms, self.webcam.shoot(self._seen(step, moment, flash), self.rng))
            for moment in self.moves(step, flash)
        ]

    def _seen(self, step: Step, moment: Moment, flash: Flash | None) -> Rgb:
        shown = None if flash is None else self.own_flash if self.deaf_to_flash else flash
        colour = DARK if shown is None else shown.colour_at(moment.t_ms - self.lag_ms)
        picture = self.direct(step, moment).picture(moment.stance, colour)
        return picture if self.filmed is None else self.filmed.filmed(picture)


def always(subject: Subject) -> Director:
    """Return the director who shows one subject only."""
    return lambda _step, _moment: subject
