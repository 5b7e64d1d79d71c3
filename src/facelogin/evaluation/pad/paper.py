"""Attacks with paper: P1 tilted prints, P2 bent ones, P3 bent on the way, P4 with eyes."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from facelogin.evaluation.pad.cast import Cast
from facelogin.evaluation.pad.genuine import drawn_head, drawn_manner, drawn_webcam
from facelogin.evaluation.pad.motions import Manner
from facelogin.evaluation.pad.performances import Actor, always, obedient
from facelogin.evaluation.pad.portraits import Portrait
from facelogin.evaluation.pad.prints import Print, Sheet, Wearer, drawn_room
from facelogin.evaluation.pad.stance import Subject

_Axis = Literal["vertical", "horizontal"]


def tilted_print(cast: Cast) -> Actor:
    """P1: a flat print in the hand, tilted, turned and moved as the steps ask."""
    return _held(cast, _sheet(cast.rng), _hand(cast.rng))


def bent_print(cast: Cast) -> Actor:
    """P2: a print bent as around a bottle, tilted as the steps ask."""
    return _held(cast, _curved(cast.rng), replace(_hand(cast.rng), bent=1.0, bends=1.0))


def bending_print(cast: Cast) -> Actor:
    """P3: a print held flat while looking straight, and bent in each turn."""
    return _held(cast, _curved(cast.rng), replace(_hand(cast.rng), bent=0.0, bends=1.0))


def print_with_eyes(cast: Cast) -> Actor:
    """P4: a print that blinks: worn as a mask with holes, or with lids drawn over it."""
    rng = cast.rng
    if rng.random() < 0.5:
        return _mask(cast)
    bent = rng.random() < 0.5
    sheet = _curved(rng) if bent else _sheet(rng)
    hand = replace(_hand(rng), bent=float(bent), bends=float(bent), blinks=0.2)
    return _held(cast, sheet, hand)


def _mask(cast: Cast) -> Actor:
    rng = cast.rng
    manner = replace(drawn_manner(rng), blinks=0.2, bent=1.0, bends=1.0)
    manner = replace(
        manner, yaw_deg=float(rng.uniform(24, 45)), pitch_deg=float(rng.uniform(15, 30))
    )
    wearer = drawn_head(cast.other, manner, rng)
    sheet = _curved(rng) if rng.random() < 0.5 else _sheet(rng)
    small = replace(sheet, half_width_cm=9.5, half_height_cm=12.0)
    mask = Print(cast.portrait, Wearer(wearer), small, worn=True, holes=True)
    return _actor(cast.portrait, mask, manner, rng)


def _held(cast: Cast, sheet: Sheet, hand: Manner) -> Actor:
    subject = Print(cast.portrait, drawn_room(cast.rng), sheet)
    return _actor(cast.portrait, subject, hand, cast.rng)


def _actor(portrait: Portrait, subject: Subject, manner: Manner, rng: np.random.Generator) -> Actor:
    return Actor(always(subject), obedient(manner, rng), drawn_webcam(portrait, rng), rng)


def _hand(rng: np.random.Generator) -> Manner:
    """Return how a print is moved: farther than a head, for less is read of a flat picture."""
    return replace(
        drawn_manner(rng),
        yaw_deg=float(rng.uniform(20, 52)),
        pitch_deg=float(rng.uniform(15, 48)),
        roll_deg=float(rng.uniform(-12, 12)),
        drift_cm=float(rng.uniform(-5, 5)),
        tremor_deg=float(rng.uniform(0.2, 0.8)),
        blinks=0.0,
    )


def _sheet(rng: np.random.Generator) -> Sheet:
    return Sheet(float(rng.uniform(8, 13)), float(rng.uniform(10.5, 14)))


def _curved(rng: np.random.Generator) -> Sheet:
    axis: _Axis = "vertical" if rng.random() < 0.7 else "horizontal"
    radius = float(rng.uniform(6, 22)) * (1 if rng.random() < 0.85 else -1)
    return replace(_sheet(rng), axis=axis, radius_cm=radius)
