"""Attacks that put one picture in the place of another: P5 photo swap, P10 repeats, P11 splice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from facelogin.domain.models import Rgb
from facelogin.evaluation.pad.cast import Cast
from facelogin.evaluation.pad.genuine import (
    drawn_head,
    drawn_lighting,
    drawn_manner,
    drawn_webcam,
    rendered_person,
)
from facelogin.evaluation.pad.geometry import HEIGHT_PX, WIDTH_PX
from facelogin.evaluation.pad.heads import Head
from facelogin.evaluation.pad.motions import SIGNS, Manner, Moment
from facelogin.evaluation.pad.performances import Actor, Flash, Performer, Shot, Step, obedient
from facelogin.evaluation.pad.stance import DARK, Colour, Stance, Subject
from facelogin.evaluation.pad.webcam import Webcam, decoded

_JITTER_PX = 1.5


def swapped_photos(cast: Cast) -> Performer:
    """P5: a photo of the face; in each turn another one, of the head turned that way."""
    rng = cast.rng
    manner = drawn_manner(rng)
    head = drawn_head(cast.portrait, manner, rng)
    album = Album(head, manner, rng, blends=bool(rng.random() < 0.5))
    webcam = drawn_webcam(cast.portrait, rng)
    return Actor(album.page, obedient(manner, rng), webcam, rng)


def spliced(cast: Cast) -> Performer:
    """P11: the account's owner looks straight; somebody else turns, from the start or midway."""
    rng = cast.rng
    manner = drawn_manner(rng)
    lighting = drawn_lighting(rng)
    owner = Head(cast.portrait, manner.stance0, lighting)
    stranger = Head(cast.other, manner.stance0, lighting)
    stays_until = float(rng.uniform(0.02, 0.6)) if rng.random() < 0.5 else -1.0

    def direct(step: Step, moment: Moment) -> Subject:
        straight = step.direction is None or moment.way <= stays_until
        return owner if straight else stranger

    return Actor(direct, obedient(manner, rng), drawn_webcam(cast.portrait, rng), rng)


def repeated_frames(cast: Cast) -> Performer:
    """P10: one frame again and again, as bytes, encoded anew or noisier, or within a turn."""
    rng = cast.rng
    kind = tuple(_REPEATS)[int(rng.integers(len(_REPEATS)))]
    webcam = replace(drawn_webcam(cast.portrait, rng), gain=(1.0, 1.0, 1.0))
    return Repeater(rendered_person(cast.portrait, rng), kind, webcam, rng)


@dataclass(frozen=True, slots=True)
class Album:
    """Photos of one head: straight, and as far turned as it goes; shown one or the other.

    ``blends`` fades from one to the other, else there is a cut where a head would be midway.
    """

    head: Head
    manner: Manner
    rng: np.random.Generator
    blends: bool

    def page(self, step: Step, moment: Moment) -> Subject:
        """Return the picture for that moment."""
        straight = self.manner.stance0
        shown = self.head.picture(straight)
        if step.direction is not None:
            yaw, pitch = SIGNS[step.direction]
            turned = replace(
                straight,
                yaw_deg=straight.yaw_deg + yaw * self.manner.yaw_deg,
                pitch_deg=straight.pitch_deg + pitch * self.manner.pitch_deg,
            )
            share = moment.way if self.blends else float(moment.way > 0.5)
            shown = _faded(shown, self.head.picture(turned), share)
        return _Still(_moved(shown, self.rng))


@dataclass(frozen=True, slots=True)
class _Still:
    """A picture that fills the frame."""

    pixels: Rgb = field(repr=False)

    def picture(self, _stance: Stance, _screen: Colour = DARK) -> Rgb:
        return self.pixels


@dataclass(frozen=True, slots=True)
class Repeater:
    """Sends frames of another performer more than once."""

    performer: Performer
    kind: str
    webcam: Webcam
    rng: np.random.Generator

    def perform(self, step: Step, flash: Flash | None = None) -> Sequence[Shot]:
        """Return the frames of one step, with repetitions."""
        return _REPEATS[self.kind](self.performer.perform(step, flash), self)


def _one_frame(shots: Sequence[Shot], _repeater: Repeater) -> Sequence[Shot]:
    return [replace(shot, jpeg=shots[0].jpeg) for shot in shots]


def _encoded_anew(shots: Sequence[Shot], repeater: Repeater) -> Sequence[Shot]:
    first = decoded(shots[0].jpeg)
    return [
        replace(shot, jpeg=replace(repeater.webcam, noise=0.0, quality=95 - 2 * number).shoot(
            first, repeater.rng
        ))
        for number, shot in enumerate(shots)
    ]  # fmt: skip


def _noisier(shots: Sequence[Shot], repeater: Repeater) -> Sequence[Shot]:
    first = decoded(shots[0].jpeg)
    return [replace(shot, jpeg=repeater.webcam.shoot(first, repeater.rng)) for shot in shots]


def _each_twice(shots: Sequence[Shot], _repeater: Repeater) -> Sequence[Shot]:
    return [
        replace(shot, jpeg=shots[number - number % 2].jpeg) for number, shot in enumerate(shots)
    ]


def _there_and_back(shots: Sequence[Shot], _repeater: Repeater) -> Sequence[Shot]:
    """The way back is the way there, backwards."""
    half = (len(shots) + 1) // 2
    return [
        replace(shot, jpeg=shots[min(number, len(shots) - 1 - number)].jpeg)
        if number >= half
        else shot
        for number, shot in enumerate(shots)
    ]


_REPEATS: dict[str, Callable[[Sequence[Shot], Repeater], Sequence[Shot]]] = {
    "one frame": _one_frame,
    "encoded anew": _encoded_anew,
    "noisier": _noisier,
    "each twice": _each_twice,
    "there and back": _there_and_back,
}


def _faded(one: Rgb, other: Rgb, share: float) -> Rgb:
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)


def _moved(pixels: Rgb, rng: np.random.Generator) -> Rgb:
    """Return a picture as a hand holds it."""
    right, down = rng.normal(0, _JITTER_PX, 2)
    shift = np.array([(1, 0, right), (0, 1, down)])
    size = (WIDTH_PX, HEIGHT_PX)
    moved = cv2.warpAffine(pixels, shift, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
